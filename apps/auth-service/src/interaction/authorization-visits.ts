/**
 * Owns the way of a person through an authorization request: which page comes next, what a form does, when it is over.
 * Does not own the rules (protocol), passwords (login), markup or HTTP.
 */
import {
  type Authorization,
  type AuthorizationStep,
  digestOf,
  type EndpointRequest,
  type LoginSession,
} from '@latchkey/protocol';
import { type Answer, redirectTo, type Visit } from './answer.js';
import type { Cookies } from './cookies.js';
import type { InteractionPages } from './interaction-pages.js';
import type { Interaction, Interactions } from './interactions.js';
import type { Login } from './login.js';
import type { LoginSessionStore } from './people.js';
import { busy, foreignForm, goneInteraction, refusedRequest, tooManyRequests } from './problems.js';
import { Busy } from './work-slots.js';

export interface VisitParts {
  readonly authorization: Authorization;
  readonly interactions: Interactions;
  readonly sessions: LoginSessionStore;
  readonly login: Login;
  readonly pages: InteractionPages;
  readonly cookies: Cookies;
}

export class AuthorizationVisits {
  constructor(private readonly parts: VisitParts) {}

  /** GET or POST /authorize. */
  async begin(request: EndpointRequest, visit: Visit): Promise<Answer> {
    const step = await this.parts.authorization.begin(request, await this.sessionOf(visit));
    if (step.step === 'refuse') return refusedRequest(step.error);
    if (step.step === 'redirect') return redirectTo(step.location);
    const fresh = visit.browser === undefined ? this.parts.cookies.newBrowser() : undefined;
    const browser = fresh?.value ?? visit.browser ?? '';
    const id = await this.parts.interactions.open(step.request, browser, visit.address);
    if (id === undefined) return tooManyRequests();
    return redirectTo(pathOf(id), ...(fresh === undefined ? [] : [fresh.setCookie]));
  }

  /** GET /interaction/:id */
  async show(id: string, visit: Visit): Promise<Answer> {
    const interaction = await this.parts.interactions.find(id, visit.browser);
    if (interaction === undefined) return goneInteraction();
    const session = await this.sessionOf(visit);
    return this.follow(
      await this.parts.authorization.resume(interaction.request, session),
      interaction,
      visit,
      session,
    );
  }

  /** GET /interaction/:id/login: another account than the one that is logged in. */
  async showLogin(id: string, visit: Visit): Promise<Answer> {
    const interaction = await this.parts.interactions.find(id, visit.browser);
    if (interaction === undefined) return goneInteraction();
    // Asked without a session, the answer is the login page, or that this request may not go on.
    return this.follow(
      await this.parts.authorization.resume(interaction.request, undefined),
      interaction,
      visit,
      undefined,
    );
  }

  /** POST /interaction/:id/login */
  async login(id: string, visit: Visit): Promise<Answer> {
    // 1. Is this our form, shown to this browser, for this interaction?
    const interaction = await this.parts.interactions.find(id, visit.browser);
    if (interaction === undefined) return goneInteraction();
    if (!this.parts.pages.loginFormIsOurs(interaction, visit)) return foreignForm(pathOf(id));
    if (visit.form.has('login-cancel')) return this.deny(interaction);

    // 2. Is it the person?
    const username = visit.form.value('username');
    const password = visit.form.value('password');
    if (username.trim() === '' || password === '') {
      return this.loginAgain(interaction, visit, 400, 'Please enter your username and your password.');
    }
    try {
      const outcome = await this.parts.login.attempt({
        username,
        password,
        address: visit.address,
        replaces: visit.session,
      });
      if (outcome.outcome === 'welcome') {
        await this.parts.interactions.authenticated(interaction, outcome.sid);
        return redirectTo(pathOf(id), this.parts.cookies.setSession(outcome.sessionCookie));
      }
      if (outcome.outcome === 'throttled') {
        const answer = await this.loginAgain(interaction, visit, 429, tooMany(outcome.retryAfterSeconds));
        return 'page' in answer ? { ...answer, retryAfterSeconds: outcome.retryAfterSeconds } : answer;
      }
      return await this.loginAgain(interaction, visit, 400, 'That username and password do not match.');
    } catch (error) {
      if (error instanceof Busy) return busy(error.retryAfterSeconds, pathOf(id));
      throw error;
    }
  }

  /** POST /interaction/:id/consent */
  async consent(id: string, visit: Visit): Promise<Answer> {
    // 1. Is this our form, shown to this browser, for this interaction, with what it says was shown?
    const interaction = await this.parts.interactions.find(id, visit.browser);
    if (interaction === undefined) return goneInteraction();
    if (!this.parts.pages.consentFormIsOurs(interaction, visit)) return foreignForm(pathOf(id));
    const approves = visit.form.has('consent-approve');
    if (approves === visit.form.has('consent-deny')) return foreignForm(pathOf(id));
    if (!approves) return this.deny(interaction);

    // 2. Is what was shown still what would be granted, to the person who was told so?
    const session = await this.sessionOf(visit);
    const step = await this.parts.authorization.resume(interaction.request, session);
    if (step.step !== 'consent' || session === undefined) return this.follow(step, interaction, visit, session);
    if (!this.parts.pages.showedExactly({ ...step, session }, visit)) {
      return this.parts.pages.consentPage(interaction, visit, { ...step, session }, { changed: true });
    }

    // 3. Once: of 50 at once one goes on.
    if (!(await this.parts.interactions.complete(interaction))) return goneInteraction();
    const shownScopes = step.scopes.map((scope) => scope.name);
    return this.orReopen(interaction, async () => {
      const next = await this.parts.authorization.approve(interaction.request, session, shownScopes);
      if (next.step === 'redirect') return redirectTo(next.location);
      if (next.step === 'refuse') return refusedRequest(next.error);
      await this.parts.interactions.reopen(interaction);
      return this.follow(next, interaction, visit, session);
    });
  }

  private async deny(interaction: Interaction): Promise<Answer> {
    if (!(await this.parts.interactions.complete(interaction))) return goneInteraction();
    return this.orReopen(interaction, async () => {
      const step = await this.parts.authorization.deny(interaction.request);
      if (step.step === 'redirect') return redirectTo(step.location);
      return step.step === 'refuse' ? refusedRequest(step.error) : redirectTo(pathOf(interaction.id));
    });
  }

  private async follow(
    step: AuthorizationStep,
    interaction: Interaction,
    visit: Visit,
    session: LoginSession | undefined,
  ): Promise<Answer> {
    switch (step.step) {
      case 'refuse':
        return refusedRequest(step.error);
      case 'redirect':
        // Nothing is left to ask. The answer leaves once, as if a button had been pressed.
        return (await this.parts.interactions.complete(interaction)) ? redirectTo(step.location) : goneInteraction();
      case 'login':
        return this.parts.pages.loginPage(interaction, visit, step.client, { status: 200 });
      case 'consent':
        if (session === undefined) throw new Error('consent is asked of a person who is logged in');
        return this.parts.pages.consentPage(interaction, visit, { ...step, session }, { changed: false });
    }
  }

  private async loginAgain(interaction: Interaction, visit: Visit, status: number, problem: string): Promise<Answer> {
    const step = await this.parts.authorization.resume(interaction.request, undefined);
    if (step.step !== 'login') return this.follow(step, interaction, visit, undefined);
    const username = visit.form.value('username');
    return this.parts.pages.loginPage(interaction, visit, step.client, { status, problem, username });
  }

  private async orReopen(interaction: Interaction, answer: () => Promise<Answer>): Promise<Answer> {
    try {
      return await answer();
    } catch (error) {
      // The world broke after the button was pressed. If it still keeps anything, the person may press again.
      await this.parts.interactions.reopen(interaction).catch(() => undefined);
      throw error;
    }
  }

  private async sessionOf(visit: Visit): Promise<LoginSession | undefined> {
    return visit.session === undefined ? undefined : this.parts.sessions.find(digestOf(visit.session));
  }
}

const pathOf = (id: string): string => `/interaction/${id}`;

function tooMany(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  return `Too many attempts have failed. Please try again in ${minutes === 1 ? 'a minute' : `${minutes} minutes`}.`;
}
