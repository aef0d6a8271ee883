/**
 * Owns the way of a person into an authorization request: its beginning, its page of now, the choice of an account; and where its
 * other forms go (login-visits, consent-visits). Does not own the rules (protocol), what follows (interaction-steps), markup or HTTP.
 */
import type { Authorization, EndpointRequest } from '@latchkey/protocol';
import { type Answer, redirectTo, type Visit } from './answer.js';
import type { ConsentVisits } from './consent-visits.js';
import type { Cookies } from './cookies.js';
import type { InteractionPages } from './interaction-pages.js';
import { type InteractionSteps, isAnswer, pathOf } from './interaction-steps.js';
import type { Interactions } from './interactions.js';
import type { LoginVisits } from './login-visits.js';
import { foreignForm, goneInteraction, refusedRequest, tooManyRequests } from './problems.js';
import type { ReturnToClient } from './return-to-client.js';

export interface VisitParts {
  readonly authorization: Authorization;
  readonly interactions: Interactions;
  readonly pages: InteractionPages;
  readonly cookies: Cookies;
  readonly returns: ReturnToClient;
  readonly steps: InteractionSteps;
  readonly login: LoginVisits;
  readonly consents: ConsentVisits;
}

export class AuthorizationVisits {
  constructor(private readonly parts: VisitParts) {}

  /** GET or POST /authorize. */
  async begin(request: EndpointRequest, visit: Visit): Promise<Answer> {
    const step = await this.parts.authorization.begin(request, await this.parts.steps.sessionOf(visit));
    if (step.step === 'refuse') return refusedRequest(step.error);
    if (isSilentWithoutCookie(request, visit)) return redirectTo(asGet(request));
    if (isAnswer(step)) return this.parts.returns.leave(step, visit.address);
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
    const session = await this.parts.steps.sessionOf(visit);
    return this.parts.steps.follow(
      await this.parts.authorization.resume(interaction.request, session),
      interaction,
      visit,
      session,
    );
  }

  /** GET /interaction/:id/login */
  showLogin(id: string, visit: Visit): Promise<Answer> {
    return this.parts.login.show(id, visit);
  }

  /** POST /interaction/:id/login */
  login(id: string, visit: Visit): Promise<Answer> {
    return this.parts.login.submit(id, visit);
  }

  /** POST /interaction/:id/account */
  async account(id: string, visit: Visit): Promise<Answer> {
    // 1. Is this our form, shown to this browser, for this interaction?
    const interaction = await this.parts.interactions.find(id, visit.browser);
    if (interaction === undefined) return goneInteraction();
    if (!this.parts.pages.accountFormIsOurs(interaction, visit)) return foreignForm(pathOf(id));
    if (visit.form.has('login-cancel')) return this.parts.steps.deny(interaction, visit, undefined);
    if (visit.form.has('account-other')) return redirectTo(`${pathOf(id)}/login`);
    if (!visit.form.has('account-continue')) return foreignForm(pathOf(id));

    // 2. Is the person whom the page named still the one who is logged in? If not, the page that follows says who is.
    const session = await this.parts.steps.sessionOf(visit);
    if (session !== undefined && this.parts.pages.offered(session, visit)) {
      await this.parts.interactions.selected(interaction, session.sid);
    }
    return redirectTo(pathOf(id));
  }

  /** POST /interaction/:id/consent */
  consent(id: string, visit: Visit): Promise<Answer> {
    return this.parts.consents.submit(id, visit);
  }
}

/**
 * A form that another site posts brings no cookie (`SameSite=Lax`), and with prompt=none nobody is led to a page of ours, where they would
 * be seen to be logged in. So the browser asks once more by GET, which brings it.
 */
const isSilentWithoutCookie = ({ method }: EndpointRequest, { session, form }: Visit): boolean =>
  method === 'POST' && session === undefined && form.value('prompt') === 'none';

/** Encoded anew: a body may hold what must not stand in a header. */
const asGet = ({ body }: EndpointRequest): string => `/authorize?${new URLSearchParams(body).toString()}`;
