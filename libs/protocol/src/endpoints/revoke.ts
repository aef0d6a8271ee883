/**
 * Owns token revocation (RFC 7009). Does not own how the revocation reaches the guards.
 */
import { authenticateClient } from '../client-authentication/authenticate.js';
import type { EndpointRequest, EndpointResponse } from '../endpoint.js';
import { OAuthError } from '../errors.js';
import type { GrantParts } from '../grants/grant-parts.js';
import { looksLikeRefreshToken, readRefreshToken } from '../grants/refresh-token-form.js';
import type { Client, ClientStore } from '../ports/client.js';
import { revocationExpiry } from '../settings.js';
import type { OwnAccessTokens } from '../own-access-tokens.js';
import type { Endpoint } from './endpoint-handler.js';
import { answerForm } from './form-endpoint.js';
import { emptyResponse } from './json-response.js';

/** §2.1: the token must be "issued to the client making the revocation request"; otherwise the request is refused. */
const foreign = (): OAuthError => new OAuthError('invalid_grant', 'the token was issued to another client');

export class RevocationEndpoint implements Endpoint {
  constructor(
    private readonly clients: ClientStore,
    private readonly parts: GrantParts,
    private readonly accessTokens: OwnAccessTokens,
    private readonly onRefusal: (error: OAuthError) => void,
  ) {}

  handle(request: EndpointRequest): Promise<EndpointResponse> {
    return answerForm(request, this.onRefusal, async (parameters) => {
      const client = await authenticateClient(request, parameters, this.clients);
      const token = parameters.required('token');

      // §2.1: token_type_hint is a hint; the form of our tokens tells them apart without it.
      if (looksLikeRefreshToken(token)) await this.revokeGrant(client, token);
      else await this.revokeAccessToken(client, token);

      // §2.2: "200 if the token has been revoked successfully or if the client submitted an invalid token". The answer
      // means committed.
      return emptyResponse(200);
    });
  }

  /** §2.1: revoking a refresh token "SHOULD also invalidate all access tokens based on the same authorization grant". */
  private async revokeGrant(client: Client, token: string): Promise<void> {
    const content = readRefreshToken(token, this.parts.macKeys);
    if (content === undefined) return;
    const grant = await this.parts.grants.find(content.grantId);
    if (grant === undefined) return;
    if (grant.clientId !== client.clientId) throw foreign();
    const apis = await this.parts.apis.all();
    await this.parts.grants.revokeGrant({
      grantId: grant.grantId,
      clientId: client.clientId,
      cause: 'revoked_by_client',
      revocationExpiresAt: revocationExpiry(this.parts.nowSeconds(), this.parts.settings, apis),
    });
  }

  private async revokeAccessToken(client: Client, token: string): Promise<void> {
    const claims = this.accessTokens.read(token);
    if (claims === undefined) return;
    if (claims.client_id !== client.clientId) throw foreign();
    const apis = await this.parts.apis.all();
    await this.parts.grants.revokeAccessToken({
      jti: claims.jti,
      clientId: client.clientId,
      expiresAt: revocationExpiry(this.parts.nowSeconds(), this.parts.settings, apis),
    });
  }
}
