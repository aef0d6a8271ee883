/**
 * Owns the ports through which the admin API changes and reads what PostgreSQL holds. Does not own SQL: persistence does.
 * Every change carries its audit record, which is committed in the same transaction or not at all (admin-api.md A11).
 */
import type { Api, Client } from '@latchkey/protocol';
import type { EpochMilliseconds } from '@latchkey/tokens';

export interface AuditRecord {
  /** Who did it: a client_id, a sub, or `system`. */
  readonly actor: string;
  /** What was done, as `noun.verb`: `client.created`. */
  readonly kind: string;
  /** What it was done to: an identifier, never a secret. */
  readonly target: string;
  readonly outcome: 'done' | 'refused';
  /** From where. */
  readonly address?: string;
  /** Never a secret, code, token or verifier. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** A client as it is first saved: enabled, of generation 0. */
export type NewClient = Omit<Client, 'enabled' | 'generation'>;

/** A client as it stands in the register. */
export type RegisteredClient = Client & { readonly createdAt: EpochMilliseconds };

/** Where a page ended. The order is by time of creation, then client_id, so that it stays while rows come and go. */
export interface ClientPosition {
  readonly createdAt: EpochMilliseconds;
  readonly clientId: string;
}

export interface ClientRegistry {
  /** Saves the client, its secret digests and the record in one transaction. @throws Unavailable */
  insert(client: NewClient, audit: AuditRecord): Promise<RegisteredClient>;
  /** At most `limit` clients after this position, in order. @throws Unavailable */
  list(page: { readonly limit: number; readonly after?: ClientPosition }): Promise<readonly RegisteredClient[]>;
  /** @throws Unavailable */
  find(clientId: string): Promise<RegisteredClient | undefined>;
}

/** What an empty database is given. */
export interface FirstRows {
  readonly adminClient: NewClient;
  readonly api: Api;
  /** A UUID, a name and an argon2id hash (PHC string). */
  readonly person?: { readonly sub: string; readonly username: string; readonly passwordHash: string };
  readonly audit: readonly AuditRecord[];
}

export interface BootstrapStore {
  /** @param adminScopes what a client must hold, all of them, and be enabled, to count as an admin client */
  survey(adminScopes: readonly string[]): Promise<{
    /** No client was ever registered. */
    readonly empty: boolean;
    readonly hasAdminClient: boolean;
  }>;
  /**
   * Writes all rows in one transaction if the database is still empty, under a lock that ten instances at once respect.
   * @returns who won
   */
  fill(rows: FirstRows): Promise<'filled' | 'not-empty'>;
}
