/**
 * Owns the reading of access tokens that this issuer has signed itself, whoever their audience is (RFC 7009 §2.1, later
 * RFC 7662). Does not ask whether they are revoked.
 */
import { type AccessTokenClaims, readGenuineAccessToken, type VerificationKeys } from '@latchkey/tokens';

export class OwnAccessTokens {
  constructor(
    private readonly issuer: string,
    private readonly keys: VerificationKeys,
    private readonly nowSeconds: () => number,
  ) {}

  /** Undefined for anything that is not a genuine, unexpired access token of this issuer. */
  read(token: string): AccessTokenClaims | undefined {
    return readGenuineAccessToken(token, { issuer: this.issuer, keys: this.keys, now: this.nowSeconds() });
  }
}
