/**
 * Owns the ports through which a person reads and changes what is theirs. Does not own SQL (persistence does), nor what an
 * operator may do with it (admin).
 */
import type { EpochMilliseconds, EpochSeconds } from '@latchkey/tokens';
import type { Person } from '../people.js';

export interface AccountSession {
  readonly sid: string;
  readonly authTime: EpochSeconds;
  /** RFC 8176. */
  readonly amr: readonly string[];
  readonly expiresAt: EpochSeconds;
}

/** What the person allows an application, and has not taken back. */
export interface AccountApplication {
  readonly clientId: string;
  readonly clientName: string;
  readonly scope: readonly string[];
  /** When it was last allowed. */
  readonly grantedAt: EpochSeconds;
}

export interface SessionPlace {
  readonly authTime: EpochMilliseconds;
  readonly sid: string;
}

export interface AccountPage<Item, Place> {
  readonly items: readonly Item[];
  /** Absent on the last page. */
  readonly next?: Place;
}

export interface AccountRecords {
  /** Living ones, the newest first. @throws Unavailable */
  sessions(
    sub: string,
    page: { readonly limit: number; readonly after?: SessionPlace },
  ): Promise<AccountPage<AccountSession, SessionPlace>>;
  /** By client_id. @throws Unavailable */
  applications(
    sub: string,
    page: { readonly limit: number; readonly after?: string },
  ): Promise<AccountPage<AccountApplication, string>>;
}

/** For the audit trail, and whether the guards are asked to report. */
export interface OwnOrder {
  readonly address: string;
  readonly receipt: boolean;
  /** At whose request, if a client asked. */
  readonly clientId?: string;
}

export interface Ended {
  readonly outcome: 'ended' | 'before' | 'unknown';
}

/** Each with its revocations (revocation.md V4: `session`) and its audit events in one transaction. */
export interface OwnSessionEndings {
  /** The session of this cookie, and those that it has replaced. @throws Unavailable */
  logOut(cookieDigest: string, order: OwnOrder): Promise<Ended>;
  /** Every session of the person whose this one is. @throws Unavailable */
  logOutEverywhere(session: { readonly sub: string; readonly sid: string }, order: OwnOrder): Promise<Ended>;
  /** One of the person's; one of somebody else is unknown. @throws Unavailable */
  endOwn(session: { readonly sub: string; readonly sid: string }, order: OwnOrder): Promise<Ended>;
}

export interface PasswordChange {
  /** As they were when the password of before was verified. */
  readonly person: Pick<Person, 'sub' | 'generation' | 'passwordVersion'>;
  /** The session that is kept, under another cookie. */
  readonly session: { readonly sid: string; readonly cookieDigest: string };
  /** argon2id, PHC string. */
  readonly passwordHash: string;
  /** SHA-256 of the new cookie's random value, hex. */
  readonly cookieDigest: string;
  readonly address: string;
}

export interface PasswordChanges {
  /** With the end of every other session, in one transaction. @throws Unavailable */
  change(change: PasswordChange): Promise<'changed' | 'changed_meanwhile'>;
}
