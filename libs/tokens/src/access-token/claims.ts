/**
 * Owns the shape of an access token on the wire: RFC 9068 §2.2 and the claims by which Latchkey revokes.
 * Does not own how a token is judged (verify) or signed (issuing).
 */
import type { EpochSeconds } from '../time.js';

/** RFC 9068 §2.1: "the typ header parameter value MUST be at+jwt or application/at+jwt". We write the first. */
export const ACCESS_TOKEN_TYPE = 'at+jwt';

/**
 * The generations under which a token was born. A wide revocation raises a generation, and every token whose stamp is
 * older is refused: no clock decides. A machine's token (client_credentials) has no `sub`.
 */
export interface GenerationStamp {
  readonly iss: number;
  readonly cli: number;
  readonly sub?: number;
}

/** The payload of an access token. Names are the registered ones of RFC 7519, 8693, 9068 and 9449. */
export interface AccessTokenClaims {
  readonly iss: string;
  /** A person's UUID or pairwise value; for client_credentials the client_id (RFC 9068 §2.2). */
  readonly sub: string;
  /** One audience as a string, several as an array. */
  readonly aud: string | readonly string[];
  readonly exp: EpochSeconds;
  readonly iat: EpochSeconds;
  readonly jti: string;
  readonly client_id: string;
  /** Granted scope, space-separated (RFC 8693 §4.2); absent when nothing was granted. */
  readonly scope?: string;
  readonly auth_time?: EpochSeconds;
  readonly acr?: string;
  readonly amr?: readonly string[];
  /** The grant that this token came from; absent for client_credentials. */
  readonly grant_id?: string;
  /** The login session; present only if the grant ends with it. */
  readonly sid?: string;
  readonly gen: GenerationStamp;
  /** Sender constraint (RFC 7800). */
  readonly cnf?: { readonly jkt?: string };
}
