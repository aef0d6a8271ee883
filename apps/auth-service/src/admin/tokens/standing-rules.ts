/**
 * Owns what has become of whoever a genuine token speaks for: what revokes it, and what a guard does not look at but an
 * operator wants to know. Does not own the finding of it.
 */
import { type AccessTokenClaims, REVOCATION_KINDS, type RevocationKind } from '@latchkey/tokens';
import { failed, judged, notJudged, passed, type Rule, type RuleName } from './rule.js';
import type { Holder, TokenStanding } from './token-ports.js';

export const standingRules = (claims: AccessTokenClaims, standing: TokenStanding): readonly Rule[] => [
  lifetime(claims, standing),
  ...REVOCATION_KINDS.map((kind) => revocation(kind, claims, standing)),
  generations(claims, standing),
  notJudged('client', `no guard asks; it is ${wordsOf(standing.client)}`),
  notJudged(
    'person',
    speaksForMachine(claims) ? 'it speaks for a client' : `no guard asks; it is ${wordsOf(standing.person)}`,
  ),
];

/** What can be said of a token that nobody vouches for: nothing is looked up by what it says. */
export const notLookedUp = (why: string): readonly Rule[] =>
  (
    [
      'lifetime',
      ...REVOCATION_KINDS.map((kind): RuleName => `revocation_${kind}`),
      ...(['generations', 'client', 'person'] as const),
    ] as const
  ).map((rule) => notJudged(rule, why));

/** revocation.md V2: "a guard refuses a token whose `exp − iat` is above it". */
const lifetime = ({ exp, iat }: AccessTokenClaims, { longestLifetimeSeconds: longest }: TokenStanding): Rule =>
  judged('lifetime', exp - iat <= longest, `${exp - iat} s`, `${exp - iat} s: no revocation is kept for so long`);

function revocation(kind: RevocationKind, claims: AccessTokenClaims, { revocations }: TokenStanding): Rule {
  const rule = `revocation_${kind}` as const;
  const matched = revocations.find((each) => each.kind === kind);
  if (matched !== undefined) return { ...failed(rule, `revoked: ${matched.cause}`), revocation: matched };
  if (kind === 'grant' && claims.grant_id === undefined) return passed(rule, 'it came from no grant');
  if (kind === 'session' && claims.sid === undefined) return passed(rule, 'it ends with no session');
  return passed(rule, 'no entry matches');
}

/** A guard judges them by the entries, which are kept as long as such tokens live. */
function generations(claims: AccessTokenClaims, standing: TokenStanding): Rule {
  const { gen } = claims;
  const parts = [
    `issuer ${gen.iss} of ${standing.issuerGeneration}`,
    `client ${gen.cli} of ${standing.client?.generation ?? 'none'}`,
    ...(speaksForMachine(claims) ? [] : [`subject ${gen.sub ?? 'none'} of ${standing.person?.generation ?? 'none'}`]),
  ];
  const isOld = standing.revocations.some(({ kind }) => kind === 'issuer' || kind === 'client' || kind === 'subject');
  const told = `born under ${parts.join(', ')}`;
  return judged('generations', !isOld, told, told);
}

const speaksForMachine = ({ sub, client_id }: AccessTokenClaims): boolean => sub === client_id;

const wordsOf = (holder: Holder | undefined): string => {
  if (holder === undefined) return 'not registered, or deleted';
  return holder.enabled ? 'registered and enabled' : 'disabled';
};
