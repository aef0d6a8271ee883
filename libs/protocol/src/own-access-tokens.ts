/**
 * Owns the reading of access tokens that this issuer has signed itself, whoever their audience is (RFC 7009 §2.1, RFC 7662
 * §2.1); and that those of a shared secret prove something to their API alone.
 */
import {
  type AccessTokenClaims,
  AccessTokenVerifier,
  type AccessTokenVerifierOptions,
  type Clock,
  EVERY_AUDIENCE,
  type Judgement,
  type VerificationKeys,
} from '@latchkey/tokens';
import { OAuthError, Unavailable } from './errors.js';

/** For whoever revokes: revoking what is revoked is harmless. */
const NOTHING_IS_REVOKED = { match: () => undefined };

export interface OwnAccessToken {
  readonly claims: AccessTokenClaims;
  readonly kid: string;
  /** The one API that shares the secret which made it, and could have written it itself; undefined for a public key. */
  readonly soleAudience: string | undefined;
}

export class OwnAccessTokens {
  private readonly verifier: AccessTokenVerifier;

  /**
   * @param revocations a token that matches is none
   * @param rememberedSignatures how many, for whoever reads the same token again and again; each other question is asked each time
   */
  constructor(
    issuer: string,
    private readonly keys: VerificationKeys,
    clock: Clock,
    revocations: AccessTokenVerifierOptions['revocations'] = NOTHING_IS_REVOKED,
    rememberedSignatures = 0,
  ) {
    this.verifier = new AccessTokenVerifier({
      issuer,
      audience: EVERY_AUDIENCE,
      keys,
      revocations,
      clock,
      rememberedSignatures,
    });
  }

  /**
   * Undefined for anything that is not a genuine, unexpired access token of this issuer.
   * @throws Unavailable while nobody can tell: its key is unknown here, and newer keys are on their way
   */
  async judge(token: string): Promise<OwnAccessToken | undefined> {
    let judgement = this.verifier.judge(token);
    if (ofUnknownKey(judgement)) {
      // Another instance may sign with a successor already that this one has not loaded yet: to call such a token invalid
      // would be to forget that it was to be revoked. Whoever asks at once shares one read, so no cooldown is needed.
      await this.keys.changed();
      judgement = this.verifier.judge(token);
      if (ofUnknownKey(judgement) && this.keys.outdated) throw new Unavailable('the newest set of keys');
    }
    if (judgement.verdict === 'refused') return undefined;
    const { claims, kid } = judgement;
    const key = this.keys.find(kid);
    // Judged a moment ago, in this turn: the key is here.
    return key === undefined ? undefined : { claims, kid, soleAudience: key.soleAudience };
  }

  /**
   * The claims of what its client may revoke.
   * @throws OAuthError unsupported_token_type for one under a secret that an API shares; Unavailable as `judge` does
   */
  async read(token: string): Promise<AccessTokenClaims | undefined> {
    const judged = await this.judge(token);
    if (judged?.soleAudience !== undefined) throw sharedSecret();
    return judged?.claims;
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
