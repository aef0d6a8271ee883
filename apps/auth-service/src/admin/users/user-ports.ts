/**
 * Owns the ports through which the admin API changes and reads people and what they allowed. Does not own SQL: persistence does.
 * Every change is one transaction: the row is locked, `decide` or `judge` sees what stands there, and whatever it throws leaves
 * everything as it was.
 */
import type { EpochMilliseconds, EpochSeconds, RevocationEntry } from '@latchkey/tokens';
import type { AuditRecord, KeptAnswer } from '../ports.js';
import type { UserClaims } from './claim-schema.js';

/** Who asks for something to end, from where, and whether somebody waits for the guards. */
export interface EndingOrder {
  readonly actor: string;
  readonly address: string;
  readonly receipt: boolean;
}

export interface NewPerson {
  readonly sub: string;
  readonly username: string;
  /** argon2id, PHC string. */
  readonly passwordHash: string;
  readonly claims: UserClaims;
}

export interface UserRecord {
  readonly sub: string;
  readonly username: string;
  readonly enabled: boolean;
  readonly claims: UserClaims;
  readonly createdAt: EpochMilliseconds;
  /** Of username and claims. */
  readonly updatedAt: EpochMilliseconds;
}

/** By time of creation, then sub; of those with a prefix, by username as it is compared. */
export interface UserPosition {
  readonly createdAt: EpochMilliseconds;
  readonly sub: string;
}

export interface UserChange {
  readonly username: string;
  readonly claims: UserClaims;
  readonly audit: AuditRecord;
}

/** Pure. Sees what stands under the lock. @throws Problem */
export type JudgeUser = (standing: UserRecord) => void;

/** `unknown` as well for a person who was deleted. */
export type UserEnding =
  | { readonly outcome: 'unknown'; readonly revocations: readonly [] }
  | {
      readonly outcome: 'ended' | 'before';
      readonly user: UserRecord;
      readonly revocations: readonly RevocationEntry[];
    };

export interface UserRegistry {
  /** Of many with one name (as it is compared at log-in) one is created. @throws Unavailable; KeptBefore */
  insert(
    person: NewPerson,
    audit: AuditRecord,
    keep?: (created: UserRecord) => KeptAnswer,
  ): Promise<UserRecord | 'taken'>;
  /** @throws Unavailable */
  find(sub: string): Promise<UserRecord | undefined>;
  /** @throws Unavailable */
  list(page: { readonly limit: number; readonly after?: UserPosition }): Promise<{
    readonly items: readonly UserRecord[];
    readonly next?: UserPosition;
  }>;
  /** Those whose username begins so, as it is compared; `after` and `next` are such usernames. @throws Unavailable */
  search(page: { readonly prefix: string; readonly limit: number; readonly after?: string }): Promise<{
    readonly items: readonly UserRecord[];
    readonly next?: string;
  }>;
  /** `decide` answers undefined for what changes nothing: then nothing is written. @throws Unavailable; whatever decide throws */
  change(
    sub: string,
    decide: (standing: UserRecord) => UserChange | undefined,
  ): Promise<UserRecord | 'unknown' | 'taken'>;
  /** Gives nothing back that was taken before: generations stay. @throws Unavailable; whatever judge throws */
  enable(sub: string, judge: JudgeUser, audit: AuditRecord): Promise<UserRecord | 'unknown'>;
}

/** Each with its revocation of the whole person in the same transaction (revocation.md V3, V4). */
export interface UserEndings {
  /** @throws Unavailable; whatever judge throws */
  disable(sub: string, order: EndingOrder, judge: JudgeUser): Promise<UserEnding>;
  /** And erases whatever says who it was. Answers the person as they stood. @throws Unavailable; whatever judge throws */
  delete(sub: string, order: EndingOrder, judge: JudgeUser): Promise<UserEnding>;
  /** @param passwordHash argon2id, PHC string. @throws Unavailable; whatever judge throws */
  resetPassword(sub: string, passwordHash: string, order: EndingOrder, judge: JudgeUser): Promise<UserEnding>;
}

/** What a person allowed a client, and has not taken back. */
export interface ConsentRecord {
  readonly clientId: string;
  readonly scope: readonly string[];
  /** When it was last allowed. */
  readonly grantedAt: EpochSeconds;
}

export interface ConsentRegistry {
  /** By client_id. @throws Unavailable */
  list(
    sub: string,
    page: { readonly limit: number; readonly after?: string },
  ): Promise<{ readonly items: readonly ConsentRecord[]; readonly next?: string }>;
  /** @throws Unavailable */
  find(sub: string, clientId: string): Promise<ConsentRecord | undefined>;
}

export interface ConsentEndings {
  /**
   * What was allowed is forgotten, each grant of the pair ends, and no code that was allowed before gives tokens any more.
   * @throws Unavailable; whatever judge throws
   */
  withdraw(
    pair: { readonly sub: string; readonly clientId: string },
    order: EndingOrder,
    judge: (standing: ConsentRecord) => void,
  ): Promise<
    | { readonly outcome: 'unknown'; readonly revocations: readonly [] }
    | {
        readonly outcome: 'ended';
        readonly consent: ConsentRecord;
        readonly revocations: readonly RevocationEntry[];
      }
  >;
}
