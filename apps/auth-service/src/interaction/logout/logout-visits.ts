/**
 * Owns the way of a person through a log-out: is it asked, does the session end, where do they go. Does not own the rules
 * (protocol), what ends with a session (persistence), markup or HTTP.
 */
import {
  digestOf,
  type EndSession,
  type EndpointRequest,
  type LoginSession,
  type LogoutRequest,
  type LogoutStep,
  OAuthError,
} from '@latchkey/protocol';
import type { OwnSessionEndings } from '../account/account-ports.js';
import { type Answer, redirectTo, type Visit } from '../answer.js';
import type { Cookies } from '../cookies.js';
import type { FormTokens } from '../form-tokens.js';
import { clientReturn } from '../page.js';
import type { LoginSessionStore, PeopleStore } from '../people.js';
import { foreignForm, goneInteraction, refusedRequest } from '../problems.js';
import { shownSession } from '../shown-session.js';
import type { LogoutTickets } from './logout-tickets.js';
import { SIGNED_OUT, signedOut, stillSignedIn } from './signed-out.js';

export interface LogoutVisitParts {
  readonly endSession: EndSession;
  readonly sessions: LoginSessionStore;
  readonly people: PeopleStore;
  readonly endings: OwnSessionEndings;
  readonly tokens: FormTokens;
  readonly tickets: LogoutTickets;
  readonly cookies: Cookies;
}

export class LogoutVisits {
  constructor(private readonly parts: LogoutVisitParts) {}

  /** GET /logout */
  async begin(endpointRequest: EndpointRequest, visit: Visit): Promise<Answer> {
    const request = await this.read(endpointRequest);
    return request instanceof OAuthError ? refusedRequest(request) : this.follow(request, visit);
  }

  /** POST /logout: what another site posts brings no cookie, so the browser is sent around once. */
  async beginByForm(endpointRequest: EndpointRequest): Promise<Answer> {
    const request = await this.read(endpointRequest);
    return request instanceof OAuthError ? refusedRequest(request) : redirectTo(this.parts.tickets.pathOf(request));
  }

  /** GET /logout/request */
  async resume(visit: Visit): Promise<Answer> {
    const request = this.parts.tickets.read(visit.query.value('of'), visit.query.value('proof'));
    return request === undefined ? goneInteraction() : this.follow(request, visit);
  }

  /** GET /logout/done, which says nothing that is not so. */
  async done(visit: Visit): Promise<Answer> {
    return (await shownSession(visit, this.parts.sessions)) === undefined ? signedOut() : stillSignedIn();
  }

  /** POST /logout/confirm */
  async answer(visit: Visit): Promise<Answer> {
    // 1. Is this our form, shown to this browser in this very session, with what it says was asked?
    const session = await shownSession(visit, this.parts.sessions);
    // Another tab was first: nothing is left to do here.
    if (session === undefined) return redirectTo(SIGNED_OUT, this.parts.cookies.clearSession());
    const text = visit.form.value('request');
    if (!this.formIsOurs(session, visit, text)) return foreignForm('/logout');
    const confirms = visit.form.has('logout-confirm');
    if (confirms === visit.form.has('logout-cancel')) return foreignForm('/logout');
    if (!confirms) return stillSignedIn();

    // 2. Does what was asked still stand?
    const step = await this.parts.endSession.next(this.parts.tickets.requestOf(text), session);
    return step.step === 'refuse' ? refusedRequest(step.error) : this.end(step, visit);
  }

  private async read(request: EndpointRequest): Promise<LogoutRequest | OAuthError> {
    try {
      return await this.parts.endSession.read(request);
    } catch (error) {
      if (error instanceof OAuthError) return error;
      throw error;
    }
  }

  private async follow(request: LogoutRequest, visit: Visit): Promise<Answer> {
    const session = await shownSession(visit, this.parts.sessions);
    const step = await this.parts.endSession.next(request, session);
    switch (step.step) {
      case 'refuse':
        return refusedRequest(step.error);
      case 'confirm':
        if (session === undefined) throw new Error('only who is logged in is asked whether to log out');
        return this.ask(request, step, session, visit);
      case 'end':
        return this.end(step, visit);
      case 'over':
        return this.over(step);
    }
  }

  private async ask(
    request: LogoutRequest,
    { client, returnTo }: Extract<LogoutStep, { readonly step: 'confirm' }>,
    session: LoginSession,
    visit: Visit,
  ): Promise<Answer> {
    const fresh = visit.browser === undefined ? this.parts.cookies.newBrowser() : undefined;
    const text = this.parts.tickets.textOf(request);
    const person = await this.parts.people.find(session.sub);
    return {
      status: 200,
      setCookies: fresh === undefined ? [] : [fresh.setCookie],
      page: {
        template: 'logout',
        formToken: this.parts.tokens.issue(binding(session, fresh?.value ?? visit.browser ?? '', text)),
        request: text,
        username: person?.username ?? 'someone',
        returns: clientReturn(client, returnTo),
      },
    };
  }

  /** The answer leaves when the session has ended, and not before: a broken PostgreSQL is 503, and the cookie stays. */
  private async end(
    { client, returnTo }: Pick<Extract<LogoutStep, { readonly step: 'end' }>, 'client' | 'returnTo'>,
    visit: Visit,
  ): Promise<Answer> {
    if (visit.session !== undefined) {
      await this.parts.endings.logOut(digestOf(visit.session), {
        ...{ address: visit.address, receipt: false },
        ...(client === undefined ? {} : { clientId: client.clientId }),
      });
    }
    return redirectTo(returnTo ?? SIGNED_OUT, this.parts.cookies.clearSession());
  }

  /** §3: "unless the OP has other means of confirming the legitimacy of the post-logout redirection target": a person who presses a link. */
  private over({ client, returnTo, asked }: Extract<LogoutStep, { readonly step: 'over' }>): Answer {
    const clear = this.parts.cookies.clearSession();
    if (asked && returnTo !== undefined) return redirectTo(returnTo, clear);
    return { ...signedOut(clientReturn(client, returnTo)), setCookies: [clear] };
  }

  private formIsOurs(session: LoginSession, { browser, fromHere, form }: Visit, text: string): boolean {
    return (
      browser !== undefined && fromHere && this.parts.tokens.verify(binding(session, browser, text), form.value('csrf'))
    );
  }
}

const binding = (session: LoginSession, browser: string, text: string) =>
  ({ browser, interactionId: session.sid, purpose: 'logout', shown: text }) as const;
