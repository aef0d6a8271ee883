/**
 * Owns the ports through which `/clients` reads and changes the register. Does not own SQL: persistence does. Each change is
 * one transaction, in which a pure function is shown what stands under the lock of its row, and says what becomes of it.
 */
import type { EpochMilliseconds, EpochSeconds, RevocationEntry } from '@latchkey/tokens';
import type { AuditRecord, KeptAnswer, NewClient, RegisteredClient } from '../ports.js';

/** Where a page ended. The order is by time of creation, then client_id, so that it stays while rows come and go. */
export interface ClientPosition {
  readonly createdAt: EpochMilliseconds;
  readonly clientId: string;
}

export interface ClientPage {
  readonly items: readonly RegisteredClient[];
  /** Absent on the last page. */
  readonly next?: ClientPosition;
}

/** What a client names of the registered APIs: it must stand there still when the client is committed. */
export interface Leaning {
  readonly scopes: readonly string[];
  /** The identifier of an API. */
  readonly api?: string;
  /** Hears what stands there no more, and throws if that is too much. */
  readonly judge: (gone: Gone) => void;
}

export interface Gone {
  readonly scopes: readonly string[];
  readonly api: boolean;
}

export interface ClientRegistry {
  /**
   * Saves the client, its secret digests, the record and what is kept for a repetition in one transaction.
   * @throws Unavailable; KeptBefore; whatever `leaning` throws
   */
  insert(
    client: NewClient,
    audit: AuditRecord,
    more?: { readonly keep?: (registered: RegisteredClient) => KeptAnswer; readonly leaning?: Leaning },
  ): Promise<RegisteredClient>;
  /** At most `limit` clients after this position, in order; deleted ones are not there. @throws Unavailable */
  list(page: { readonly limit: number; readonly after?: ClientPosition }): Promise<ClientPage>;
  /** A deleted one is nobody. @throws Unavailable */
  find(clientId: string): Promise<RegisteredClient | undefined>;
}

export interface ClientChange {
  /** As it is to be. When it has no secret any more, those that it had are gone; else they stay as they are. */
  readonly after: RegisteredClient;
  /** Gone for everybody; `after` is disabled. */
  readonly deleted?: true;
  /** What was given under it ends, in the same transaction (admin-api.md A9). */
  readonly takes: boolean;
  readonly audit: AuditRecord;
  /** Another client must hold all of these and be able to use them, or nothing is done (A2). */
  readonly needsAnother?: readonly string[];
}

/** Nothing was done: there is no such client; or it is the last one that holds what must not be lost. */
export type NotDone = 'unknown' | 'last';

export interface ChangedClient {
  readonly outcome: 'changed' | 'unchanged';
  readonly client: RegisteredClient;
  /** Written by this change; of what was not changed, the newest that stands for this client. */
  readonly revocations: readonly RevocationEntry[];
}

/** A secret as it stands: nothing that is secret. */
export interface ClientSecret {
  readonly secretId: string;
  readonly createdAt: EpochSeconds;
}

export interface ClientChanges {
  /**
   * `decide` answers what becomes of it, or undefined: then nothing is written. What it throws rolls back.
   * @throws Unavailable; whatever `decide` and `leaning` throw
   */
  change(
    clientId: string,
    order: {
      readonly receipt: boolean;
      readonly leaning?: Leaning;
      readonly decide: (standing: RegisteredClient) => ClientChange | undefined;
    },
  ): Promise<ChangedClient | NotDone>;

  /** Those of one client, oldest first: two at most. @throws Unavailable */
  listSecrets(page: {
    readonly clientId: string;
    readonly limit: number;
    readonly after?: { readonly createdAt: EpochMilliseconds; readonly secretId: string };
  }): Promise<{
    readonly items: readonly ClientSecret[];
    readonly next?: { readonly createdAt: EpochMilliseconds; readonly secretId: string };
  }>;

  /**
   * `full`: two live already. `decide` may throw. What is kept for a repetition is committed with it.
   * @throws Unavailable; KeptBefore; whatever `decide` throws
   */
  addSecret(
    clientId: string,
    order: {
      readonly secretId: string;
      /** SHA-256, hex. */
      readonly digest: string;
      /** As `KeptSecret.sealed`, for the client as it stands under the lock. */
      readonly sealed: (standing: RegisteredClient) => string | undefined;
      readonly decide: (standing: RegisteredClient) => AuditRecord;
      readonly keep: KeptAnswer | undefined;
    },
  ): Promise<ClientSecret | 'unknown' | 'full'>;

  /** What was given to this client ends with it. @throws Unavailable; whatever `decide` throws */
  removeSecret(
    clientId: string,
    order: {
      readonly secretId: string;
      readonly receipt: boolean;
      readonly decide: (
        standing: RegisteredClient,
        secret: ClientSecret,
      ) => Pick<ClientChange, 'audit' | 'needsAnother'>;
    },
  ): Promise<{ readonly secret: ClientSecret; readonly revocations: readonly RevocationEntry[] } | NotDone>;
}
