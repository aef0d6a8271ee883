/**
 * Owns the answer to one request: admit, refuse or cannot tell (revocation.md V11, V12), and how each is said over HTTP.
 * Does not own where keys and revocations come from (the guard composes them), nor any framework.
 */
import type { AccessTokenClaims, Judgement, RefusalReason, VerificationKeys } from '@latchkey/tokens';
import {
  bearerChallenge,
  findBearerToken,
  type BearerError,
  type BearerFault,
  type PresentedCredentials,
} from './bearer.js';

export interface AdmissionRequest extends PresentedCredentials {
  /** Every one of them must have been granted. */
  readonly requiredScope: readonly string[];
  /** A bound of this route's own, in milliseconds; it can only tighten the deployment's, and binds even under `allow`. */
  readonly maxStalenessMs?: number | undefined;
}

/** For the log and for metrics: a closed set, no claim and no token among them. */
export type AdmissionReason =
  | RefusalReason
  | BearerFault
  | 'no_token'
  | 'insufficient_scope'
  | 'keys_not_loaded'
  | 'keys_outdated'
  | 'revocations_not_loaded'
  | 'revocations_stale';

export interface Refusal {
  readonly status: 400 | 401 | 403;
  /** The value of WWW-Authenticate. */
  readonly challenge: string;
  /** Empty when the request carried no token: RFC 6750 §3.1 says no error then. */
  readonly body: { readonly error?: BearerError; readonly error_description?: string };
}

export type Admittance =
  | {
      readonly answer: 'admit';
      readonly claims: AccessTokenClaims;
      readonly grantedScope: ReadonlySet<string>;
    }
  | { readonly answer: 'refuse'; readonly refusal: Refusal; readonly reason: AdmissionReason }
  | {
      readonly answer: 'cannot-tell';
      readonly status: 503;
      readonly retryAfterSeconds: number;
      readonly reason: AdmissionReason;
      /** Present when the token is genuine and only the age of the revocations, or the lease, stands in the way. */
      readonly claims?: AccessTokenClaims;
    };

/** What an admission asks of the revocations; GuardMembership has it. */
export interface Knowledge {
  /** True when a complete load is not older than this, and the guard may admit by it (revocation.md V16). */
  judgeable(maxStalenessMs: number): boolean;
  /** `loading`: nothing may be admitted, `allow` or not: it is not registered, not loaded, or has ended. */
  freshness(): { readonly state: 'fresh' | 'stale' | 'loading' };
}

export interface AdmissionOptions {
  readonly verifier: { judge(token: string): Judgement };
  readonly keys: Pick<VerificationKeys, 'loaded' | 'outdated' | 'refresh'>;
  readonly knowledge: Knowledge;
  readonly maxStalenessMs: number;
  readonly onStale: 'refuse' | 'allow';
  readonly realm?: string | undefined;
  /** RFC 9728 §5.1. */
  readonly resourceMetadata?: string | undefined;
}

const RETRY_AFTER_SECONDS = 1;

export class Admission {
  readonly #options: AdmissionOptions;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /**
   * Answers at once, in memory, unless the token names a key that is not known: then the keys are asked for (by all such
   * requests together, at most once in a while) and the answer is a promise. Never rejects.
   *
   * A refusal is said whenever it is certain, however old the revocations are, since nothing is ever un-revoked; whoever
   * would have been admitted on knowledge that is too old is told 503.
   */
  admit(request: AdmissionRequest): Admittance | Promise<Admittance> {
    const bearer = findBearerToken(request);
    // RFC 6750 §3.1: "If the request lacks any authentication information […], the resource server SHOULD NOT include an
    // error code or other error information."
    if (bearer.found === 'nothing') return this.#refuse(401, 'no_token');
    if (bearer.found === 'fault') return this.#refuse(400, bearer.fault, 'invalid_request', bearer.description);
    // revocation.md V13: before its first complete load a guard refuses, `allow` or not; V16: it "registers before it first
    // admits and deregisters after it stops".
    if (!this.#options.keys.loaded) return cannotTell('keys_not_loaded');
    if (this.#options.knowledge.freshness().state === 'loading') return cannotTell('revocations_not_loaded');

    const judgement = this.#options.verifier.judge(bearer.token);
    if (judgement.verdict === 'genuine' || judgement.reason !== 'unknown_key') return this.#answer(judgement, request);
    return this.#askForKeys(bearer.token, request);
  }

  async #askForKeys(token: string, request: AdmissionRequest): Promise<Admittance> {
    await this.#options.keys.refresh();
    const judgement = this.#options.verifier.judge(token);
    if (judgement.verdict === 'genuine' || judgement.reason !== 'unknown_key') return this.#answer(judgement, request);
    // Newer keys were announced and are not here, or a guard that hears nothing has not heard of them either: it cannot tell
    // a new key from no key.
    if (this.#options.keys.outdated) return cannotTell('keys_outdated');
    if (!this.#fresh(request)) return cannotTell('revocations_stale');
    return this.#answer(judgement, request);
  }

  #answer(judgement: Judgement, request: AdmissionRequest): Admittance {
    // One answer for every reason (revocation.md V15): it says nothing of a token that we have not verified.
    if (judgement.verdict === 'refused') {
      return this.#refuse(401, judgement.reason, 'invalid_token', 'the access token is not valid');
    }
    const { claims } = judgement;
    if (!this.#fresh(request)) return cannotTell('revocations_stale', claims);

    const grantedScope = new Set(claims.scope === undefined ? [] : claims.scope.split(' '));
    const missing = request.requiredScope.filter((scope) => !grantedScope.has(scope));
    if (missing.length > 0) {
      // RFC 6750 §3.1: insufficient_scope "MAY include the scope attribute with the scope necessary to access".
      return this.#refuse(
        403,
        'insufficient_scope',
        'insufficient_scope',
        `not granted: ${missing.join(' ')}`,
        request.requiredScope,
      );
    }
    return { answer: 'admit', claims, grantedScope };
  }

  #fresh({ maxStalenessMs }: AdmissionRequest): boolean {
    const { knowledge, onStale, maxStalenessMs: deployment } = this.#options;
    if (maxStalenessMs !== undefined && !knowledge.judgeable(Math.min(maxStalenessMs, deployment))) return false;
    return onStale === 'allow' || knowledge.judgeable(deployment);
  }

  #refuse(
    status: Refusal['status'],
    reason: AdmissionReason,
    error?: BearerError,
    description?: string,
    scope?: readonly string[],
  ): Admittance {
    const { realm, resourceMetadata } = this.#options;
    const said = error === undefined || description === undefined ? {} : { error, errorDescription: description };
    const challenge = bearerChallenge({ realm, ...said, ...(scope === undefined ? {} : { scope }), resourceMetadata });
    const body = error === undefined || description === undefined ? {} : { error, error_description: description };
    return { answer: 'refuse', refusal: { status, challenge, body }, reason };
  }
}

// revocation.md V12: "it answers 503 with Retry-After, never 401 and never 200".
const cannotTell = (reason: AdmissionReason, claims?: AccessTokenClaims): Admittance => ({
  answer: 'cannot-tell',
  status: 503,
  retryAfterSeconds: RETRY_AFTER_SECONDS,
  reason,
  ...(claims === undefined ? {} : { claims }),
});
