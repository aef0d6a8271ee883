/**
 * Owns the token endpoint (RFC 6749 §3.2). Does not own the grants, nor signing.
 */
import {
  authenticateClient,
  type ClientAuthenticationParts,
  shownSecretDigest,
} from '../client-authentication/authenticate.js';
import type { EndpointRequest, EndpointResponse } from '../endpoint.js';
import { OAuthError, tooMany } from '../errors.js';
import { proposeFromCode } from '../grants/authorization-code.js';
import { proposeForClient } from '../grants/client-credentials.js';
import type { Proposal } from '../grants/decision.js';
import type { GrantParts } from '../grants/grant-parts.js';
import { proposeFromRefreshToken } from '../grants/refresh-token.js';
import type { Parameters } from '../parameters.js';
import type { Client, GrantType } from '../ports/client.js';
import { rateLimitFields } from '../rate-limit.js';
import type { TokenIssuer } from '../token-issuer.js';
import type { Endpoint } from './endpoint-handler.js';
import { answerForm } from './form-endpoint.js';
import { tokenAnswer } from './token-answer.js';

type Grant = (client: Client, parameters: Parameters, parts: GrantParts) => Promise<Proposal>;

const GRANTS: Readonly<Record<GrantType, Grant>> = {
  authorization_code: proposeFromCode,
  refresh_token: proposeFromRefreshToken,
  client_credentials: proposeForClient,
};
const isGrantType = (name: string): name is GrantType => Object.hasOwn(GRANTS, name);

export class TokenEndpoint implements Endpoint {
  constructor(
    private readonly authentication: ClientAuthenticationParts,
    private readonly parts: GrantParts,
    private readonly issuer: TokenIssuer,
    /** The second channel: what the log may know and the client may not. */
    private readonly onRefusal: (error: OAuthError) => void,
  ) {}

  handle(request: EndpointRequest): Promise<EndpointResponse> {
    // 1. What is asked? A form, by POST, without secrets in the URI.
    return answerForm(request, this.onRefusal, async (parameters) => {
      // 2. Who asks?
      const client = await authenticateClient(request, parameters, this.authentication);

      // 3. By which grant, and may this client use it?
      const grant = grantFor(client, parameters.required('grant_type'));

      // 4. What does the grant decide? Only reads and arithmetic.
      const proposal = await grant(client, parameters, this.parts);

      // 5. Not more than it may have, where that is bounded. Asked last: whoever names a client has proven nothing by it.
      const taken = await this.authentication.attempts.takeToken(client.clientId);
      if (taken?.limited === true) throw tooMany(taken.limit, 'this client has had too many tokens; try again later');

      // 6. Sign in memory.
      const shown = proposal.decision.idToken && shownSecretDigest(request, parameters);
      const response = await this.issuer.issue(proposal.decision, this.parts.nowSeconds(), shown);

      // 7. Commit: the store says who won. After it only the answer.
      await proposal.commit();
      const answer = tokenAnswer(response);
      return taken === undefined
        ? answer
        : { ...answer, headers: { ...answer.headers, ...rateLimitFields(taken.limit) } };
    });
  }
}

function grantFor(client: Client, grantType: string): Grant {
  if (!isGrantType(grantType)) {
    throw new OAuthError('unsupported_grant_type', 'this grant type does not exist here');
  }
  if (!client.grantTypes.includes(grantType)) {
    throw new OAuthError('unauthorized_client', 'this client is not registered for the grant type');
  }
  return GRANTS[grantType];
}
