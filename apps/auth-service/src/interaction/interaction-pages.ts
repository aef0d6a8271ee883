/**
 * Owns the login page, the choice of an account and the consent page of an interaction, and whether a form that comes back is one of them.
 * Does not own markup (views) nor what a form does (authorization-visits, login-visits, consent-visits).
 */
import { type Client, digestOf, type LoginSession, sameDigest } from '@latchkey/protocol';
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
    attempt: {
      readonly status: number;
      readonly problem?: string;
      readonly username?: string;
      readonly asAnother?: boolean;
    },
  ): PageAnswer {
    return {
      status: attempt.status,
      page: {
        template: 'login',
        client: clientView(client, interaction.request),
        action: `/interaction/${interaction.id}/login`,
        formToken: this.tokens.issue(binding(interaction, visit, 'login', '')),
        username: attempt.username ?? interaction.request.loginHint ?? '',
        asAnother: attempt.asAnother ?? false,
        problem: attempt.problem,
      },
    };
  }

  async accountPage(
    interaction: Interaction,
    visit: Visit,
    { client, session }: { readonly client: Client; readonly session: LoginSession },
  ): Promise<PageAnswer> {
    const shown = digestOf(session.sid);
    return {
      status: 200,
      page: {
        template: 'choose-account',
        client: clientView(client, interaction.request),
        action: `/interaction/${interaction.id}/account`,
        formToken: this.tokens.issue(binding(interaction, visit, 'choose-account', shown)),
        shown,
        username: await this.nameOf(session),
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
    return {
      status: changed ? 409 : 200,
      page: {
        template: 'consent',
        client: clientView(shown.client, interaction.request),
        action: `/interaction/${interaction.id}/consent`,
        switchAccount: `/interaction/${interaction.id}/login`,
        formToken: this.tokens.issue(binding(interaction, visit, 'consent', digest)),
        shown: digest,
        username: await this.nameOf(shown.session),
        scopes: shown.scopes.map((scope) => ({ ...scope, allowedBefore: shown.allowedBefore.includes(scope.name) })),
        changed,
      },
    };
  }

  loginFormIsOurs(interaction: Interaction, visit: Visit): boolean {
    return visit.fromHere && this.tokens.verify(binding(interaction, visit, 'login', ''), visit.form.value('csrf'));
  }

  accountFormIsOurs(interaction: Interaction, visit: Visit): boolean {
    const expected = binding(interaction, visit, 'choose-account', visit.form.value('shown'));
    return visit.fromHere && this.tokens.verify(expected, visit.form.value('csrf'));
  }

  /** Is it the session whose person stood on the page? */
  offered(session: LoginSession, visit: Visit): boolean {
    return sameDigest(digestOf(session.sid), visit.form.value('shown'));
  }

  consentFormIsOurs(interaction: Interaction, visit: Visit): boolean {
    const expected = binding(interaction, visit, 'consent', visit.form.value('shown'));
    return visit.fromHere && this.tokens.verify(expected, visit.form.value('csrf'));
  }

  /** A form for scopes A approves scopes A alone, for the client and as the person that stood above them. */
  showedExactly(shown: Omit<Shown, 'allowedBefore'>, visit: Visit): boolean {
    return sameDigest(digestOfShown(shown), visit.form.value('shown'));
  }

  private async nameOf({ sub }: LoginSession): Promise<string> {
    return (await this.people.find(sub))?.username ?? 'someone';
  }
}

const digestOfShown = ({ client, scopes, session }: Omit<Shown, 'allowedBefore'>): string =>
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
