/**
 * Owns the ports through which the pages know people and their login sessions. Does not own SQL (persistence does) nor
 * password hashing (passwords).
 */
import type { LoginSession } from '@latchkey/protocol';

export interface Person {
  /** A UUID. */
  readonly sub: string;
  readonly username: string;
  /** argon2id, PHC string. */
  readonly passwordHash: string;
  readonly enabled: boolean;
  readonly generation: number;
}

export interface PeopleStore {
  /** By the name typed at log-in, compared case-insensitively after NFKC. */
  findByUsername(username: string): Promise<Person | undefined>;
  /** By `sub`: the consent page tells a person as whom they are logged in. */
  find(sub: string): Promise<Person | undefined>;
}

export interface LoginSessionStore {
  /**
   * Starts a session under a digest (SHA-256 hex) of the cookie's random value, in one statement that reads person and
   * issuer generation and refuses a disabled person.
   */
  start(login: {
    readonly cookieDigest: string;
    readonly sub: string;
    /** The generation of the person whose password was verified; a higher one by now refuses. */
    readonly personGeneration: number;
    readonly amr: readonly string[];
    readonly lifetimeSeconds: number;
    /** A session that this login replaces (same browser), ended in the same transaction without revoking its grants. */
    readonly replacesCookieDigest?: string;
  }): Promise<LoginSession | undefined>;
  /** Live sessions only: not ended, not expired, person enabled, generations unchanged. */
  find(cookieDigest: string): Promise<LoginSession | undefined>;
}
