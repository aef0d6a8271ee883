/**
 * Owns the log-in of a person: limits, password, a session with a new secret, and that each attempt stands in the audit trail.
 * Does not own pages, cookies' names or SQL.
 */
import { digestOf, randomSecret, type RateLimit } from '@latchkey/protocol';
import type { Logger } from 'pino';
import type { Attempt, Attempts } from '../limits/attempts.js';
import type { FailureAudit } from '../limits/failure-audit.js';
import { type LoginFailure, noteFailedLogin, typedName } from './login-audit.js';
import { hashPassword, isOutdated, type Passwords } from './passwords.js';
import type { LoginSessionStore, PeopleStore, Person } from './people.js';
import { couldBeUsername, normalizedUsername } from './username.js';
import type { WorkSlots } from './work-slots.js';

export interface LoginParts {
  readonly people: PeopleStore;
  readonly sessions: LoginSessionStore;
  readonly passwords: Passwords;
  readonly slots: WorkSlots;
  readonly attempts: Attempts;
  readonly audit: FailureAudit;
  readonly log: Logger;
  /** Seconds that a login session lasts. */
  readonly sessionLifetimeSeconds: number;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** From where. */
  readonly address: string;
  /** On behalf of which client; undefined where somebody asks for their own account. */
  readonly clientId: string | undefined;
  /** The session cookie that this browser has now. */
  readonly replaces: string | undefined;
}

export type LoginOutcome =
  /** The new session cookie's value: never one that the browser brought (no session fixation). */
  | { readonly outcome: 'welcome'; readonly sessionCookie: string; readonly sid: string }
  /** Unknown, disabled or wrong: nobody learns which. */
  | { readonly outcome: 'refused' }
  | { readonly outcome: 'limited'; readonly limit: RateLimit };

/** What became of it, for us. */
type Verdict =
  | Extract<LoginOutcome, { readonly outcome: 'welcome' }>
  | { readonly outcome: 'refused'; readonly reason: LoginFailure; readonly sub: string | undefined }
  | { readonly outcome: 'limited'; readonly limit: RateLimit };

export class Login {
  constructor(private readonly parts: LoginParts) {}

  /** @throws Busy when too many passwords are being verified; Unavailable when a store does not answer */
  async attempt(credentials: Credentials): Promise<LoginOutcome> {
    // 1. Who is shut out costs nothing.
    const attempt = await this.parts.attempts.begin(normalizedUsername(credentials.username), credentials.address);
    const verdict: Verdict =
      attempt.limited === undefined
        ? await this.judged(attempt, credentials)
        : { outcome: 'limited', limit: attempt.limited };

    // 4. Before the answer, the audit trail; it hears more than the caller does.
    if (verdict.outcome === 'welcome') return verdict;
    if (verdict.outcome === 'limited') {
      await noteFailedLogin(this.parts.audit, credentials, 'limited', undefined);
      return verdict;
    }
    await noteFailedLogin(this.parts.audit, credentials, verdict.reason, verdict.sub);
    return { outcome: 'refused' };
  }

  private async judged(attempt: Attempt, credentials: Credentials): Promise<Verdict> {
    try {
      // 2. In a slot, the password: counted as a failure everywhere before a hash is computed, and taken back if it is none.
      return await this.parts.slots.run(async () => {
        const limit = await attempt.reserve();
        if (limit !== undefined) return { outcome: 'limited', limit };
        const found = await this.find(credentials);
        const reason = found.matches ? undefined : (found.reason ?? 'wrong_password');
        const sub = found.person?.sub;

        // 3. A session under a new secret, of which the store learns the digest.
        const begun =
          reason === undefined && found.person !== undefined ? await this.begin(found.person, credentials) : undefined;
        if (begun === undefined) {
          attempt.failed();
          return { outcome: 'refused', reason: reason ?? 'changed_meanwhile', sub };
        }
        await attempt.succeeded();
        if (found.person !== undefined) await this.renewHash(found.person, credentials.password);
        return { outcome: 'welcome', ...begun };
      });
    } catch (error) {
      await attempt.abandoned();
      throw error;
    }
  }

  /** The same questions and the same work, whoever it is. */
  private async find({ username, password }: Credentials): Promise<{
    readonly person: Person | undefined;
    readonly matches: boolean;
    readonly reason?: LoginFailure;
  }> {
    const name = normalizedUsername(username);
    const { people, passwords } = this.parts;
    const [person, decoy] = await Promise.all([
      couldBeUsername(name) ? people.findByUsername(name) : undefined,
      people.decoyHash(name),
    ]);
    const verified = await passwords.verify(person?.passwordHash, password, decoy);
    if (person === undefined) return { person, matches: false, reason: 'unknown_name' };
    if (verified && !person.enabled) return { person, matches: false, reason: 'disabled' };
    return { person, matches: verified };
  }

  private async begin(
    person: Person,
    { replaces, address, clientId }: Credentials,
  ): Promise<{ readonly sessionCookie: string; readonly sid: string } | undefined> {
    const sessionCookie = randomSecret();
    const session = await this.parts.sessions.start({
      cookieDigest: digestOf(sessionCookie),
      sub: person.sub,
      personGeneration: person.generation,
      passwordVersion: person.passwordVersion,
      // RFC 8176 §2: "pwd", password-based authentication.
      amr: ['pwd'],
      lifetimeSeconds: this.parts.sessionLifetimeSeconds,
      from: {
        address,
        personal: { username: typedName(person.username) },
        detail: clientId === undefined ? {} : { client_id: clientId },
      },
      ...(replaces === undefined ? {} : { replacesCookieDigest: digestOf(replaces) }),
    });
    return session === undefined ? undefined : { sessionCookie, sid: session.sid };
  }

  /** A hash of an earlier system is replaced by ours. Whoever sets a password meanwhile wins; nobody is kept out by it. */
  private async renewHash({ sub, passwordHash }: Person, password: string): Promise<void> {
    if (!isOutdated(passwordHash, password)) return;
    try {
      await this.parts.people.rehash(sub, passwordHash, await hashPassword(password));
    } catch (error) {
      const cause = error instanceof Error ? error.message : undefined;
      this.parts.log.warn({ cause, sub }, 'a password hash of an earlier system stays for now');
    }
  }
}
