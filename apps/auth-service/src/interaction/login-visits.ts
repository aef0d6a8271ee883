/**
 * Owns the way of a person through the login page of an interaction: when it is shown on their wish, and what its form does. Does
 * not own who may log in (login), what follows (interaction-steps), markup or HTTP.
 */
import type { Authorization } from '@latchkey/protocol';
import { type Answer, redirectTo, type Visit } from './answer.js';
import type { Cookies } from './cookies.js';
import type { InteractionPages } from './interaction-pages.js';
import { type InteractionSteps, pathOf } from './interaction-steps.js';
import type { Interaction, Interactions } from './interactions.js';
import type { Login } from './login.js';
import { orBusy } from './or-busy.js';
import { foreignForm, goneInteraction, tooManyFailures } from './problems.js';

export interface LoginVisitParts {
  readonly authorization: Authorization;
  readonly interactions: Interactions;
  readonly login: Login;
  readonly pages: InteractionPages;
  readonly cookies: Cookies;
  readonly steps: InteractionSteps;
}

export class LoginVisits {
  constructor(private readonly parts: LoginVisitParts) {}

  /** GET /interaction/:id/login: another account than the one that is logged in. */
  async show(id: string, visit: Visit): Promise<Answer> {
    const interaction = await this.parts.interactions.find(id, visit.browser);
    if (interaction === undefined) return goneInteraction();
    // Asked without a session, the answer is the login page, or that this request may not go on.
    return this.parts.steps.follow(
      await this.parts.authorization.resume(interaction.request, undefined),
      interaction,
      visit,
      undefined,
    );
  }

  /** POST /interaction/:id/login */
  async submit(id: string, visit: Visit): Promise<Answer> {
    // 1. Is this our form, shown to this browser, for this interaction?
    const interaction = await this.parts.interactions.find(id, visit.browser);
    if (interaction === undefined) return goneInteraction();
    if (!this.parts.pages.loginFormIsOurs(interaction, visit)) return foreignForm(pathOf(id));
    if (visit.form.has('login-cancel')) return this.parts.steps.deny(interaction, visit, undefined);

    // 2. Is it the person?
    const username = visit.form.value('username');
    const password = visit.form.value('password');
    if (username.trim() === '' || password === '') {
      return this.again(interaction, visit, 400, 'Please enter your username and your password.');
    }
    return orBusy(pathOf(id), async () => {
      const outcome = await this.parts.login.attempt({
        username,
        password,
        address: visit.address,
        clientId: interaction.request.clientId,
        replaces: visit.session,
      });
      if (outcome.outcome === 'welcome') {
        await this.parts.interactions.authenticated(interaction, outcome.sid);
        return redirectTo(pathOf(id), this.parts.cookies.setSession(outcome.sessionCookie));
      }
      if (outcome.outcome === 'limited') {
        const answer = await this.again(interaction, visit, 429, tooManyFailures(outcome.limit.resetSeconds));
        return 'page' in answer ? { ...answer, limit: outcome.limit } : answer;
      }
      return this.again(interaction, visit, 400, 'That username and password do not match.');
    });
  }

  private async again(interaction: Interaction, visit: Visit, status: number, problem: string): Promise<Answer> {
    const step = await this.parts.authorization.resume(interaction.request, undefined);
    if (step.step !== 'login') return this.parts.steps.follow(step, interaction, visit, undefined);
    const username = visit.form.value('username');
    return this.parts.pages.loginPage(interaction, visit, step.client, { status, problem, username });
  }
}
