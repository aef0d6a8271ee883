/**
 * Owns what an assertion by which a client authenticates must say (RFC 7523 §3, OpenID Connect Core §9). Does not own its signature
 * (client-keys), nor that it is used once (client-assertions).
 */
import { type CompactJws, parseCompact } from '@latchkey/tokens';
import { PUBLIC_KEY_ALGORITHMS, type PublicKeyAlgorithm } from '../ports/client.js';

/** RFC 7523 §2.2. */
export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** In seconds. Its `exp` lies no further ahead: so long it is remembered. Libraries in wide use make them for an hour. */
export const LONGEST_ASSERTION_LIFE = 3600;
/** In seconds. FAPI 2.0 §5.3.2.1: accept "iat or nbf timestamp between 0 and 10 seconds in the future", reject more than 60. */
export const CLOCK_TOLERANCE = 15;
const LONGEST_JTI = 512;

/** Other JWTs that a client signs (a proof by RFC 9449, a request by RFC 9101) say of themselves what they are: RFC 8725 §3.11. */
const TYPES = ['jwt', 'client-authentication+jwt'];

export interface ClientAssertion {
  /** As it says itself: nothing of it is proven. */
  readonly clientId: string;
  readonly algorithm: PublicKeyAlgorithm;
  readonly keyId: string | undefined;
  readonly jti: string;
  readonly audience: string;
  readonly expiresAt: number;
  readonly issuedAt: number | undefined;
  readonly notBefore: number | undefined;
  readonly jws: CompactJws;
}

/**
 * Undefined for whatever is no such assertion, whoever may have signed it: `alg` is a word of ours for a public key (never `none` or
 * HS256), no `crit`; `iss` and `sub` are one text (§3: "For client authentication, the subject MUST be the "client_id""), `aud` is one
 * text, also as a list of one; `exp` and `jti` are there. Not checked: the signature, the times, and whom it is for.
 */
export function readAssertion(text: string): ClientAssertion | undefined {
  const parsed = parseCompact(text);
  if (!parsed.ok) return undefined;
  const { header, payload } = parsed.jws;
  const algorithm = PUBLIC_KEY_ALGORITHMS.find((name) => name === header.alg);
  if (algorithm === undefined || !TYPES.includes((header.typ ?? 'JWT').toLowerCase())) return undefined;
  const { iss, sub, exp, iat, nbf, jti } = payload;
  const audience = onlyOne(payload['aud']);
  if (typeof sub !== 'string' || sub === '' || iss !== sub || audience === undefined) return undefined;
  if (typeof jti !== 'string' || jti === '' || jti.length > LONGEST_JTI) return undefined;
  if (!isTime(exp) || !(iat === undefined || isTime(iat)) || !(nbf === undefined || isTime(nbf))) return undefined;
  return {
    ...{ clientId: sub, algorithm, keyId: header.kid, jti, audience },
    ...{ expiresAt: exp, issuedAt: iat, notBefore: nbf, jws: parsed.jws },
  };
}

/** One that names others besides us could be used by them, here. */
const onlyOne = (aud: unknown): string | undefined => {
  const one: unknown = Array.isArray(aud) && aud.length === 1 ? aud[0] : aud;
  return typeof one === 'string' ? one : undefined;
};

/** RFC 7519 §2, NumericDate. */
const isTime = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 && value <= Number.MAX_SAFE_INTEGER;

/**
 * What keeps this assertion from being one for us and for now; undefined when nothing does.
 * @param audiences whatever names this server where it is asked: the issuer, the token endpoint, the endpoint itself
 * @param now in seconds
 */
export function timeOrAudienceFault(
  { audience, expiresAt, issuedAt, notBefore }: ClientAssertion,
  audiences: readonly string[],
  now: number,
): string | undefined {
  // §3: "The authorization server MUST reject any JWT that does not contain its own identity as the intended audience."
  if (!audiences.includes(audience)) return 'the assertion is for another audience';
  if (expiresAt <= now) return 'the assertion has expired';
  // §3: "may reject JWTs with an "exp" claim value that is unreasonably far in the future".
  if (expiresAt > now + LONGEST_ASSERTION_LIFE + CLOCK_TOLERANCE) return 'the assertion lives too long';
  if (Math.max(issuedAt ?? 0, notBefore ?? 0) > now + CLOCK_TOLERANCE) return 'the assertion is of the future';
  return undefined;
}

/**
 * Whether it may have been used before this instant, in milliseconds. One that does not say when it was made was of no use to anybody while
 * its `exp` lay further ahead than we accept. What a clock that is ahead of ours has issued counts as issued when it says.
 */
export const mayBeOlderThan = (instant: number, { issuedAt, expiresAt }: ClientAssertion): boolean =>
  (issuedAt ?? expiresAt - LONGEST_ASSERTION_LIFE - CLOCK_TOLERANCE) * 1000 < instant;
