/**
 * Owns who stands before the account pages: the session they have, and the browser cookie that every form there is bound to.
 * Does not own what they see or do (account-visits, account-login, password-visits).
 */
import type { LoginSession } from '@latchkey/protocol';
import type { PageAnswer, Visit } from '../answer.js';
import type { Cookies } from '../cookies.js';
import type { LoginSessionStore } from '../people.js';
import { shownSession } from '../shown-session.js';

export class AccountVisitors {
  constructor(
    private readonly sessions: LoginSessionStore,
    private readonly cookies: Cookies,
  ) {}

  /** With a browser cookie, which the forms on the page are bound to. */
  async shown(visit: Visit, page: (visit: Visit) => Promise<PageAnswer>): Promise<PageAnswer> {
    const { browser, setCookies } = this.browserOf(visit);
    return { ...(await page({ ...visit, browser })), setCookies };
  }

  browserOf(visit: Visit): { readonly browser: string; readonly setCookies: readonly string[] } {
    if (visit.browser !== undefined) return { browser: visit.browser, setCookies: [] };
    const { value, setCookie } = this.cookies.newBrowser();
    return { browser: value, setCookies: [setCookie] };
  }

  async sessionOf(visit: Visit): Promise<LoginSession | undefined> {
    return shownSession(visit, this.sessions);
  }
}
