/**
 * Owns the ports through which the pages know people and their login sessions. Does not own SQL (persistence does) nor
 * password hashing (passwords).
 */
import type { LoginSession } from '@latchkey/protocol';
import type { AuditRecord } from '../admin/ports.js';

export interface Person {
  /** A UUID. */
  readonly sub: string;
  readonly username: string;
  /** Ours, or one that was taken over from an earlier system (password-hashes). */
  readonly passwordHash: string;
  /** Raised whenever they set another. */
  readonly passwordVersion: number;
  readonly enabled: boolean;
  readonly generation: number;
}

export interface PeopleStore {
  /** By the name typed at log-in, compared case-insensitively after NFKC. */
  findByUsername(username: string): Promise<Person | undefined>;
  /** By `sub`: the consent page tells a person as whom they are logged in. */
  find(sub: string): Promise<Person | undefined>;
  /**
   * The password hash of some person, always the same one for a name while nobody comes or goes: what is verified for a name
   * that nobody has. Undefined when there are no people.
   */
  decoyHash(username: string): Promise<string | undefined>;
  /** Puts a hash of the same password in place of this very one: `changed` when that is not there any more. */
  rehash(sub: string, from: string, to: string): Promise<'rehashed' | 'changed'>;
}

export interface LoginSessionStore {
  /**
   * Starts a session under a digest (SHA-256 hex) of the cookie's random value, in one statement that reads person and
   * issuer generation and refuses a disabled person; `login.succeeded` is recorded in its transaction.
   */
  start(login: {
    readonly cookieDigest: string;
    readonly sub: string;
    /** The generation of the person whose password was verified; a higher one by now refuses. */
    readonly personGeneration: number;
    /** Of the password that was verified; a higher one by now refuses. */
    readonly passwordVersion: number;
    readonly amr: readonly string[];
    readonly lifetimeSeconds: number;
    /** A session that this login replaces (same browser), ended in the same transaction without revoking its grants. */
    readonly replacesCookieDigest?: string;
    /** For the audit trail. */
    readonly from?: Pick<AuditRecord, 'address' | 'personal' | 'detail'>;
  }): Promise<LoginSession | undefined>;
  /** Live sessions only: not ended, not expired, person enabled, generations unchanged. */
  find(cookieDigest: string): Promise<LoginSession | undefined>;
}
