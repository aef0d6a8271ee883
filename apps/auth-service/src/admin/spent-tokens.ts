/**
 * Owns whose a token was that is good for nothing any more here: expired, revoked or meant for another API, and yet signed by
 * this issuer. Nothing is said of a token whose signature does not verify. Does not own the refusal (door): nobody enters by it.
 */
import { AccessTokenVerifier, EVERY_AUDIENCE, parseCompact, type VerificationKeys } from '@latchkey/tokens';

const NOTHING_IS_REVOKED = { match: () => undefined };

export class SpentTokens {
  readonly #verifier: AccessTokenVerifier;
  /** Milliseconds: each token is judged as of its own last moment. */
  #at = 0;

  /** @param keys without those that an API shares: whoever holds one can write any client into a token (RFC 8725 §2.2) */
  constructor(issuer: string, keys: VerificationKeys) {
    this.#verifier = new AccessTokenVerifier({
      ...{ issuer, keys, audience: EVERY_AUDIENCE, revocations: NOTHING_IS_REVOKED, rememberedSignatures: 0 },
      clock: { now: () => this.#at, monotonic: () => this.#at },
    });
  }

  /** The client_id, while the key that signed it is still known; undefined for whatever is not genuine. */
  clientOf(token: string): string | undefined {
    const parsed = parseCompact(token);
    const exp = parsed.ok ? parsed.jws.payload['exp'] : undefined;
    if (typeof exp !== 'number') return undefined;
    this.#at = (exp - 1) * 1000;
    const judgement = this.#verifier.judge(token);
    return judgement.verdict === 'genuine' ? judgement.claims.client_id : undefined;
  }
}
