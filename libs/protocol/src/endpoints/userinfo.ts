/**
 * Owns the userinfo endpoint (OpenID Connect Core §5.3): what a client may know of the person who allowed it to. Does not own
 * the judgement on tokens (userinfo-tokens), nor what is known (ports/claims-store).
 */
import { bearerRefusal, noToken, presentedToken } from '../bearer-token.js';
import type { ClientJwts } from '../client-jwts.js';
import type { EndpointRequest, EndpointResponse } from '../endpoint.js';
import { OAuthError } from '../errors.js';
import type { ClaimsStore } from '../ports/claims-store.js';
import { parseScope } from '../scope.js';
import { toldClaims } from '../told-claims.js';
import { invalidToken, type UserinfoTokens } from '../userinfo-tokens.js';
import type { Endpoint } from './endpoint-handler.js';
import { jsonResponse, refuseMethod } from './json-response.js';

/** §5.3.1: "MUST support the use of the HTTP GET and HTTP POST methods"; HEAD is GET without its body (RFC 9110 §9.3.2). */
const METHODS = ['GET', 'HEAD', 'POST'];
/** §5.3: userinfo is for access tokens of OpenID Connect requests. */
const REQUIRED_SCOPE = 'openid';

export class UserinfoEndpoint implements Endpoint {
  constructor(
    private readonly tokens: UserinfoTokens,
    private readonly people: ClaimsStore,
    private readonly issuer: string,
    private readonly clientJwts: ClientJwts,
    /** The second channel: what the log may know and the client may not. */
    private readonly onRefusal: (error: OAuthError) => void,
  ) {}

  async handle(request: EndpointRequest): Promise<EndpointResponse> {
    if (!METHODS.includes(request.method)) return refuseMethod(METHODS.join(', '));
    try {
      // 1. Which token is shown?
      const token = presentedToken(request);
      return token === undefined ? noToken() : await this.answer(token);
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      this.onRefusal(error);
      return bearerRefusal(error, REQUIRED_SCOPE);
    }
  }

  private async answer(token: string): Promise<EndpointResponse> {
    // 2. Is it genuine, for this place, and good as far as is known here?
    const genuine = await this.tokens.read(token);
    const { claims } = genuine;

    // 3. Does it speak of a person who was asked for by `openid`?
    const scope = parseScope(claims.scope ?? '');
    if (!scope.includes(REQUIRED_SCOPE)) {
      throw new OAuthError('insufficient_scope', `not granted: ${REQUIRED_SCOPE}`);
    }

    // 4. Does everything that it hangs on still stand, and what is known of the person? One question to the truth.
    const holder = await this.people.findByToken(claims, genuine.kid);
    if (holder === undefined) throw invalidToken('revoked, or its grant, client or person has ended');

    // 5. §5.3.2: "The sub (subject) Claim MUST always be returned"; of the rest what was asked for and allowed.
    const told = { ...toldClaims(holder.known, scope, holder.requested?.userinfo ?? []), sub: claims.sub };

    // 6. In which form?
    const plain = jsonResponse(200, told);
    const { signedResponseAlg: algorithm } = holder;
    if (algorithm === undefined) return plain;
    const { client_id: clientId } = claims;
    const body = await this.clientJwts.sign({
      ...{ clientId, algorithm },
      // It says of itself nothing by which it could pass for an ID token (RFC 8725 §3.11): none is issued without a typ.
      typ: undefined,
      // §5.3.2: "If signed, the UserInfo Response MUST contain the Claims iss (issuer) and aud (audience) as members".
      claims: { ...told, iss: this.issuer, aud: clientId },
    });
    return { ...plain, headers: { ...plain.headers, 'content-type': 'application/jwt' }, body };
  }
}
