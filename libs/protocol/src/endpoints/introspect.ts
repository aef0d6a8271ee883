/**
 * Owns token introspection (RFC 7662): who may ask about which token, and what is said of it. Does not own whether an access
 * token is genuine (own-access-tokens) or a refresh token would be taken (the grant store), nor the form of the answer.
 */
import { authenticateClient, type ClientAuthenticationParts } from '../client-authentication/authenticate.js';
import type { EndpointRequest, EndpointResponse } from '../endpoint.js';
import { OAuthError } from '../errors.js';
import type { GrantParts } from '../grants/grant-parts.js';
import { looksLikeRefreshToken, readRefreshToken } from '../grants/refresh-token-form.js';
import type { OwnAccessToken, OwnAccessTokens } from '../own-access-tokens.js';
import type { Parameters } from '../parameters.js';
import type { Client } from '../ports/client.js';
import type { RevokedTokens } from '../ports/revoked-tokens.js';
import { formatScope } from '../scope.js';
import type { Endpoint } from './endpoint-handler.js';
import { answerForm } from './form-endpoint.js';
import type { IntrospectionAnswers, Introspected } from './introspection-answer.js';

export interface IntrospectionParts {
  readonly authentication: ClientAuthenticationParts;
  readonly parts: GrantParts;
  /** Those that match what was heard of revocations are none. */
  readonly accessTokens: OwnAccessTokens;
  readonly revoked: Pick<RevokedTokens, 'isRevoked'>;
  readonly answers: IntrospectionAnswers;
  readonly onRefusal: (error: OAuthError) => void;
}

/**
 * §2.2: "If the introspection call is properly authorized but the token is not active, does not exist on this server, or the
 * protected resource is not allowed to introspect this particular token, then the authorization server MUST return an
 * introspection response with the "active" field set to "false". Note that to avoid disclosing too much of the authorization
 * server's state to a third party, the authorization server SHOULD NOT include any additional information".
 */
const INACTIVE: Introspected = { active: false };

export class IntrospectionEndpoint implements Endpoint {
  constructor(private readonly parts: IntrospectionParts) {}

  handle(request: EndpointRequest): Promise<EndpointResponse> {
    const { onRefusal, answers } = this.parts;
    // 1. What is asked? A form, by POST, without the token in the URI (§4: it would stand in logs).
    return answerForm(request, onRefusal, async (parameters) => {
      // 2. Who asks?
      const client = await this.#caller(request, parameters);

      // 3. What may this caller know of the token? §2.1: token_type_hint is a hint; the form tells our tokens apart.
      const token = parameters.required('token');
      const said = looksLikeRefreshToken(token)
        ? await this.#refreshToken(client, token)
        : await this.#accessToken(client, token);

      // 4. In which form?
      return answers.answer(said, client, request.accept);
    });
  }

  /**
   * §2.1: "To prevent token scanning attacks, the endpoint MUST also require some form of authorization". A public client
   * has none: its client_id is no secret.
   */
  async #caller(request: EndpointRequest, parameters: Parameters): Promise<Client> {
    const client = await authenticateClient(request, parameters, this.parts.authentication);
    if (client.tokenEndpointAuthMethod !== 'none') return client;
    throw new OAuthError('invalid_client', 'client authentication failed', { detail: 'a public client may not ask' });
  }

  async #accessToken(client: Client, token: string): Promise<Introspected> {
    const judged = await this.parts.accessTokens.judge(token);
    if (judged === undefined || !mayKnow(client, judged)) return INACTIVE;
    // §4: the server "MUST determine whether or not such a revocation has taken place". What was heard may be too old to tell.
    if (await this.parts.revoked.isRevoked(judged.claims, judged.kid)) return INACTIVE;
    const { claims } = judged;
    return {
      active: true,
      ...(claims.scope === undefined ? {} : { scope: claims.scope }),
      client_id: claims.client_id,
      // RFC 9449 §6.2: "the token_type […] DPoP" for a token that is bound to a key.
      token_type: claims.cnf?.jkt === undefined ? 'Bearer' : 'DPoP',
      ...{ exp: claims.exp, iat: claims.iat, sub: claims.sub, aud: claims.aud, iss: claims.iss, jti: claims.jti },
      // RFC 9470 §6.2: for whoever asks for a fresh log-in.
      ...(claims.auth_time === undefined ? {} : { auth_time: claims.auth_time }),
      ...(claims.acr === undefined ? {} : { acr: claims.acr }),
      ...(claims.amr === undefined ? {} : { amr: claims.amr }),
      ...(claims.cnf === undefined ? {} : { cnf: claims.cnf }),
    };
  }

  /** Active is one that /token would take from its client now. An API has no business with refresh tokens. */
  async #refreshToken(client: Client, token: string): Promise<Introspected> {
    const { grants, macKeys, settings } = this.parts.parts;
    const content = await readRefreshToken(token, macKeys);
    const grant = content && (await grants.given(content.grantId));
    if (content === undefined || grant?.clientId !== client.clientId) return INACTIVE;
    if (!client.grantTypes.includes('refresh_token')) return INACTIVE;
    const until = await grants.refreshableUntil({
      ...{ grantId: content.grantId, presented: content.generation, presentedKey: content.macKeyId },
      toleranceSeconds: settings.refreshToleranceSeconds,
    });
    if (until === undefined) return INACTIVE;
    return {
      active: true,
      ...(grant.scope.length === 0 ? {} : { scope: formatScope(grant.scope) }),
      ...{ client_id: grant.clientId, exp: until, sub: grant.tokenSub, iss: settings.issuer },
    };
  }
}

/**
 * §4: "the authorization server MUST be able to determine whether […] the token can be used at the protected resource making
 * the introspection call"; RFC 9701 §5: else it "MUST set the value of the active member […] to false". Beside that API the
 * client that was given the token may ask. Whoever shares a secret could have written the token and any client_id in it: what
 * is under that secret is spoken of to its API alone.
 */
function mayKnow(client: Client, { claims, soleAudience }: OwnAccessToken): boolean {
  if (soleAudience !== undefined) return client.resourceServer === soleAudience;
  if (claims.client_id === client.clientId) return true;
  const audiences = typeof claims.aud === 'string' ? [claims.aud] : claims.aud;
  return client.resourceServer !== undefined && audiences.includes(client.resourceServer);
}
