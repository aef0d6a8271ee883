/**
 * Owns the claims about a person that OpenID Connect Core §5.1 defines, and the scope that asks for each (§5.4). Does not own
 * whether a person allows them, nor their values.
 */

const CLAIMS_BY_SCOPE: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'profile',
    [
      ...['name', 'family_name', 'given_name', 'middle_name', 'nickname', 'preferred_username', 'profile', 'picture'],
      ...['website', 'gender', 'birthdate', 'zoneinfo', 'locale', 'updated_at'],
    ],
  ],
  ['email', ['email', 'email_verified']],
  ['address', ['address']],
  ['phone', ['phone_number', 'phone_number_verified']],
]);

const SCOPE_BY_CLAIM: ReadonlyMap<string, string> = new Map(
  [...CLAIMS_BY_SCOPE].flatMap(([scope, claims]) => claims.map((claim) => [claim, scope] as const)),
);

/** Each of them, in the order of §5.4. */
export const standardClaims = (): readonly string[] => [...SCOPE_BY_CLAIM.keys()];

/** The claims that a scope asks for; none for any other scope. */
export const claimsOfScope = (scope: string): readonly string[] => CLAIMS_BY_SCOPE.get(scope) ?? [];

/** The scope that asks for this claim among others; undefined for what is no claim about a person. */
export const scopeOfClaim = (claim: string): string | undefined => SCOPE_BY_CLAIM.get(claim);
