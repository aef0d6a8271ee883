/**
 * Owns how a decision becomes tokens: an access token by RFC 9068 and an ID token by OpenID Connect Core §2, signed in
 * memory or wherever the key is. Does not own the decision, nor whether it may be handed out: that is the commit after it.
 */
import { createHash, randomUUID } from 'node:crypto';
import { ACCESS_TOKEN_TYPE, type AccessTokenClaims, ALGORITHMS, type SigningAlgorithm } from '@latchkey/tokens';
import { type SignerSource, signJwt } from '@latchkey/tokens/issuing';
import { acrOf } from './authentication-context.js';
import type { ClientJwts } from './client-jwts.js';
import { Unavailable } from './errors.js';
import type { Decision } from './grants/decision.js';
import type { Api } from './ports/api.js';
import { formatScope } from './scope.js';
import type { ProtocolSettings } from './settings.js';

/** Where neither an API nor a client says otherwise. */
const DEFAULT_ACCESS_TOKEN_ALGORITHM: SigningAlgorithm = 'ES256';

/** The successful answer of RFC 6749 §5.1. */
export interface TokenResponse {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  readonly expires_in: number;
  readonly scope: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
}

export class TokenIssuer {
  constructor(
    private readonly signers: SignerSource,
    private readonly settings: ProtocolSettings,
    private readonly clientJwts: ClientJwts,
  ) {}

  /**
   * @param secretDigest of the secret that the client has shown with this request, if it has shown one
   * @throws Unavailable when no key is active or the signer is out of reach
   */
  async issue(decision: Decision, now: number, secretDigest?: string): Promise<TokenResponse> {
    const lifetime = decision.audience.api?.accessTokenLifetimeSeconds ?? this.settings.accessTokenLifetimeSeconds;
    const claims = this.accessTokenClaims(decision, now, lifetime);
    const signed = this.sign(ringOf(decision.audience.api), ACCESS_TOKEN_TYPE, claims);
    const accessToken = typeof signed === 'string' ? signed : await signed;
    const idToken = await this.idToken(decision, accessToken, now, secretDigest);
    return {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: lifetime,
      scope: formatScope(decision.audience.scope),
      ...(decision.refreshToken === undefined ? {} : { refresh_token: decision.refreshToken }),
      ...(idToken === undefined ? {} : { id_token: idToken }),
    };
  }

  private accessTokenClaims(decision: Decision, now: number, lifetime: number): AccessTokenClaims {
    const [first = '', ...others] = decision.audience.identifiers;
    const { person } = decision;
    // Not by spreading: V8 copies what is spread in its runtime.
    const claims: ClaimsToBe = {
      iss: this.settings.issuer,
      sub: decision.sub,
      aud: others.length === 0 ? first : [first, ...others],
      exp: now + lifetime,
      iat: now,
      jti: randomUUID(),
      client_id: decision.client.clientId,
      gen: decision.generations,
    };
    if (decision.audience.scope.length > 0) claims.scope = formatScope(decision.audience.scope);
    if (person === undefined) return claims;
    claims.auth_time = person.authTime;
    claims.acr = acrOf(this.settings.issuer);
    claims.amr = person.amr;
    claims.grant_id = person.grantId;
    if (person.sid !== undefined) claims.sid = person.sid;
    return claims;
  }

  private async idToken(
    decision: Decision,
    accessToken: string,
    now: number,
    secretDigest: string | undefined,
  ): Promise<string | undefined> {
    const { idToken, person, client } = decision;
    if (idToken === undefined || person === undefined) return undefined;
    const algorithm = client.idTokenSignedResponseAlg;
    const claims = {
      // §5.5: claims about the person by request alone. What follows is ours to say, whatever they are called.
      ...idToken.claims,
      iss: this.settings.issuer,
      sub: decision.sub,
      aud: client.clientId,
      azp: client.clientId,
      exp: now + this.settings.idTokenLifetimeSeconds,
      iat: now,
      auth_time: person.authTime,
      acr: acrOf(this.settings.issuer),
      amr: person.amr,
      sid: idToken.sid,
      at_hash: halfHash(accessToken, algorithm),
      ...(idToken.nonce === undefined ? {} : { nonce: idToken.nonce }),
    };
    return this.clientJwts.sign({ clientId: client.clientId, algorithm, typ: 'JWT', claims, secretDigest });
  }

  /**
   * At once where the signer is at hand and signs at once, as the local one does: then there is no promise to wait for.
   * Whatever a signer fails with is an outage, never the fault of who asks.
   */
  private sign({ algorithm, audience }: Ring, typ: string, claims: object): string | Promise<string> {
    try {
      const signer = this.signers.signerFor(algorithm, audience);
      const signed =
        'sign' in signer ? signJwt(signer, typ, claims) : signer.then((late) => signJwt(late, typ, claims));
      return typeof signed === 'string' ? signed : signed.catch(cannotSign);
    } catch (error) {
      return cannotSign(error);
    }
  }
}

type ClaimsToBe = { -readonly [Name in keyof AccessTokenClaims]: AccessTokenClaims[Name] };

interface Ring {
  readonly algorithm: SigningAlgorithm;
  readonly audience?: string;
}

/** RFC 8725 §3.1, one key for one use: an API that shares a secret with us shares it with no other API. */
function ringOf(api: Api | undefined): Ring {
  if (api === undefined) return { algorithm: DEFAULT_ACCESS_TOKEN_ALGORITHM };
  const algorithm = api.accessTokenSigningAlg;
  return algorithm === 'HS256' ? { algorithm, audience: api.identifier } : { algorithm };
}

function cannotSign(error: unknown): never {
  throw new Unavailable('a signing key', error);
}

/** OpenID Connect Core §3.1.3.6: "the left-most half of the hash of the octets of the ASCII representation". */
function halfHash(token: string, algorithm: SigningAlgorithm): string {
  const hash = createHash(ALGORITHMS[algorithm].claimHash).update(token, 'ascii').digest();
  return hash.subarray(0, hash.length / 2).toString('base64url');
}
