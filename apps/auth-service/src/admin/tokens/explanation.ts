/**
 * Owns the explanation of a token: every rule by which a guard judges, and the verdict of the very verifier that guards use,
 * asked with what PostgreSQL knows. Does not own the rules. Nothing of the token is kept, and nothing it says is looked up
 * unless its signature is genuine: whoever writes a token himself learns nothing by it.
 */
import type { ApiStore } from '@latchkey/protocol';
import {
  type AccessTokenClaims,
  AccessTokenVerifier,
  type Clock,
  parseClaims,
  type RevocationKind,
  type VerificationKey,
  type VerificationKeys,
} from '@latchkey/tokens';
import type { KeySnapshot, StoredKey } from '@latchkey/tokens/issuing';
import { audienceOf, claimRules, formOfClaims, type Surroundings } from './claim-rules.js';
import { readToken, type ReadToken } from './form-rules.js';
import { keyRules } from './key-rules.js';
import { notJudged, type Rule, RULES } from './rule.js';
import { notLookedUp, standingRules } from './standing-rules.js';
import type { TokenStanding, TokenStandings } from './token-ports.js';

export interface ExplanationParts {
  readonly issuer: string;
  readonly apis: Pick<ApiStore, 'all'>;
  readonly keys: VerificationKeys;
  readonly stored: { list(): Promise<Pick<KeySnapshot, 'keys'>> };
  readonly standings: TokenStandings;
  /** What the doors of this instance have heard. */
  readonly knowledge: { freshness(): { readonly state: 'fresh' | 'stale' | 'loading' } };
  readonly clock: Clock;
}

export interface Explanation {
  readonly verdict: 'admitted' | 'refused';
  readonly tokenType: ReadToken['tokenType'];
  readonly rules: readonly Rule[];
  /** As the token says, whoever wrote it. */
  readonly claims: AccessTokenClaims | undefined;
}

export class TokenExplainer {
  constructor(private readonly parts: ExplanationParts) {}

  /** @throws Unavailable for what looks like an access token, while PostgreSQL does not answer */
  async explain(token: string): Promise<Explanation> {
    // 1. What is it? Cheap, and for garbage the end.
    const { tokenType, jws, rules } = readToken(token);
    if (jws === undefined) return whole({ verdict: 'refused', tokenType, rules, claims: undefined });

    // 2. Who has signed it?
    const { key, stored } = await this.#keyOf(jws.header.kid);
    const signed = keyRules(jws, key, stored);

    // 3. What does it say?
    const claims = parseClaims(jws.payload);
    const said = [formOfClaims(jws, claims)];
    const told = { tokenType, claims };
    const before = [...rules, ...signed.rules, ...said];
    if (claims === undefined) return whole({ ...told, verdict: 'refused', rules: before });
    const { issuer, apis, clock } = this.parts;
    const around: Surroundings = { issuer, apis: await apis.all(), now: clock.now() / 1000 };
    const claimed = [...before, ...claimRules(claims, jws, key, around), senderConstraint(claims)];

    // 4. What has become of it? Asked for what somebody vouches for.
    if (!signed.isSigned || key === undefined) {
      const why = 'nothing is looked up by what the token says, since its signature is not verified';
      return whole({ ...told, verdict: 'refused', rules: [...claimed, ...notLookedUp(why)] });
    }
    const standing = await this.parts.standings.standingOf(claims, key.kid);
    const all = [...claimed, ...standingRules(claims, standing), this.#staleness()];

    // 5. The verdict is the verifier's, and every rule that it knows is told above.
    const isGenuine = this.#judge(token, audienceOf(claims, around), standing);
    const holds = isGenuine && all.every(({ outcome }) => outcome !== 'failed');
    return whole({ ...told, verdict: holds ? 'admitted' : 'refused', rules: all });
  }

  /** Another instance may sign with a key that this one has not loaded yet. */
  async #keyOf(
    kid: string | undefined,
  ): Promise<{ readonly key: VerificationKey | undefined; readonly stored: StoredKey | undefined }> {
    if (kid === undefined) return { key: undefined, stored: undefined };
    const { keys } = await this.parts.stored.list();
    const stored = keys.find((each) => each.kid === kid);
    if (stored !== undefined && this.parts.keys.find(kid) === undefined) await this.parts.keys.changed();
    return { key: this.parts.keys.find(kid), stored };
  }

  #judge(token: string, audience: string | undefined, standing: TokenStanding): boolean {
    if (audience === undefined) return false;
    const { issuer, keys, clock } = this.parts;
    const matched: RevocationKind | undefined = standing.revocations[0]?.kind;
    const { longestLifetimeSeconds } = standing;
    const revocations = { match: () => matched, longestLifetimeSeconds };
    const verifier = new AccessTokenVerifier({ issuer, audience, keys, clock, revocations, rememberedSignatures: 0 });
    return verifier.judge(token).verdict === 'genuine';
  }

  /** PostgreSQL was asked: it is never stale. Of others only they themselves know. */
  #staleness(): Rule {
    const { state } = this.parts.knowledge.freshness();
    const elsewhere = 'a guard whose own is too old answers 503: see /admin/v1/guards';
    return notJudged(
      'staleness',
      `judged by PostgreSQL; what the doors of this service have heard is ${state}; ${elsewhere}`,
    );
  }
}

const senderConstraint = ({ cnf }: AccessTokenClaims): Rule =>
  notJudged(
    'cnf',
    cnf === undefined
      ? 'it is a bearer token'
      : 'it is bound to a key of its client (RFC 7800): whoever shows it must prove that, and here nobody does',
  );

/** Every rule is told, in its order. */
const whole = ({ rules, ...rest }: Explanation): Explanation => ({
  ...rest,
  rules: RULES.map((rule) => rules.find((each) => each.rule === rule) ?? notJudged(rule, 'it did not come to that')),
});
