/**
 * Owns the login page and the consent page of an interaction, and whether a form that comes back is one of them.
 * Does not own markup (views) nor what a form does (authorization-visits).
 */
import { type Client, digestOf, sameDigest } from '@latchkey/protocol';
import type { PageAnswer, Visit } from './answer.js';
import type { FormBinding, FormTokens } from './form-tokens.js';
import type { Interaction } from './interactions.js';
import { clientView, type Shown } from './page.js';
import type { PeopleStore } from './people.js';

export class InteractionPages {
  constructor(
    private readonly tokens: FormTokens,
    private readonly people: PeopleStore,
  ) {}

  loginPage(
    interaction: Interaction,
    visit: Visit,
    client: Client,
    attempt: { readonly status: number; readonly problem?: string; readonly username?: string },
  ): PageAnswer {
    return {
      status: attempt.status,
      page: {
        template: 'login',
        client: clientView(client, interaction.request),
        action: `/interaction/${interaction.id}/login`,
        formToken: this.tokens.issue(binding(interaction, visit, 'login', '')),
        username: attempt.username ?? interaction.request.loginHint ?? '',
        problem: attempt.problem,
      },
    };
  }

  async consentPage(
    interaction: Interaction,
    visit: Visit,
    shown: Shown,
    { changed }: { readonly changed: boolean },
  ): Promise<PageAnswer> {
    const digest = digestOfShown(shown);
    const person = await this.people.find(shown.session.sub);
    return {
      status: changed ? 409 : 200,
      page: {
        template: 'consent',
        client: clientView(shown.client, interaction.request),
        action: `/interaction/${interaction.id}/consent`,
        switchAccount: `/interaction/${interaction.id}/login`,
        formToken: this.tokens.issue(binding(interaction, visit, 'consent', digest)),
        shown: digest,
        username: person?.username ?? 'someone',
        scopes: shown.scopes,
        changed,
      },
    };
  }

  loginFormIsOurs(interaction: Interaction, visit: Visit): boolean {
    return visit.fromHere && this.tokens.verify(binding(interaction, visit, 'login', ''), visit.form.value('csrf'));
  }

  consentFormIsOurs(interaction: Interaction, visit: Visit): boolean {
    const expected = binding(interaction, visit, 'consent', visit.form.value('shown'));
    return visit.fromHere && this.tokens.verify(expected, visit.form.value('csrf'));
  }

  /** A form for scopes A approves scopes A alone, for the client and as the person that stood above them. */
  showedExactly(shown: Shown, visit: Visit): boolean {
    return sameDigest(digestOfShown(shown), visit.form.value('shown'));
  }
}

const digestOfShown = ({ client, scopes, session }: Shown): string =>
  digestOf(
    JSON.stringify([
      session.sub,
      client.clientId,
      client.clientName,
      scopes.map(({ name, description }) => [name, description]),
    ]),
  );

/** Without a browser cookie no interaction is found, so the empty one never counts. */
const binding = (
  interaction: Interaction,
  visit: Visit,
  purpose: FormBinding['purpose'],
  shown: string,
): FormBinding => ({ browser: visit.browser ?? '', interactionId: interaction.id, purpose, shown });
