/**
 * Owns what follows in an interaction: who is logged in, the page of the next step, or the end, which comes once and is taken back if
 * the world breaks. Does not own which step it is (protocol), nor the forms that lead to it (authorization-visits, login-visits,
 * consent-visits).
 */
import {
  type AnswerStep,
  type Authorization,
  type AuthorizationStep,
  type LoginSession,
  scopeToAllow,
} from '@latchkey/protocol';
import { type Answer, redirectTo, type Visit } from './answer.js';
import type { InteractionPages } from './interaction-pages.js';
import type { Interaction, Interactions } from './interactions.js';
import { consentRecord, type HumanTrail } from './login-audit.js';
import type { LoginSessionStore } from './people.js';
import { goneInteraction, refusedRequest } from './problems.js';
import type { ReturnToClient } from './return-to-client.js';
import { shownSession } from './shown-session.js';

export interface InteractionStepParts {
  readonly authorization: Authorization;
  readonly interactions: Interactions;
  readonly sessions: LoginSessionStore;
  readonly pages: InteractionPages;
  readonly trail: HumanTrail;
  readonly returns: ReturnToClient;
}

export class InteractionSteps {
  constructor(private readonly parts: InteractionStepParts) {}

  /** @param asked the person who was asked; nobody has said no who only turned back from the login page */
  async deny(interaction: Interaction, visit: Visit, asked: LoginSession | undefined): Promise<Answer> {
    if (!(await this.parts.interactions.complete(interaction))) return goneInteraction();
    return this.orReopen(interaction, async () => {
      if (asked !== undefined) {
        const { request } = interaction;
        await this.parts.trail.record(
          consentRecord('consent.denied', asked, request, scopeToAllow(request), visit.address),
        );
      }
      const step = await this.parts.authorization.deny(interaction.request);
      if (isAnswer(step)) return this.parts.returns.leave(step, visit.address);
      return step.step === 'refuse' ? refusedRequest(step.error) : redirectTo(pathOf(interaction.id));
    });
  }

  async follow(
    step: AuthorizationStep,
    interaction: Interaction,
    visit: Visit,
    session: LoginSession | undefined,
  ): Promise<Answer> {
    switch (step.step) {
      case 'refuse':
        return refusedRequest(step.error);
      case 'redirect':
      case 'post':
        // Nothing is left to ask. The answer leaves once, as if a button had been pressed.
        if (!(await this.parts.interactions.complete(interaction))) return goneInteraction();
        return this.orReopen(interaction, () => this.parts.returns.leave(step, visit.address));
      case 'login':
        return this.parts.pages.loginPage(interaction, visit, step.client, { status: 200, asAnother: step.asAnother });
      case 'choose-account':
        return this.parts.pages.accountPage(interaction, visit, step);
      case 'consent':
        if (session === undefined) throw new Error('consent is asked of a person who is logged in');
        return this.parts.pages.consentPage(interaction, visit, { ...step, session }, { changed: false });
    }
  }

  async orReopen(interaction: Interaction, answer: () => Promise<Answer>): Promise<Answer> {
    try {
      return await answer();
    } catch (error) {
      // The world broke after the button was pressed. If it still keeps anything, the person may press again.
      await this.parts.interactions.reopen(interaction).catch(() => undefined);
      throw error;
    }
  }

  async sessionOf(visit: Visit): Promise<LoginSession | undefined> {
    return shownSession(visit, this.parts.sessions);
  }
}

export const isAnswer = (step: AuthorizationStep): step is AnswerStep =>
  step.step === 'redirect' || step.step === 'post';

export const pathOf = (id: string): string => `/interaction/${id}`;
