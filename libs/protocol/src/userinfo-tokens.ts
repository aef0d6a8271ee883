/**
 * Owns the judgement on an access token that is shown at userinfo, as far as this instance can tell in memory: genuine, ours,
 * for this place, unexpired, and not among the revocations that it has heard of. Does not own what PostgreSQL knows beyond.
 */
import {
  type AccessTokenClaims,
  AccessTokenVerifier,
  type Clock,
  onlyPublicKeys,
  type VerificationKeys,
} from '@latchkey/tokens';
import { OAuthError, Unavailable } from './errors.js';
import type { RevokedTokens } from './ports/revoked-tokens.js';
import { type ProtocolSettings, userinfoUrl } from './settings.js';

export interface GenuineToken {
  readonly claims: AccessTokenClaims;
  /** Of the key that signed it. */
  readonly kid: string;
}

/** One answer for every reason (revocation.md V15); the reason is for the log. */
export const invalidToken = (detail: string): OAuthError =>
  new OAuthError('invalid_token', 'the access token is not valid', { detail });

export class UserinfoTokens {
  private readonly verifier: AccessTokenVerifier;
  private readonly keys: VerificationKeys;

  constructor(settings: ProtocolSettings, keys: VerificationKeys, revocations: RevokedTokens['heard'], clock: Clock) {
    // RFC 8725 §2.2: whoever shares a secret can write any token under it: no API's secret opens this door.
    this.keys = onlyPublicKeys(keys);
    this.verifier = new AccessTokenVerifier({
      ...{ issuer: settings.issuer, audience: userinfoUrl(settings.issuer) },
      ...{ keys: this.keys, revocations, clock },
    });
  }

  /**
   * @throws OAuthError invalid_token; Unavailable while nobody can tell: its key is unknown here, and newer keys are on their way
   */
  async read(token: string): Promise<GenuineToken> {
    let judgement = this.verifier.judge(token);
    if (judgement.verdict === 'refused' && judgement.reason === 'unknown_key') {
      // Another instance may sign with a successor already. Whoever asks at once shares one read.
      await this.keys.refresh();
      judgement = this.verifier.judge(token);
    }
    if (judgement.verdict === 'genuine') return judgement;
    if (judgement.reason === 'unknown_key' && this.keys.outdated) throw new Unavailable('the newest set of keys');
    throw invalidToken(judgement.reason);
  }
}
