/**
 * Owns the two forms of an introspection answer: JSON (RFC 7662 §2.2) and a signed JWT (RFC 9701), and which of them is asked
 * for. Does not own what is said of a token.
 */
import { weightOf } from '../accept.js';
import type { ClientJwts } from '../client-jwts.js';
import type { EndpointResponse } from '../endpoint.js';
import type { Client, PublicKeyAlgorithm } from '../ports/client.js';
import { jsonResponse } from './json-response.js';

/** RFC 7662 §2.2. `username` is never said: whoever needs a person's name asks that person's consent (userinfo). */
export type Introspected =
  | { readonly active: false }
  | { readonly active: true; readonly client_id: string; readonly [member: string]: unknown };

/** RFC 9701 §6: "The default, if omitted, is RS256." */
const DEFAULT_ALGORITHM: PublicKeyAlgorithm = 'RS256';
/** RFC 9701 §5: "typ: […] MUST be set to token-introspection+jwt". */
const JWT_TYPE = 'token-introspection+jwt';
const JWT_MEDIA_TYPE = `application/${JWT_TYPE}`;

export class IntrospectionAnswers {
  constructor(
    private readonly issuer: string,
    private readonly jwts: ClientJwts,
    private readonly nowSeconds: () => number,
  ) {}

  /**
   * @param accept the header, raw. JSON where both are wanted alike, and where neither is.
   * @throws Unavailable when no key is active or the signer is out of reach
   */
  async answer(said: Introspected, client: Client, accept: string | undefined): Promise<EndpointResponse> {
    const json = jsonResponse(200, said);
    if (weightOf(accept, JWT_MEDIA_TYPE) <= weightOf(accept, 'application/json')) return json;
    const headers = { ...json.headers, 'content-type': JWT_MEDIA_TYPE };
    return { ...json, headers, body: await this.#signed(said, client) };
  }

  /**
   * RFC 9701 §5: iss, `aud` which "MUST identify the resource server receiving the token introspection response", iat and
   * token_introspection. §8.1: sub and exp are no top-level claims, so that it is never taken for an access token.
   */
  #signed(said: Introspected, client: Client): Promise<string> {
    const claims = { iss: this.issuer, aud: client.clientId, iat: this.nowSeconds(), token_introspection: said };
    const algorithm = client.introspectionSignedResponseAlg ?? DEFAULT_ALGORITHM;
    return this.jwts.sign({ clientId: client.clientId, algorithm, typ: JWT_TYPE, claims });
  }
}
