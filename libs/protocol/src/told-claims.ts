/**
 * Owns which of the claims about a person are told: those that were asked for and allowed, and that there is something to say
 * of. Does not own where they are told (userinfo, the ID token).
 */
import type { RequestedClaim } from './claims-request.js';
import type { ClaimValue, KnownClaims } from './ports/claims-store.js';
import { claimsOfScope, scopeOfClaim } from './standard-claims.js';

/**
 * OpenID Connect Core §5.4: scopes ask for claims; §5.5: so does the claims parameter, one by one. Nothing else is told, and
 * nothing that is no claim about a person, whatever a store holds.
 */
export function toldClaims(
  known: KnownClaims,
  scope: readonly string[],
  requested: readonly RequestedClaim[],
): KnownClaims {
  const names = new Set([...scope.flatMap(claimsOfScope), ...requested.map(({ name }) => name)]);
  const told = [...names].flatMap((name): (readonly [string, ClaimValue])[] => {
    const value = Object.hasOwn(known, name) ? known[name] : undefined;
    return scopeOfClaim(name) === undefined || value === undefined || saysNothing(value) ? [] : [[name, value]];
  });
  return Object.fromEntries(told);
}

/** §5.3.2: "If a Claim is not returned, that Claim Name SHOULD be omitted … it SHOULD NOT be present with a null or empty string value." */
const saysNothing = (value: ClaimValue): boolean =>
  value === '' || (typeof value === 'object' && Object.keys(value).length === 0);
