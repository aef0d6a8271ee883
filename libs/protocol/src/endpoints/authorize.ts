/**
 * Owns the authorization endpoint (RFC 6749 §3.1, OpenID Connect Core §3.1.2): what comes next for a request, and the
 * birth of the code. Does not own pages, cookies or passwords.
 */
import { randomUUID } from 'node:crypto';
import type { AuthorizationRequest } from '../authorization-request.js';
import { randomSecret } from '../digest.js';
import type { EndpointRequest } from '../endpoint.js';
import { OAuthError } from '../errors.js';
import { rememberCode } from '../grants/code-context.js';
import { Parameters } from '../parameters.js';
import type { ApiStore } from '../ports/api.js';
import type { Client, ClientStore } from '../ports/client.js';
import type { Ephemeral } from '../ports/ephemeral.js';
import type { LoginSession } from '../ports/login-session.js';
import { redirectUriIsRegistered, redirectWith } from '../redirect-uri.js';
import { describeScopes } from '../scope.js';
import type { ProtocolSettings } from '../settings.js';
import { checkRequest, checkStillAllowed, type ReturnAddress, returnAddress } from './authorize-request.js';
import type { Authorization, AuthorizationStep } from './authorization-step.js';

/** Characters. Far beyond any honest request; what waits for a person is kept, and anybody may ask. */
const LONGEST_REQUEST = 8192;

export interface AuthorizeParts {
  readonly settings: ProtocolSettings;
  readonly clients: ClientStore;
  readonly apis: ApiStore;
  readonly ephemeral: Ephemeral;
  nowSeconds(): number;
}

export class AuthorizeEndpoint implements Authorization {
  constructor(private readonly parts: AuthorizeParts) {}

  async begin(request: EndpointRequest, session: LoginSession | undefined): Promise<AuthorizationStep> {
    // 1. Who asks, and where may an answer go? Until both are known nothing is redirected.
    let parameters: Parameters;
    let address: ReturnAddress;
    try {
      if (request.query.length + request.body.length > LONGEST_REQUEST) {
        throw new OAuthError('invalid_request', 'the request is too long');
      }
      parameters = readParameters(request);
      const clientId = parameters.required('client_id');
      address = returnAddress(parameters, await this.parts.clients.find(clientId));
    } catch (error) {
      if (error instanceof OAuthError) return { step: 'refuse', error };
      throw error;
    }

    // 2. Is the request legal?
    try {
      const apis = await this.parts.apis.all();
      const checked = checkRequest(parameters, address, apis);

      // 3. What comes next?
      return await this.next(checked, address.client, session);
    } catch (error) {
      if (error instanceof OAuthError) return this.refusal(address.redirectUri, address.state, error);
      throw error;
    }
  }

  async resume(request: AuthorizationRequest, session: LoginSession | undefined): Promise<AuthorizationStep> {
    const client = await this.parts.clients.find(request.clientId);
    if (client === undefined || !client.enabled || !redirectUriIsRegistered(client, request.redirectUri)) {
      return { step: 'refuse', error: new OAuthError('invalid_request', 'this application is not known here') };
    }
    // What the client may have can have been taken away while the person looked at a page.
    try {
      checkStillAllowed(request, client);
    } catch (error) {
      if (error instanceof OAuthError) return this.refusal(request.redirectUri, request.state, error);
      throw error;
    }
    return this.next(request, client, session);
  }

  async approve(
    request: AuthorizationRequest,
    session: LoginSession,
    shownScopes: readonly string[],
  ): Promise<AuthorizationStep> {
    // 1. Is consent still what comes next, and is it consent to what was shown?
    const step = await this.resume(request, session);
    if (step.step !== 'consent') return step;
    const wanted = step.scopes.map((scope) => scope.name);
    if (wanted.length !== shownScopes.length || !wanted.every((name) => shownScopes.includes(name))) return step;

    // 2. The code: 32 random bytes, of which only the digest is kept.
    const code = randomSecret();
    await rememberCode(this.parts.ephemeral, code, {
      grantId: randomUUID(),
      clientId: request.clientId,
      redirectUri: request.redirectUri,
      redirectUriSent: request.redirectUriSent,
      grantedScope: wanted,
      ...(request.resource === undefined ? {} : { resource: request.resource }),
      ...(request.codeChallenge === undefined ? {} : { codeChallenge: request.codeChallenge }),
      ...(request.nonce === undefined ? {} : { nonce: request.nonce }),
      session,
      clientGeneration: request.clientGeneration,
      issuedAt: this.parts.nowSeconds(),
    });

    // 3. RFC 6749 §4.1.2 and RFC 9207 §2: code, state and iss.
    return this.redirect(request.redirectUri, { code, state: request.state });
  }

  async deny(request: AuthorizationRequest): Promise<AuthorizationStep> {
    const client = await this.parts.clients.find(request.clientId);
    if (client === undefined || !redirectUriIsRegistered(client, request.redirectUri)) {
      return { step: 'refuse', error: new OAuthError('invalid_request', 'this application is not known here') };
    }
    return this.refusal(request.redirectUri, request.state, new OAuthError('access_denied', 'the person said no'));
  }

  private async next(
    request: AuthorizationRequest,
    client: Client,
    session: LoginSession | undefined,
  ): Promise<AuthorizationStep> {
    const silent = request.prompt.includes('none');
    if (session === undefined || !loginSuffices(request, session, this.parts.nowSeconds())) {
      // OpenID Connect Core §3.1.2.1: with prompt=none the server "MUST NOT display any authentication or consent user
      // interface pages".
      return silent
        ? this.refusal(request.redirectUri, request.state, new OAuthError('login_required', 'nobody is logged in'))
        : { step: 'login', request, client };
    }
    if (silent) {
      const error = new OAuthError('consent_required', 'the person has to be asked');
      return this.refusal(request.redirectUri, request.state, error);
    }
    const apis = await this.parts.apis.all();
    return { step: 'consent', request, client, scopes: describeScopes(request.requestedScope, apis) };
  }

  private refusal(redirectUri: string, state: string | undefined, error: OAuthError): AuthorizationStep {
    return this.redirect(redirectUri, { error: error.code, error_description: error.description, state });
  }

  /** RFC 9207 §2: "the authorization server MUST indicate its identity in the authorization response", errors included. */
  private redirect(redirectUri: string, parameters: Record<string, string | undefined>): AuthorizationStep {
    const location = redirectWith(redirectUri, { ...parameters, iss: this.parts.settings.issuer });
    return { step: 'redirect', location };
  }
}

/** OpenID Connect Core §3.1.2.1: GET and POST, the parameters in the query or in the form. */
function readParameters(request: EndpointRequest): Parameters {
  if (request.method === 'GET') return Parameters.read(request.query);
  if (request.contentType === undefined || !/^application\/x-www-form-urlencoded\s*(;|$)/i.test(request.contentType)) {
    throw new OAuthError('invalid_request', 'the body must be application/x-www-form-urlencoded');
  }
  return Parameters.read(request.body);
}

/** Need the person not prove again who they are? OpenID Connect Core §3.1.2.1, `prompt` and `max_age`. */
function loginSuffices(request: AuthorizationRequest, session: LoginSession, now: number): boolean {
  if (session.sid === request.authenticatedSid) return true;
  if (request.prompt.includes('login') || request.prompt.includes('select_account')) return false;
  return request.maxAgeSeconds === undefined || now - session.authTime <= request.maxAgeSeconds;
}
