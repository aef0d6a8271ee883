/**
 * Owns the change of a password by its person: the limits of a log-in, the password of now, the hash of the next. Does not own
 * pages, nor what ends with it (persistence/postgres/password-changes).
 */
import { digestOf, type LoginSession, randomSecret, type RateLimit } from '@latchkey/protocol';
import type { Attempt, Attempts } from '../../limits/attempts.js';
import type { FailureAudit } from '../../limits/failure-audit.js';
import { hashPassword, type Passwords } from '../passwords.js';
import type { PeopleStore, Person } from '../people.js';
import { normalizedUsername } from '../username.js';
import type { WorkSlots } from '../work-slots.js';
import type { PasswordChanges } from './account-ports.js';

export interface PasswordChangingParts {
  readonly people: PeopleStore;
  readonly passwords: Passwords;
  readonly changes: PasswordChanges;
  readonly slots: WorkSlots;
  /** The same that log-ins are counted by: whoever has a session may guess no more than whoever has none. */
  readonly attempts: Attempts;
  readonly audit: FailureAudit;
}

export interface PasswordOrder {
  readonly session: LoginSession;
  /** The value of the cookie that the browser has now. */
  readonly sessionCookie: string;
  readonly currentPassword: string;
  /** That it may be a password was asked before. */
  readonly newPassword: string;
  readonly address: string;
}

export type PasswordOutcome =
  /** The new session cookie's value. */
  | { readonly outcome: 'changed'; readonly sessionCookie: string }
  | { readonly outcome: 'wrong_password' }
  /** Another change, or a revocation, was first. */
  | { readonly outcome: 'changed_meanwhile' }
  | { readonly outcome: 'limited'; readonly limit: RateLimit };

export class PasswordChanging {
  constructor(private readonly parts: PasswordChangingParts) {}

  /** @throws Busy when too many passwords are being verified; Unavailable when a store does not answer */
  async attempt(order: PasswordOrder): Promise<PasswordOutcome> {
    const person = await this.parts.people.find(order.session.sub);
    if (person === undefined) return { outcome: 'changed_meanwhile' };

    // 1. Who is shut out costs nothing.
    const attempt = await this.parts.attempts.begin(normalizedUsername(person.username), order.address);
    const outcome: PasswordOutcome =
      attempt.limited === undefined
        ? await this.judged(attempt, person, order)
        : { outcome: 'limited', limit: attempt.limited };

    // 4. A change that was made has its own transaction; before any other answer, the audit trail.
    if (outcome.outcome !== 'changed') await this.noteRefusal(person, order, outcome.outcome);
    return outcome;
  }

  private async judged(attempt: Attempt, person: Person, order: PasswordOrder): Promise<PasswordOutcome> {
    try {
      return await this.parts.slots.run(async () => {
        // 2. The password of now: counted as a failure before a hash is computed, and taken back if it is none.
        const limit = await attempt.reserve();
        if (limit !== undefined) return { outcome: 'limited', limit };
        if (!(await this.parts.passwords.verify(person.passwordHash, order.currentPassword))) {
          attempt.failed();
          return { outcome: 'wrong_password' };
        }

        // 3. The next, and a new cookie for the session that stays.
        const sessionCookie = randomSecret();
        const outcome = await this.parts.changes.change({
          person,
          session: { sid: order.session.sid, cookieDigest: digestOf(order.sessionCookie) },
          passwordHash: await hashPassword(order.newPassword),
          cookieDigest: digestOf(sessionCookie),
          address: order.address,
        });
        await attempt.succeeded();
        return outcome === 'changed' ? { outcome, sessionCookie } : { outcome };
      });
    } catch (error) {
      await attempt.abandoned();
      throw error;
    }
  }

  private async noteRefusal(person: Person, order: PasswordOrder, reason: string): Promise<void> {
    await this.parts.audit.note(
      {
        ...{ actor: person.sub, kind: 'password.changed', target: person.sub, outcome: 'refused' },
        ...{ address: order.address, detail: { reason, sid: order.session.sid } },
      },
      { name: normalizedUsername(person.username), account: person.sub },
    );
  }
}
