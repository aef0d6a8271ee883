/**
 * Owns the reading of access tokens that this issuer has signed itself, whoever their audience is (RFC 7009 §2.1); and that
 * those of a shared secret are none of them. Does not ask whether they are revoked: revoking what is revoked is harmless.
 */
import {
  type AccessTokenClaims,
  AccessTokenVerifier,
  type Clock,
  EVERY_AUDIENCE,
  type Judgement,
  type VerificationKeys,
} from '@latchkey/tokens';
import { OAuthError, Unavailable } from './errors.js';

const NOTHING_IS_REVOKED = { match: () => undefined };

export class OwnAccessTokens {
  private readonly verifier: AccessTokenVerifier;

  constructor(
    issuer: string,
    private readonly keys: VerificationKeys,
    clock: Clock,
  ) {
    this.verifier = new AccessTokenVerifier({
      issuer,
      audience: EVERY_AUDIENCE,
      keys,
      revocations: NOTHING_IS_REVOKED,
      clock,
      rememberedSignatures: 0,
    });
  }

  /**
   * Undefined for anything that is not a genuine, unexpired access token of this issuer.
   * @throws OAuthError unsupported_token_type for one under a secret that an API shares;
   * Unavailable while nobody can tell: its key is unknown here, and newer keys are on their way
   */
  async read(token: string): Promise<AccessTokenClaims | undefined> {
    let judgement = this.verifier.judge(token);
    if (ofUnknownKey(judgement)) {
      // Another instance may sign with a successor already that this one has not loaded yet: to call such a token invalid
      // would be to forget that it was to be revoked. Whoever asks at once shares one read, so no cooldown is needed.
      await this.keys.changed();
      judgement = this.verifier.judge(token);
      if (ofUnknownKey(judgement) && this.keys.outdated) throw new Unavailable('the newest set of keys');
    }
    if (judgement.verdict === 'refused') return undefined;
    if (this.keys.find(judgement.kid)?.key.type === 'secret') throw sharedSecret();
    return judgement.claims;
  }
}

/**
 * RFC 8725 §2.2 and §3.1: whoever shares the secret can write such a token, with anybody's jti in it. It proves something to
 * its API alone. RFC 7009 §2.2.1: "the client tried to revoke an access token on a server not supporting this feature".
 */
const sharedSecret = (): OAuthError =>
  new OAuthError(
    'unsupported_token_type',
    'a token under a secret that an API shares cannot be revoked by its client; an operator can, or its refresh token',
  );

const ofUnknownKey = (judgement: Judgement): boolean =>
  judgement.verdict === 'refused' && judgement.reason === 'unknown_key';
