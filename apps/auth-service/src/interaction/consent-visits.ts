/**
 * Owns what the form of the consent page does: a yes to exactly what was shown, once, or a no. Does not own whether it must be
 * asked (protocol), what follows (interaction-steps), markup or HTTP.
 */
import type { Authorization } from '@latchkey/protocol';
import type { Answer, Visit } from './answer.js';
import type { InteractionPages } from './interaction-pages.js';
import { type InteractionSteps, isAnswer, pathOf } from './interaction-steps.js';
import type { Interactions } from './interactions.js';
import { foreignForm, goneInteraction, refusedRequest } from './problems.js';
import type { ReturnToClient } from './return-to-client.js';

export interface ConsentVisitParts {
  readonly authorization: Authorization;
  readonly interactions: Interactions;
  readonly pages: InteractionPages;
  readonly returns: ReturnToClient;
  readonly steps: InteractionSteps;
}

export class ConsentVisits {
  constructor(private readonly parts: ConsentVisitParts) {}

  /** POST /interaction/:id/consent */
  async submit(id: string, visit: Visit): Promise<Answer> {
    // 1. Is this our form, shown to this browser, for this interaction, with what it says was shown?
    const interaction = await this.parts.interactions.find(id, visit.browser);
    if (interaction === undefined) return goneInteraction();
    if (!this.parts.pages.consentFormIsOurs(interaction, visit)) return foreignForm(pathOf(id));
    const approves = visit.form.has('consent-approve');
    if (approves === visit.form.has('consent-deny')) return foreignForm(pathOf(id));
    if (!approves) return this.parts.steps.deny(interaction, visit, await this.parts.steps.sessionOf(visit));

    // 2. Is what was shown still what would be granted, to the person who was told so?
    const session = await this.parts.steps.sessionOf(visit);
    const step = await this.parts.authorization.resume(interaction.request, session);
    if (step.step !== 'consent' || session === undefined)
      return this.parts.steps.follow(step, interaction, visit, session);
    if (!this.parts.pages.showedExactly({ ...step, session }, visit)) {
      return this.parts.pages.consentPage(interaction, visit, { ...step, session }, { changed: true });
    }

    // 3. Once: of 50 at once one goes on.
    if (!(await this.parts.interactions.complete(interaction))) return goneInteraction();
    const shownScopes = step.scopes.map((scope) => scope.name);
    return this.parts.steps.orReopen(interaction, async () => {
      const next = await this.parts.authorization.approve(interaction.request, session, shownScopes);
      if (isAnswer(next)) return this.parts.returns.leave(next, visit.address);
      if (next.step === 'refuse') return refusedRequest(next.error);
      await this.parts.interactions.reopen(interaction);
      return this.parts.steps.follow(next, interaction, visit, session);
    });
  }
}
