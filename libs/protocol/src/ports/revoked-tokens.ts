/**
 * Owns the port through which an endpoint learns that an access token was revoked. Does not own whether the token is genuine,
 * nor how revocations travel.
 */
import type { AccessTokenVerifierOptions, RevocableClaims } from '@latchkey/tokens';

export interface RevokedTokens {
  /** What this instance has heard, in memory. It may lag behind; what it refuses is revoked for good. */
  readonly heard: AccessTokenVerifierOptions['revocations'];
  /**
   * With whatever this instance has committed before this was asked, and what others have, at most a second before.
   * @throws Unavailable when nobody can tell
   */
  isRevoked(claims: RevocableClaims, kid: string): Promise<boolean>;
}
