/**
 * Owns the reading of access tokens that this issuer has signed itself, whoever their audience is (RFC 7009 §2.1).
 * Does not ask whether they are revoked: revoking what is revoked is harmless.
 */
import {
  type AccessTokenClaims,
  AccessTokenVerifier,
  type Clock,
  EVERY_AUDIENCE,
  type Judgement,
  type VerificationKeys,
} from '@latchkey/tokens';
import { Unavailable } from './errors.js';

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
   * @throws Unavailable while nobody can tell: its key is unknown here, and newer keys are on their way
   */
  async read(token: string): Promise<AccessTokenClaims | undefined> {
    let judgement = this.verifier.judge(token);
    if (ofUnknownKey(judgement)) {
      // Another instance may sign with a successor already that this one has not loaded yet: to call such a token invalid
      // would be to forget that it was to be revoked.
      await this.keys.refresh();
      judgement = this.verifier.judge(token);
      if (ofUnknownKey(judgement) && this.keys.outdated) throw new Unavailable('the newest set of keys');
    }
    return judgement.verdict === 'genuine' ? judgement.claims : undefined;
  }
}

const ofUnknownKey = (judgement: Judgement): boolean =>
  judgement.verdict === 'refused' && judgement.reason === 'unknown_key';
