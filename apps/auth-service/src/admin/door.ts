/**
 * Owns who may enter the admin API (admin-api.md A1): the same resource-guard that others get, with PostgreSQL to ask when
 * the feed is stale, so that the operator's brake works while Redis is down. Does not own scopes nor HTTP.
 */
import { Admission, type Admittance, bearerChallenge, findBearerToken, type Knowledge } from '@latchkey/resource-guard';
import {
  type AccessTokenClaims,
  AccessTokenVerifier,
  type Clock,
  onlyPublicKeys,
  type RevocationKind,
  type VerificationKeys,
} from '@latchkey/tokens';
import { SpentTokens } from './spent-tokens.js';

export interface AdminDoorParts {
  readonly issuer: string;
  /** The audience. */
  readonly adminUrl: string;
  readonly keys: VerificationKeys;
  /** What this instance has heard through the feed. */
  readonly knowledge: Knowledge & { match(claims: AccessTokenClaims, kid: string): RevocationKind | undefined };
  readonly maxStalenessMs: number;
  /** The truth, in PostgreSQL. @throws Unavailable */
  readonly isRevoked: (claims: AccessTokenClaims, kid: string) => Promise<boolean>;
  readonly clock: Clock;
}

export interface Knock {
  /** Every Authorization header, as it came. */
  readonly authorization: readonly string[];
  readonly query: string;
  readonly requiredScope: readonly string[];
}

/** What the door says; of a token that is genuine and good for nothing any more also whose it was. */
export type AdminAdmittance = Admittance & { readonly knownClient?: string };

/** For which a token may be refused although this issuer has signed it for somebody. */
const SPENT: ReadonlySet<string> = new Set(['expired', 'revoked', 'wrong_audience']);

const REALM = 'latchkey-admin';

/** Whatever was heard counts, however old: the door itself asks PostgreSQL when it is too old to say yes by. */
const HEARSAY: Knowledge = { judgeable: () => true, freshness: () => ({ state: 'fresh' }) };

export class AdminDoor {
  readonly #parts: AdminDoorParts;
  readonly #admission: Admission;
  /** Which key signed the token of these claims; the guard keeps that to itself. */
  readonly #spent: SpentTokens;
  readonly #kids = new WeakMap<AccessTokenClaims, string>();

  constructor(parts: AdminDoorParts) {
    this.#parts = parts;
    const { issuer, adminUrl: audience, clock, knowledge: revocations } = parts;
    // Not even the secret of an API that was registered under the address which the admin API has been given since.
    const keys = onlyPublicKeys(parts.keys);
    const verifier = new AccessTokenVerifier({ issuer, audience, keys, clock, revocations });
    this.#spent = new SpentTokens(issuer, keys);
    this.#admission = new Admission({
      verifier: {
        judge: (token) => {
          const judgement = verifier.judge(token);
          if (judgement.verdict === 'genuine') this.#kids.set(judgement.claims, judgement.kid);
          return judgement;
        },
      },
      keys,
      knowledge: HEARSAY,
      maxStalenessMs: parts.maxStalenessMs,
      onStale: 'refuse',
      realm: REALM,
    });
  }

  /** @throws Unavailable when the feed is stale and PostgreSQL does not answer either: 503, never 401 */
  async admit(knock: Knock): Promise<AdminAdmittance> {
    if (this.#judgeable()) {
      const answer = this.#withClient(await this.#admission.admit(knock), knock);
      // An answer that took its time, for keys that were not known yet, may have come after the knowledge grew too old.
      if (answer.answer !== 'admit' || this.#judgeable()) return answer;
    }
    const genuine = this.#withClient(await this.#admission.admit({ ...knock, requiredScope: [] }), knock);
    if (genuine.answer !== 'admit') return genuine;
    const kid = this.#kids.get(genuine.claims);
    if (kid === undefined || (await this.#parts.isRevoked(genuine.claims, kid))) {
      return { ...REVOKED, knownClient: genuine.claims.client_id };
    }
    return this.#admission.admit(knock);
  }

  /** Whose a refused token was, if it was genuine (admin-api.md A11: "401 with a known client"). */
  #withClient(answer: Admittance, knock: Knock): AdminAdmittance {
    if (answer.answer !== 'refuse' || !SPENT.has(answer.reason)) return answer;
    const bearer = findBearerToken(knock);
    const knownClient = bearer.found === 'token' ? this.#spent.clientOf(bearer.token) : undefined;
    return knownClient === undefined ? answer : { ...answer, knownClient };
  }

  #judgeable(): boolean {
    return this.#parts.knowledge.judgeable(this.#parts.maxStalenessMs);
  }

  /** What a caller is told whose token is good and whose scope is not (RFC 6750 §3.1). */
  challengeFor(missing: readonly string[]): string {
    return bearerChallenge({
      realm: REALM,
      error: 'insufficient_scope',
      errorDescription: `not granted: ${missing.join(' ')}`,
      scope: missing,
    });
  }
}

/** The same words as for any other token that is not valid (revocation.md V15). */
const INVALID = { error: 'invalid_token', error_description: 'the access token is not valid' } as const;
const REVOKED: Admittance = {
  answer: 'refuse',
  reason: 'revoked',
  refusal: {
    status: 401,
    challenge: bearerChallenge({
      realm: REALM,
      error: INVALID.error,
      errorDescription: INVALID.error_description,
    }),
    body: INVALID,
  },
};
