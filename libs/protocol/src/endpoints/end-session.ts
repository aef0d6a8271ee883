/**
 * Owns the rules of the logout endpoint (OpenID Connect RP-Initiated Logout 1.0): whether a person is asked, and where they may
 * go afterwards. Does not own pages, cookies, nor the ending of a session and what is told to other applications.
 *
 * `logout_hint` and `ui_locales` are heard and change nothing: the session that ends is that of this browser, and the pages
 * speak one language.
 */
import type { EndpointRequest } from '../endpoint.js';
import { OAuthError } from '../errors.js';
import type { IdTokenHints } from '../id-token-hint.js';
import { Parameters } from '../parameters.js';
import type { Client, ClientStore } from '../ports/client.js';
import type { LoginSession } from '../ports/login-session.js';
import type { SessionChains } from '../ports/session-chains.js';
import { redirectWith } from '../redirect-uri.js';
import type { EndSession, LogoutRequest, LogoutStep } from './end-session-step.js';

/** Characters of the whole request; an ID token of ours is about one thousand. */
const LONGEST_REQUEST = 16_384;
/** Of what goes into the answer's URL. */
const LONGEST_RETURN = 4096;

export interface EndSessionParts {
  readonly clients: ClientStore;
  readonly hints: IdTokenHints;
  readonly chains: SessionChains;
}

export class EndSessionEndpoint implements EndSession {
  constructor(private readonly parts: EndSessionParts) {}

  async read(request: EndpointRequest): Promise<LogoutRequest> {
    // 1. Is it legal?
    if (request.query.length + request.body.length > LONGEST_REQUEST) {
      throw new OAuthError('invalid_request', 'the request is too long');
    }
    // §2: "OpenID Providers MUST support the use of the HTTP GET and POST methods".
    const parameters =
      request.method === 'POST'
        ? Parameters.readForm(request.body, request.contentType)
        : Parameters.read(request.query);
    parameters.refuseRepetition();
    const [uri, state] = [parameters.optional('post_logout_redirect_uri'), parameters.optional('state')];
    if ((uri ?? '').length + (state ?? '').length > LONGEST_RETURN) {
      throw new OAuthError('invalid_request', 'the post_logout_redirect_uri and the state are too long');
    }

    // 2. Who asks? §2: when both client_id and id_token_hint are present, "the OP MUST verify that the Client Identifier matches
    //    the one used as the Audience of the ID Token".
    const text = parameters.optional('id_token_hint');
    const clientId =
      parameters.optional('client_id') ?? (text === undefined ? undefined : this.parts.hints.clientOf(text));
    const hint = text === undefined || clientId === undefined ? undefined : await this.parts.hints.read(text, clientId);
    return {
      ...(clientId === undefined ? {} : { clientId }),
      ...(uri === undefined ? {} : { postLogoutRedirectUri: uri }),
      ...(state === undefined ? {} : { state }),
      ...(hint === undefined ? {} : { hint: hint.sid === undefined ? {} : { sid: hint.sid } }),
    };
  }

  async next(request: LogoutRequest, session: LoginSession | undefined): Promise<LogoutStep> {
    // 1. Where may the person go?
    const client = request.clientId === undefined ? undefined : await this.parts.clients.find(request.clientId);
    if (request.clientId !== undefined && client?.enabled !== true) {
      return { step: 'refuse', error: new OAuthError('invalid_request', 'this application is not known here') };
    }
    if (!mayReturn(request, client)) {
      const error = new OAuthError(
        'invalid_request',
        'the post_logout_redirect_uri is not registered for this application',
      );
      return { step: 'refuse', error };
    }
    const returnTo = client === undefined ? undefined : returnAddress(request);

    // 2. Must they be asked?
    if (session === undefined) return { step: 'over', client, returnTo, asked: request.hint !== undefined };
    return { step: (await this.isOf(request, session)) ? 'end' : 'confirm', client, returnTo };
  }

  /**
   * §2: "the OP MUST ask the End-User this question if an id_token_hint was not provided or if the supplied ID Token does not
   * belong to the current OP session with the RP and/or currently logged in End-User". Where it does, asking is a SHOULD: whoever
   * holds such a token is an application that this very session was opened for, and the person has just pressed its button.
   */
  private async isOf({ hint }: LogoutRequest, session: LoginSession): Promise<boolean> {
    if (hint?.sid === undefined) return false;
    return hint.sid === session.sid || this.parts.chains.areOne(session.sid, hint.sid);
  }
}

/**
 * §3: "The OP MUST NOT perform post-logout redirection if the post_logout_redirect_uri value supplied does not exactly match one
 * of the previously registered". Of nobody knows whose it is nothing is promised, and it is not gone to.
 */
function mayReturn({ postLogoutRedirectUri: uri }: LogoutRequest, client: Client | undefined): boolean {
  return uri === undefined || client === undefined || client.postLogoutRedirectUris.includes(uri);
}

/** §3: `state` is passed back "using the state parameter"; nothing else is added. */
function returnAddress({ postLogoutRedirectUri: uri, state }: LogoutRequest): string | undefined {
  return uri === undefined || state === undefined ? uri : redirectWith(uri, { state });
}
