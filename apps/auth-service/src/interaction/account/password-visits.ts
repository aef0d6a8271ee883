/**
 * Owns the way of a person through the change of their password: the page, the form, and what is said of a new password before it
 * is tried. Does not own the change (password-changing), markup, or HTTP.
 */
import type { LoginSession } from '@latchkey/protocol';
import { type Answer, type PageAnswer, redirectTo, type Visit } from '../answer.js';
import type { Cookies } from '../cookies.js';
import { orBusy } from '../or-busy.js';
import { isPassword } from '../passwords.js';
import { foreignForm, tooManyFailures } from '../problems.js';
import { ACCOUNT, accountAfter, type AccountPages } from './account-pages.js';
import type { AccountVisitors } from './account-visitors.js';
import type { PasswordChanging } from './password-changing.js';

const PASSWORD = `${ACCOUNT}/password`;

/** NIST SP 800-63B §3.1.1.2: a password has a minimum length, and no other rule of composition. */
const SHORTEST_PASSWORD = 8;

export interface PasswordVisitParts {
  readonly passwordChanging: PasswordChanging;
  readonly pages: AccountPages;
  readonly cookies: Cookies;
  readonly visitors: AccountVisitors;
}

export class PasswordVisits {
  constructor(private readonly parts: PasswordVisitParts) {}

  /** GET /account/password */
  async show(visit: Visit): Promise<Answer> {
    const session = await this.parts.visitors.sessionOf(visit);
    if (session === undefined) return redirectTo(ACCOUNT);
    return this.parts.visitors.shown(visit, (known) => this.parts.pages.password(session, known));
  }

  /** POST /account/password */
  async change(visit: Visit): Promise<Answer> {
    // 1. Is this our form, shown to this browser in this very session?
    const session = await this.parts.visitors.sessionOf(visit);
    if (session === undefined || visit.session === undefined) return redirectTo(ACCOUNT);
    if (!this.parts.pages.formIsOurs(session, visit, 'password')) return foreignForm(PASSWORD);

    // 2. Can it be a password?
    const [currentPassword, newPassword] = [visit.form.value('current-password'), visit.form.value('new-password')];
    const fault = newPasswordFault(newPassword, visit.form.value('new-password-again'));
    if (fault !== undefined) return this.again(session, visit, 400, fault, 'new-password');

    // 3. Is it the person, and nobody else meanwhile?
    return orBusy(PASSWORD, async () => {
      const order = {
        session,
        sessionCookie: visit.session ?? '',
        currentPassword,
        newPassword,
        address: visit.address,
      };
      const outcome = await this.parts.passwordChanging.attempt(order);
      switch (outcome.outcome) {
        case 'changed':
          return redirectTo(accountAfter('password'), this.parts.cookies.setSession(outcome.sessionCookie));
        case 'wrong_password':
          return this.again(session, visit, 400, 'That is not your current password.', 'current-password');
        case 'changed_meanwhile':
          return this.again(
            session,
            visit,
            409,
            'Your password was changed elsewhere a moment ago.',
            'current-password',
          );
        case 'limited': {
          const sentence = tooManyFailures(outcome.limit.resetSeconds);
          const answer = await this.again(session, visit, 429, sentence, 'current-password');
          return { ...answer, limit: outcome.limit };
        }
      }
    });
  }

  private again(
    session: LoginSession,
    visit: Visit,
    status: number,
    sentence: string,
    field: 'current-password' | 'new-password',
  ): Promise<PageAnswer> {
    return this.parts.pages.password(session, visit, { status, problem: { sentence, field } });
  }
}

function newPasswordFault(password: string, again: string): string | undefined {
  if (password !== again) return 'The two new passwords are not the same.';
  if (Array.from(password).length < SHORTEST_PASSWORD)
    return `A password has at least ${SHORTEST_PASSWORD} characters.`;
  return isPassword(password) ? undefined : 'That password is too long.';
}
