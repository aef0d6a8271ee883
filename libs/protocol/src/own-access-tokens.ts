/**
 * Owns the reading of access tokens that this issuer has signed itself, whoever their audience is (RFC 7009 §2.1).
 * Does not ask whether they are revoked: revoking what is revoked is harmless.
 */
import {
  type AccessTokenClaims,
  AccessTokenVerifier,
  type Clock,
  EVERY_AUDIENCE,
  type VerificationKeys,
} from '@latchkey/tokens';

const NOTHING_IS_REVOKED = { match: () => undefined };

export class OwnAccessTokens {
  private readonly verifier: AccessTokenVerifier;

  constructor(issuer: string, keys: VerificationKeys, clock: Clock) {
    this.verifier = new AccessTokenVerifier({
      issuer,
      audience: EVERY_AUDIENCE,
      keys,
      revocations: NOTHING_IS_REVOKED,
      clock,
      rememberedSignatures: 0,
    });
  }

  /** Undefined for anything that is not a genuine, unexpired access token of this issuer. */
  read(token: string): AccessTokenClaims | undefined {
    const judgement = this.verifier.judge(token);
    return judgement.verdict === 'genuine' ? judgement.claims : undefined;
  }
}
