/**
 * Owns the authorization endpoint (RFC 6749 §3.1, OpenID Connect Core §3.1.2): what comes next for a request, and the
 * birth of the code. Does not own pages, cookies or passwords.
 */
import { randomUUID } from 'node:crypto';
import { acrOf } from '../authentication-context.js';
import type { AuthorizationRequest } from '../authorization-request.js';
import { mustAsk, scopeToAllow } from '../consent.js';
import { randomSecret } from '../digest.js';
import type { EndpointRequest } from '../endpoint.js';
import { OAuthError, type OAuthErrorCode } from '../errors.js';
import { type CodeContext, rememberCode } from '../grants/code-context.js';
import type { IdTokenHints } from '../id-token-hint.js';
import { Parameters } from '../parameters.js';
import type { ApiStore } from '../ports/api.js';
import type { Client, ClientStore } from '../ports/client.js';
import type { ConsentStore } from '../ports/consent.js';
import type { Ephemeral } from '../ports/ephemeral.js';
import type { LoginSession } from '../ports/login-session.js';
import type { PairwiseSubjects } from '../ports/pairwise-subjects.js';
import { redirectUriIsRegistered } from '../redirect-uri.js';
import { describeScopes } from '../scope.js';
import type { ProtocolSettings } from '../settings.js';
import { admitSilentCode } from '../silent-codes.js';
import { tokenSubOf } from '../token-sub.js';
import { aboutHinted, isRequested, loginSuffices, mustChoose } from '../standing-login.js';
import { AuthorizationAnswers } from './authorization-answer.js';
import { checkRequest, checkStillAllowed } from './authorize-request.js';
import type { AnswerStep, Authorization, AuthorizationStep } from './authorization-step.js';
import { type ReturnAddress, returnAddress } from './return-address.js';

/** Characters. Far beyond any honest request; what waits for a person is kept, and anybody may ask. */
const LONGEST_REQUEST = 8192;

export interface AuthorizeParts {
  readonly settings: ProtocolSettings;
  readonly clients: ClientStore;
  readonly apis: ApiStore;
  readonly consents: ConsentStore;
  readonly ephemeral: Ephemeral;
  readonly hints: IdTokenHints;
  readonly pairwise: PairwiseSubjects;
  nowSeconds(): number;
}

/** Under which a code is born. */
interface Consent {
  readonly scope: readonly string[];
  readonly generation: number;
  readonly asked: boolean;
}

export class AuthorizeEndpoint implements Authorization {
  private readonly answers: AuthorizationAnswers;

  constructor(private readonly parts: AuthorizeParts) {
    this.answers = new AuthorizationAnswers(parts.settings.issuer);
  }

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
      const checked = checkRequest(parameters, address, apis, acrOf(this.parts.settings.issuer));
      const hint = parameters.optional('id_token_hint');
      const asked =
        hint === undefined ? checked : aboutHinted(checked, await this.parts.hints.read(hint, checked.clientId));

      // 3. What comes next?
      return await this.next(asked, address.client, session);
    } catch (error) {
      if (error instanceof OAuthError) return this.answers.refusal(address, error);
      throw error;
    }
  }

  async resume(request: AuthorizationRequest, session: LoginSession | undefined): Promise<AuthorizationStep> {
    const client = await this.parts.clients.find(request.clientId);
    if (client === undefined || !client.enabled || !redirectUriIsRegistered(client, request.redirectUri)) {
      return { step: 'refuse', error: new OAuthError('invalid_request', 'this application is not known here') };
    }
    try {
      // What the client may have can have been taken away while the person looked at a page.
      checkStillAllowed(request, client);
      return await this.next(request, client, session);
    } catch (error) {
      if (error instanceof OAuthError) return this.answers.refusal(request, error);
      throw error;
    }
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

    // 2. The code is born under the consent of this moment: what is taken back from now on takes the code too.
    const { generation } = await this.parts.consents.standing({ sub: session.sub, clientId: request.clientId });
    return this.code(request, session, { scope: wanted, generation, asked: true });
  }

  async deny(request: AuthorizationRequest): Promise<AuthorizationStep> {
    const client = await this.parts.clients.find(request.clientId);
    if (client === undefined || !client.enabled || !redirectUriIsRegistered(client, request.redirectUri)) {
      return { step: 'refuse', error: new OAuthError('invalid_request', 'this application is not known here') };
    }
    return this.answers.refusal(request, new OAuthError('access_denied', 'the person said no'));
  }

  private async next(
    request: AuthorizationRequest,
    client: Client,
    session: LoginSession | undefined,
  ): Promise<AuthorizationStep> {
    const silent = request.prompt.includes('none');
    const refuse = (code: OAuthErrorCode, description: string): AuthorizationStep =>
      this.answers.refusal(request, new OAuthError(code, description));

    // 1. Who is it? OpenID Connect Core §3.1.2.1: with prompt=none the server "MUST NOT display any authentication or consent user
    //    interface pages".
    if (session === undefined || !loginSuffices(request, session, this.parts.nowSeconds())) {
      return silent
        ? refuse('login_required', 'nobody is logged in')
        : { step: 'login', request, client, asAnother: false };
    }
    if (!isRequested(request, tokenSubOf(client, session.sub, this.parts.pairwise))) {
      // OpenID Connect Core §3.1.2.2: "The Authorization Server MUST NOT reply with an ID Token or Access Token for a different
      // user". Who logged in for this very request is told so to the client; who was logged in before may be somebody else.
      return silent || session.sid === request.authenticatedSid
        ? refuse('login_required', 'another person is logged in')
        : { step: 'login', request, client, asAnother: true };
    }
    if (mustChoose(request, session)) return { step: 'choose-account', request, client, session };

    // 2. What was allowed? What is taken back after this very moment takes the code too.
    const standing = await this.parts.consents.standing({ sub: session.sub, clientId: client.clientId });
    const scope = scopeToAllow(request);
    if (!mustAsk(request, client, standing)) {
      const { generation } = standing;
      return this.code(request, session, { scope, generation, asked: false });
    }
    if (silent) return refuse('consent_required', 'the person has to be asked');
    const allowedBefore = scope.filter((name) => standing.scope?.includes(name));
    return {
      step: 'consent',
      request,
      client,
      scopes: describeScopes(scope, await this.parts.apis.all()),
      allowedBefore,
    };
  }

  /** 32 random bytes, of which only the digest is kept. */
  private async code(request: AuthorizationRequest, session: LoginSession, consent: Consent): Promise<AnswerStep> {
    const context: CodeContext = {
      grantId: randomUUID(),
      clientId: request.clientId,
      redirectUri: request.redirectUri,
      redirectUriSent: request.redirectUriSent,
      grantedScope: request.requestedScope,
      ...(request.resource === undefined ? {} : { resource: request.resource }),
      ...(request.codeChallenge === undefined ? {} : { codeChallenge: request.codeChallenge }),
      ...(request.nonce === undefined ? {} : { nonce: request.nonce }),
      ...(request.claims === undefined ? {} : { claims: request.claims }),
      session,
      clientGeneration: request.clientGeneration,
      consentGeneration: consent.generation,
      consentedScope: consent.scope,
      asked: consent.asked,
      issuedAt: this.parts.nowSeconds(),
    };
    const { scope, asked } = consent;
    if (!asked) await admitSilentCode(this.parts.ephemeral, session.sid, JSON.stringify(context).length);
    const code = randomSecret();
    await rememberCode(this.parts.ephemeral, code, context);
    return { ...this.answers.code(request, code), consent: { asked, request, session, scope } };
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
