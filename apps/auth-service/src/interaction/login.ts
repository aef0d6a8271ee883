/**
 * Owns the log-in of a person: throttle, password, a session with a new secret. Does not own pages, cookies' names or
 * SQL.
 */
import { digestOf, randomSecret } from '@latchkey/protocol';
import { type LoginAttempt, type LoginThrottle } from './login-throttle.js';
import type { Passwords } from './passwords.js';
import type { LoginSessionStore, PeopleStore, Person } from './people.js';
import { couldBeUsername, normalizedUsername } from './username.js';
import type { WorkSlots } from './work-slots.js';

export interface LoginParts {
  readonly people: PeopleStore;
  readonly sessions: LoginSessionStore;
  readonly passwords: Passwords;
  readonly slots: WorkSlots;
  readonly throttle: LoginThrottle;
  /** Seconds that a login session lasts. */
  readonly sessionLifetimeSeconds: number;
}

export interface Credentials extends LoginAttempt {
  readonly password: string;
  /** The session cookie that this browser has now. */
  readonly replaces: string | undefined;
}

export type LoginOutcome =
  /** The new session cookie's value: never one that the browser brought (no session fixation). */
  | { readonly outcome: 'welcome'; readonly sessionCookie: string; readonly sid: string }
  /** Unknown, disabled or wrong: nobody learns which. */
  | { readonly outcome: 'refused' }
  | { readonly outcome: 'throttled'; readonly retryAfterSeconds: number };

export class Login {
  constructor(private readonly parts: LoginParts) {}

  /** @throws Busy when too many passwords are being verified; Unavailable when a store does not answer */
  async attempt(credentials: Credentials): Promise<LoginOutcome> {
    // 1. Who is shut out costs nothing.
    const wait = await this.parts.throttle.admit(credentials);
    if (wait !== undefined) return { outcome: 'throttled', retryAfterSeconds: wait };

    // 2. The password, in a slot. Asked again inside it: many may have failed while this one waited.
    return this.parts.slots.run(async () => {
      const laterWait = await this.parts.throttle.admit(credentials);
      if (laterWait !== undefined) return { outcome: 'throttled', retryAfterSeconds: laterWait };
      const person = await this.verified(credentials);

      // 3. A session under a new secret, of which the store learns the digest.
      const begun = person === undefined ? undefined : await this.begin(person, credentials.replaces);
      if (begun !== undefined) return { outcome: 'welcome', ...begun };
      await this.parts.throttle.failed(credentials);
      return { outcome: 'refused' };
    });
  }

  private async verified({ username, password }: Credentials): Promise<Person | undefined> {
    const name = normalizedUsername(username);
    const person = couldBeUsername(name) ? await this.parts.people.findByUsername(name) : undefined;
    const matches = await this.parts.passwords.verify(person?.passwordHash, password);
    return matches && person?.enabled === true ? person : undefined;
  }

  private async begin(
    person: Person,
    replaces: string | undefined,
  ): Promise<{ readonly sessionCookie: string; readonly sid: string } | undefined> {
    const sessionCookie = randomSecret();
    const session = await this.parts.sessions.start({
      cookieDigest: digestOf(sessionCookie),
      sub: person.sub,
      personGeneration: person.generation,
      // RFC 8176 §2: "pwd", password-based authentication.
      amr: ['pwd'],
      lifetimeSeconds: this.parts.sessionLifetimeSeconds,
      ...(replaces === undefined ? {} : { replacesCookieDigest: digestOf(replaces) }),
    });
    return session === undefined ? undefined : { sessionCookie, sid: session.sid };
  }
}
