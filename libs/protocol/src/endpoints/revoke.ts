/**
 * Owns token revocation (RFC 7009), and for whom it waits until the guards have applied it (RFC 7240). Does not own how the
 * revocation reaches them.
 */
import { authenticateClient, type ClientAuthenticationParts } from '../client-authentication/authenticate.js';
import type { EndpointRequest, EndpointResponse } from '../endpoint.js';
import { OAuthError } from '../errors.js';
import type { GrantParts } from '../grants/grant-parts.js';
import { looksLikeRefreshToken, readRefreshToken } from '../grants/refresh-token-form.js';
import type { Client } from '../ports/client.js';
import type { Receipts } from '../ports/receipts.js';
import { appliedWait, waitPreference } from '../prefer.js';
import { revocationExpiry } from '../settings.js';
import type { OwnAccessTokens } from '../own-access-tokens.js';
import type { Endpoint } from './endpoint-handler.js';
import { answerForm } from './form-endpoint.js';
import { emptyResponse } from './json-response.js';

/** §2.1: the token must be "issued to the client making the revocation request"; otherwise the request is refused. */
const foreign = (): OAuthError => new OAuthError('invalid_grant', 'the token was issued to another client');

export class RevocationEndpoint implements Endpoint {
  constructor(
    private readonly authentication: ClientAuthenticationParts,
    private readonly parts: GrantParts,
    private readonly accessTokens: OwnAccessTokens,
    private readonly receipts: Receipts,
    private readonly onRefusal: (error: OAuthError) => void,
  ) {}

  handle(request: EndpointRequest): Promise<EndpointResponse> {
    return answerForm(request, this.onRefusal, async (parameters) => {
      const client = await authenticateClient(request, parameters, this.authentication);
      const token = parameters.required('token');
      const seconds = this.secondsToWait(client, request.prefer);

      // §2.1: token_type_hint is a hint; the form of our tokens tells them apart without it.
      const revocation = looksLikeRefreshToken(token)
        ? await this.revokeGrant(client, token, seconds !== undefined)
        : await this.revokeAccessToken(client, token, seconds !== undefined);

      // §2.2: "200 if the token has been revoked successfully or if the client submitted an invalid token". The answer
      // means committed; for an invalid token there is nothing to wait for.
      const answer = emptyResponse(200);
      if (seconds === undefined || revocation === undefined) return answer;
      const receipt = await this.receipts.wait([revocation], seconds, { limited: true });
      if (receipt?.state !== 'applied') return answer;
      // RFC 7240 §3: Preference-Applied tells "that a Prefer preference … was honored": here, that all guards have it.
      return { ...answer, headers: { ...answer.headers, 'preference-applied': appliedWait(seconds) } };
    });
  }

  /** Undefined: nobody waits. revocation.md V17: "for confidential clients"; who has proven nothing holds nothing open. */
  private secondsToWait(client: Client, prefer: string | undefined): number | undefined {
    return client.tokenEndpointAuthMethod === 'none' || this.receipts.full() ? undefined : waitPreference(prefer);
  }

  /** §2.1: revoking a refresh token "SHOULD also invalidate all access tokens based on the same authorization grant". */
  private async revokeGrant(client: Client, token: string, receipt: boolean): Promise<string | undefined> {
    const content = await readRefreshToken(token, this.parts.macKeys);
    if (content === undefined) return undefined;
    const grant = await this.parts.grants.find(content.grantId);
    if (grant === undefined) return undefined;
    if (grant.clientId !== client.clientId) throw foreign();
    const apis = await this.parts.apis.all();
    const { revocation } = await this.parts.grants.revokeGrant({
      grantId: grant.grantId,
      clientId: client.clientId,
      cause: 'revoked_by_client',
      presentedKey: content.macKeyId,
      revocationExpiresAt: revocationExpiry(this.parts.nowSeconds(), this.parts.settings, apis),
      receipt,
    });
    return revocation;
  }

  private async revokeAccessToken(client: Client, token: string, receipt: boolean): Promise<string | undefined> {
    const claims = await this.accessTokens.read(token);
    if (claims === undefined) return undefined;
    if (claims.client_id !== client.clientId) throw foreign();
    const apis = await this.parts.apis.all();
    const { revocation } = await this.parts.grants.revokeAccessToken({
      jti: claims.jti,
      clientId: client.clientId,
      expiresAt: revocationExpiry(this.parts.nowSeconds(), this.parts.settings, apis),
      receipt,
    });
    return revocation;
  }
}
