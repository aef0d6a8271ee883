/**
 * Owns the log-in for the account page alone, without an application that asks: its page and its form. Does not own who may log
 * in (login), nor markup.
 */
import { type Answer, type PageAnswer, redirectTo, type Visit } from '../answer.js';
import type { Cookies } from '../cookies.js';
import type { FormTokens } from '../form-tokens.js';
import type { Login } from '../login.js';
import { orBusy } from '../or-busy.js';
import { foreignForm, tooManyFailures } from '../problems.js';
import { ACCOUNT } from './account-pages.js';
import type { AccountVisitors } from './account-visitors.js';

export interface AccountLoginParts {
  readonly login: Login;
  readonly tokens: FormTokens;
  readonly cookies: Cookies;
  readonly visitors: AccountVisitors;
}

export class AccountLogin {
  constructor(private readonly parts: AccountLoginParts) {}

  page(visit: Visit, attempt: { readonly status: number; readonly problem?: string }): PageAnswer {
    const { browser, setCookies } = this.parts.visitors.browserOf(visit);
    return {
      ...{ status: attempt.status, setCookies },
      page: {
        ...{ template: 'login', client: undefined, action: `${ACCOUNT}/login` },
        formToken: this.parts.tokens.issue(loginBinding(browser)),
        username: visit.form.value('username'),
        asAnother: false,
        problem: attempt.problem,
      },
    };
  }

  /** POST /account/login */
  async submit(visit: Visit): Promise<Answer> {
    // 1. Is this our form, shown to this browser?
    if (!this.formIsOurs(visit)) return foreignForm(ACCOUNT);

    // 2. Is it the person?
    const [username, password] = [visit.form.value('username'), visit.form.value('password')];
    if (username.trim() === '' || password === '') {
      return this.page(visit, { status: 400, problem: 'Please enter your username and your password.' });
    }
    return orBusy(ACCOUNT, async () => {
      const { address, session: replaces } = visit;
      const outcome = await this.parts.login.attempt({ username, password, address, clientId: undefined, replaces });
      switch (outcome.outcome) {
        case 'welcome':
          return redirectTo(ACCOUNT, this.parts.cookies.setSession(outcome.sessionCookie));
        case 'limited': {
          const problem = tooManyFailures(outcome.limit.resetSeconds);
          return { ...this.page(visit, { status: 429, problem }), limit: outcome.limit };
        }
        case 'refused':
          return this.page(visit, { status: 400, problem: 'That username and password do not match.' });
      }
    });
  }

  private formIsOurs({ browser, fromHere, form }: Visit): boolean {
    return browser !== undefined && fromHere && this.parts.tokens.verify(loginBinding(browser), form.value('csrf'));
  }
}

const loginBinding = (browser: string) =>
  ({ browser, interactionId: '', purpose: 'account-login', shown: '' }) as const;
