/**
 * Owns the port by which is asked what is known of a person (OpenID Connect Core §5.1). Does not own who is told what of it
 * (told-claims), nor its form (the admin API).
 */
import type { AccessTokenClaims } from '@latchkey/tokens';
import type { RequestedClaims } from '../claims-request.js';
import type { IdTokenAlgorithm } from './client.js';

/** As it stands in JSON: `address` is an object of strings (§5.1.1), `updated_at` a number of seconds. */
export type ClaimValue = string | boolean | number | Readonly<Record<string, string>>;

/** By their names in §5.1; what is not known is not there. */
export type KnownClaims = Readonly<Record<string, ClaimValue>>;

/** Whom a token speaks for, and what its grant asked for one by one. */
export interface TokenHolder {
  readonly known: KnownClaims;
  readonly requested?: RequestedClaims;
  /** How its client wants to be answered (§5.3.2); undefined: in plain JSON. */
  readonly signedResponseAlg?: IdTokenAlgorithm;
}

export interface ClaimsStore {
  /** @param sub a UUID. Undefined when there is no such person any more. @throws Unavailable */
  find(sub: string): Promise<KnownClaims | undefined>;
  /**
   * One question for all that stands in the way and for the answer: undefined unless the grant that the token came from is
   * alive, its client and person enabled, and nothing that matches the token was revoked, whatever this instance has heard.
   * Not asked: whether the token is genuine and unexpired. @throws Unavailable
   */
  findByToken(claims: AccessTokenClaims, kid: string): Promise<TokenHolder | undefined>;
}
