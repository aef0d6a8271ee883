/**
 * Owns what the claims of an access token must say (RFC 9068 §4; RFC 7519 §4.1), each rule by itself. Does not own who has
 * written them, nor the verdict (the verifier of a guard).
 */
import { type Api, userinfoUrl } from '@latchkey/protocol';
import type { AccessTokenClaims, CompactJws, EpochSeconds, VerificationKey } from '@latchkey/tokens';
import { failed, judged, passed, type Rule } from './rule.js';

/** As a guard allows, in seconds. */
const TOLERANCE = 5;

export interface Surroundings {
  readonly issuer: string;
  /** All, the admin API among them. */
  readonly apis: readonly Api[];
  readonly now: EpochSeconds;
}

const REQUIRED = ['iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'client_id', 'gen'];

/** RFC 9068 §2.2: what must be there, in its form. */
export function formOfClaims({ payload }: CompactJws, claims: AccessTokenClaims | undefined): Rule {
  if (claims !== undefined) return passed('claims', 'all that is required is there, in its form');
  const missing = REQUIRED.filter((name) => !(name in payload));
  return failed(
    'claims',
    missing.length === 0 ? 'one of them is not of its form' : `required and not there: ${missing.join(', ')}`,
  );
}

/** Whose guard would be asked: the API among its audiences, else userinfo. */
export function audienceOf({ aud }: AccessTokenClaims, { apis, issuer }: Surroundings): string | undefined {
  const named = typeof aud === 'string' ? [aud] : aud;
  const userinfo = userinfoUrl(issuer);
  return (
    apis.find(({ identifier }) => named.includes(identifier))?.identifier ?? named.find((each) => each === userinfo)
  );
}

export function claimRules(
  claims: AccessTokenClaims,
  { payload }: CompactJws,
  key: VerificationKey | undefined,
  around: Surroundings,
): readonly Rule[] {
  const { issuer, now } = around;
  return [
    judged('iss', claims.iss === issuer, 'this issuer', 'another issuer, letter by letter'),
    audienceRule(claims, key, around),
    judged(
      'exp',
      now < claims.exp + TOLERANCE,
      `ends in ${seconds(claims.exp - now)}`,
      `ended ${seconds(now - claims.exp)} ago`,
    ),
    judged('iat', claims.iat <= now + TOLERANCE, `issued ${seconds(now - claims.iat)} ago`, 'issued in the future'),
    notBefore(payload['nbf'], now),
  ];
}

function audienceRule(claims: AccessTokenClaims, key: VerificationKey | undefined, around: Surroundings): Rule {
  const audience = audienceOf(claims, around);
  if (audience === undefined) return failed('aud', 'none of its audiences is an API of this issuer');
  const named = typeof claims.aud === 'string' ? [claims.aud] : claims.aud;
  // A symmetric key speaks for its one API alone.
  if (key?.key.type === 'secret' && !(named.length === 1 && named[0] === key.soleAudience)) {
    return failed('aud', `the secret speaks for ${key.soleAudience ?? 'nobody'} alone, and for nobody beside it`);
  }
  return passed('aud', `for ${named.join(' and ')}: every other API refuses it`);
}

function notBefore(nbf: unknown, now: EpochSeconds): Rule {
  if (nbf === undefined) return passed('nbf', 'it has none');
  if (typeof nbf !== 'number') return failed('nbf', 'it is no date');
  return judged('nbf', nbf <= now + TOLERANCE, 'good since then', `good in ${seconds(nbf - now)} only`);
}

const seconds = (count: number): string => `${Math.round(count)} s`;
