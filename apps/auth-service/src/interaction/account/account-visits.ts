/**
 * Owns what a person does on their own account page: sees it, ends sessions, takes back what they allowed; and where its other
 * forms go. Does not own the log-in before it (account-login), the password (password-visits), markup, or HTTP.
 */
import { digestOf, type LoginSession } from '@latchkey/protocol';
import type { ConsentEndings } from '../../admin/users/user-ports.js';
import { type Answer, redirectTo, type Visit } from '../answer.js';
import type { Cookies } from '../cookies.js';
import { SIGNED_OUT } from '../logout/signed-out.js';
import { foreignForm } from '../problems.js';
import type { AccountLogin } from './account-login.js';
import { ACCOUNT, accountAfter, type AccountPages } from './account-pages.js';
import type { OwnOrder, OwnSessionEndings } from './account-ports.js';
import type { AccountVisitors } from './account-visitors.js';
import type { PasswordVisits } from './password-visits.js';

export interface AccountVisitParts {
  readonly visitors: AccountVisitors;
  readonly login: AccountLogin;
  readonly password: PasswordVisits;
  readonly endings: OwnSessionEndings;
  readonly consents: ConsentEndings;
  readonly pages: AccountPages;
  readonly cookies: Cookies;
}

export class AccountVisits {
  constructor(private readonly parts: AccountVisitParts) {}

  /** GET /account */
  async show(visit: Visit): Promise<Answer> {
    const session = await this.parts.visitors.sessionOf(visit);
    return session === undefined
      ? this.parts.login.page(visit, { status: 200 })
      : this.parts.visitors.shown(visit, (known) => this.parts.pages.account(session, known));
  }

  /** POST /account/login */
  login(visit: Visit): Promise<Answer> {
    return this.parts.login.submit(visit);
  }

  /** POST /account: each of its buttons. */
  async act(visit: Visit): Promise<Answer> {
    // 1. Is this our form, shown to this browser in this very session?
    const session = await this.parts.visitors.sessionOf(visit);
    if (session === undefined) return redirectTo(ACCOUNT);
    if (!this.parts.pages.formIsOurs(session, visit, 'account')) return foreignForm(ACCOUNT);

    // 2. Which button?
    const { form } = visit;
    const order: OwnOrder = { address: visit.address, receipt: false };
    if (form.has('logout-everywhere')) {
      await this.parts.endings.logOutEverywhere(session, order);
      return this.signedOut();
    }
    if (form.has('logout') || form.value('session-end') === session.sid) return this.logOut(visit, order);
    if (form.has('session-end')) {
      await this.parts.endings.endOwn({ sub: session.sub, sid: form.value('session-end') }, order);
      return redirectTo(accountAfter('session'));
    }
    if (form.has('consent-withdraw')) {
      await this.withdraw(session, form.value('consent-withdraw'), order);
      return redirectTo(accountAfter('access'));
    }
    return redirectTo(ACCOUNT);
  }

  /** GET /account/password */
  showPassword(visit: Visit): Promise<Answer> {
    return this.parts.password.show(visit);
  }

  /** POST /account/password */
  changePassword(visit: Visit): Promise<Answer> {
    return this.parts.password.change(visit);
  }

  private async logOut(visit: Visit, order: OwnOrder): Promise<Answer> {
    if (visit.session !== undefined) await this.parts.endings.logOut(digestOf(visit.session), order);
    return this.signedOut();
  }

  private signedOut(): Answer {
    return redirectTo(SIGNED_OUT, this.parts.cookies.clearSession());
  }

  private async withdraw(session: LoginSession, clientId: string, order: OwnOrder): Promise<void> {
    const pair = { sub: session.sub, clientId };
    // Under no condition: it is their own.
    await this.parts.consents.withdraw(pair, { ...order, actor: session.sub }, () => undefined);
  }
}
