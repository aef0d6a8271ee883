/**
 * Owns what the protocol knows of a person's login session. Does not own cookies, passwords or pages.
 */
import type { EpochSeconds } from '@latchkey/tokens';

export interface LoginSession {
  /** Names the session to clients and to operators; is not the cookie's value. */
  readonly sid: string;
  /** The person: a UUID. */
  readonly sub: string;
  readonly authTime: EpochSeconds;
  /** RFC 8176; a password login is `['pwd']`. */
  readonly amr: readonly string[];
  readonly expiresAt: EpochSeconds;
  /** The generations read when the login began: all that follows inherits them. */
  readonly generations: { readonly iss: number; readonly sub: number };
}
