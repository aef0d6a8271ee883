/**
 * Owns the ports through which the admin API changes and reads what PostgreSQL holds. Does not own SQL: persistence does.
 * Every change carries its audit record, which is committed in the same transaction or not at all (admin-api.md A11).
 */
import type { Api, ApiStore, Client } from '@latchkey/protocol';
import type { EpochMilliseconds, EpochSeconds, Publication, RegisteredGuard, RevocationKind } from '@latchkey/tokens';

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
  /** Never a secret, code, token or verifier; nor anything personal. */
  readonly detail?: Readonly<Record<string, unknown>>;
  /** What names a person: kept beside the trail, and can be erased without breaking it. So is the address. */
  readonly personal?: Readonly<Record<string, unknown>>;
  /** The sub whose personal data that is, and with whom it is erased; with nobody when left out. */
  readonly about?: string;
}

export interface AuditTrail {
  /** For what was not done, in a transaction of its own; what is done is recorded by whoever does it. @throws Unavailable */
  refused(record: AuditRecord & { readonly outcome: 'refused' }): Promise<void>;
}

/** One request that is to have one effect, however often it is sent (admin-api.md A6). */
export interface Claim {
  readonly clientId: string;
  readonly method: string;
  readonly path: string;
  /** SHA-256 of the Idempotency-Key, hex. */
  readonly keyDigest: string;
  /** HMAC of the body, hex: of what was sent nothing else is kept. */
  readonly bodyMac: string;
}

/** What is kept with the effect, and committed with it or not at all. */
export interface KeptAnswer {
  readonly claim: Claim;
  /** Where that stands which was created. */
  readonly location: string;
  /** As it was answered; undefined when the answer held a secret, which is never kept. */
  readonly resource: unknown;
}

/** To be called by whoever creates, with what will be answered; what it gives goes into the creating transaction. */
export type KeepAnswer = (made: { readonly location: string; readonly resource: unknown }) => KeptAnswer;

export interface KeptAnswers {
  /** Of the last 24 hours; whatever the body was. @throws Unavailable */
  find(claim: Claim): Promise<KeptAnswer | undefined>;
  /** The same request was answered better than it was committed: it had waited. @throws Unavailable */
  replace(answer: KeptAnswer): Promise<void>;
}

/** Another request with this key was first: whatever this one did is rolled back. Thrown by whoever keeps the answer. */
export class KeptBefore extends Error {
  override readonly name = 'KeptBefore';
  constructor() {
    super('a request with this Idempotency-Key was first');
  }
}

/** What is kept of a secret. */
export interface KeptSecret {
  /** SHA-256, hex. */
  readonly digest: string;
  /** The secret under KEY_ENCRYPTION_KEY, for HS256 (OpenID Connect Core §10.1). Absent where nothing is keyed with it. */
  readonly sealed?: string;
}

/** A client as it is first saved: enabled, of generation 0, with at most one secret. */
export type NewClient = Omit<Client, 'secretDigests' | 'enabled' | 'generation'> & {
  /** SHA-256, hex; absent for a public client. */
  readonly secretDigest?: string;
  /** As `KeptSecret.sealed`. */
  readonly secretSealed?: string;
};

/** A client as it stands in the register. */
export type RegisteredClient = Client & {
  readonly createdAt: EpochSeconds;
  /** Each of its living secrets is kept sealed as well, so that HS256 can be keyed with it. */
  readonly secretsSealed: boolean;
};

/** Where a page ended. The order is by time of creation, then identifier. */
export interface ApiPosition {
  readonly createdAt: EpochMilliseconds;
  readonly identifier: string;
}

export interface ApiPage {
  readonly items: readonly Api[];
  /** Absent on the last page. */
  readonly next?: ApiPosition;
}

/** `all()` holds the admin API as well; the other methods know registered ones alone. */
export interface ApiRegistry extends ApiStore {
  /**
   * Saves the API, its scopes and the record in one transaction. Of many with the same identifier, or with a scope of the
   * same name, one is registered; nothing is written for the others. What is kept for a repetition is committed with it.
   * @throws Unavailable; KeptBefore
   */
  insert(api: Api, audit: AuditRecord, kept?: KeptAnswer): Promise<'registered' | 'exists' | 'scope_taken'>;
  /** At most `limit` APIs after this position, in order. @throws Unavailable */
  list(page: { readonly limit: number; readonly after?: ApiPosition }): Promise<ApiPage>;
  /** @throws Unavailable */
  find(identifier: string): Promise<Api | undefined>;
}

/** What an empty database is given, each only if there is none of its kind. */
export interface FirstRows {
  /** Whoever may have all of them is an admin client. */
  readonly adminScopes: readonly string[];
  readonly adminClient?: NewClient;
  readonly api?: Api;
  /** The password as an argon2id hash (PHC string). */
  readonly person?: { readonly username: string; readonly passwordHash: string };
}

export interface GivenAtStart {
  readonly adminClient?: { readonly clientId: string; readonly secretDigest: string } | undefined;
  readonly username?: string | undefined;
}

export interface BootstrapState {
  readonly adminClient: boolean;
  /** The given client is registered, with the given secret; the given name is somebody's. */
  readonly standing: { readonly adminClient: boolean; readonly person: boolean };
}

/** Made by this call, there before, or absent because none was given. */
export type Made = 'created' | 'exists' | 'absent';

export interface BootstrapStore {
  /** Whether there is an enabled client that may have all admin scopes, and whether what is given stands already. @throws Unavailable */
  state(adminScopes: readonly string[], given: GivenAtStart): Promise<BootstrapState>;
  /** All in one transaction with its audit records, one instance at a time. @throws Unavailable */
  bootstrap(wanted: FirstRows): Promise<{ readonly adminClient: Made; readonly person: Made; readonly api: Made }>;
}

/** A revocation as it stands in the ledger. */
export interface RevocationRecord {
  readonly id: string;
  readonly kind: RevocationKind;
  /** The empty string for `issuer`. */
  readonly value: string;
  /** Why, in the operator's words; absent when no operator wrote it or none were given. */
  readonly reason?: string;
  readonly createdAt: EpochMilliseconds;
  readonly expiresAt: EpochSeconds | null;
  /** Absent while it is on no wire. */
  readonly publication?: Publication;
}

export interface RevocationOrder {
  readonly kind: Exclude<RevocationKind, 'key'>;
  /** For `issuer` the empty string; for `subject` a person's UUID or any `sub` that its grants carry. */
  readonly value: string;
  readonly reason?: string;
  /** Who asked, and from where. */
  readonly actor: string;
  readonly address: string;
  /** The guards are asked to report. */
  readonly receipt: boolean;
}

/** By time of creation, newest first, then id. */
export interface RevocationPosition {
  readonly createdAt: EpochMilliseconds;
  readonly id: string;
}

export interface RevocationRegister {
  /**
   * The act and its entries in one transaction with the audit record (revocation.md V1, V3, V4): a grant and a session end,
   * a generation is raised. The first record is the answer; a person with pairwise subjects has several. What names one
   * thing and was said before writes nothing and answers what stands. `unknown`: there is no such grant, session, person
   * or client; an unknown jti is accepted. What is kept for a repetition is committed with it. @throws Unavailable; KeptBefore
   */
  revoke(
    order: RevocationOrder,
    keep?: (first: RevocationRecord) => KeptAnswer,
  ): Promise<readonly RevocationRecord[] | 'unknown'>;
  /** @throws Unavailable */
  find(id: string): Promise<RevocationRecord | undefined>;
  /** @throws Unavailable */
  list(page: { readonly limit: number; readonly after?: RevocationPosition }): Promise<{
    readonly items: readonly RevocationRecord[];
    readonly next?: RevocationPosition;
  }>;
}

export interface GuardRecords {
  /** Every guard on the register, by time of registration, then id. @throws Unavailable */
  list(page: {
    readonly limit: number;
    readonly after?: { readonly registeredAt: EpochMilliseconds; readonly guardId: string };
  }): Promise<{
    readonly items: readonly RegisteredGuard[];
    readonly next?: { readonly registeredAt: EpochMilliseconds; readonly guardId: string };
  }>;
  /** @throws Unavailable */
  find(guardId: string): Promise<RegisteredGuard | undefined>;
  /**
   * Strikes it off, with the audit record, if this registration of it still stands; else it has registered again. Not
   * checked: whether it still lives. @throws Unavailable
   */
  remove(guard: Pick<RegisteredGuard, 'guardId' | 'registration'>, audit: AuditRecord): Promise<'removed' | 'unknown'>;
}
