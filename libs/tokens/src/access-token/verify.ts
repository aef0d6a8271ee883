/**
 * Owns the judgement on an access token: genuine or not (RFC 9068 §4, RFC 8725, DESIGN: cheap first, signature last).
 * Does not own where keys and revocations come from, whether that knowledge is fresh, nor what the token allows.
 */
import { MAX_TOKEN_LENGTH, parseCompact, type CompactFault } from '../jws/compact.js';
import { verifyInput } from '../jws/signature.js';
import type { VerificationKey, VerificationKeys } from '../keys/verification-keys.js';
import type { RevocationKind } from '../revocation/entry.js';
import { EXPIRY_MARGIN_SECONDS, type RevocableClaims } from '../revocation/list.js';
import type { Clock, EpochSeconds } from '../time.js';
import type { AccessTokenClaims } from './claims.js';
import { frozen } from './frozen.js';
import { parseClaims } from './parse-claims.js';
import { isVerifiedBy, RememberedTokens } from './remembered-tokens.js';

/** For the log and for metrics alone. To the outside all of them are one `invalid_token`. */
export type RefusalReason =
  | CompactFault
  | 'wrong_type'
  | 'unknown_key'
  | 'wrong_algorithm'
  | 'wrong_issuer'
  | 'wrong_audience'
  | 'bad_claims'
  | 'expired'
  | 'not_yet_valid'
  | 'lifetime_too_long'
  | 'revoked'
  | 'bad_signature';

export type Judgement =
  | { readonly verdict: 'genuine'; readonly claims: AccessTokenClaims; readonly kid: string }
  | { readonly verdict: 'refused'; readonly reason: RefusalReason };

/**
 * For the issuer alone, which must read tokens that it has signed for others (RFC 7009 §2.1). An API that passed it would
 * accept tokens meant for its neighbours.
 */
export const EVERY_AUDIENCE = Symbol('every audience');

export interface AccessTokenVerifierOptions {
  /** Exactly as it stands in `iss`. */
  readonly issuer: string;
  /** What `aud` must contain; an API always names itself. */
  readonly audience: string | typeof EVERY_AUDIENCE;
  readonly keys: VerificationKeys;
  readonly revocations: {
    match(claims: RevocableClaims, kid: string): RevocationKind | undefined;
    /** Tokens that end no later are expired, whatever the clock says now: their revocations may have been forgotten. */
    readonly forgottenUpTo?: EpochSeconds;
    /** A token whose `exp − iat` is above it is refused: no revocation of it would be kept (revocation.md V2). */
    readonly longestLifetimeSeconds?: number | undefined;
  };
  readonly clock: Clock;
  /** How far the issuer's clock may be ahead of ours, for iat and nbf, and how long a token outlives exp. Default 5. */
  readonly clockToleranceSeconds?: number;
  /** A stricter bound of this verifier's own on `exp − iat`. */
  readonly maxLifetimeSeconds?: number;
  /**
   * How many tokens are remembered with what they say, once their signature was verified; default 10000, 0 for none. Each
   * needs about 1.2 KB of memory, so that 10000 need 12 MB. Whatever was refused is never remembered.
   */
  readonly rememberedSignatures?: number;
}

const refused = (reason: RefusalReason): Judgement => ({ verdict: 'refused', reason });

/** RFC 9068 §4: "verify that the typ header value is at+jwt or application/at+jwt"; media types know no case. */
const ACCEPTED_TYPES = new Set(['at+jwt', 'application/at+jwt']);

export class AccessTokenVerifier {
  readonly #options: AccessTokenVerifierOptions;
  readonly #tolerance: number;
  readonly #remembered: RememberedTokens | undefined;

  constructor(options: AccessTokenVerifierOptions) {
    this.#options = options;
    this.#tolerance = options.clockToleranceSeconds ?? 5;
    // A revocation must outlive the token that it names.
    if (!(this.#tolerance >= 0 && this.#tolerance < EXPIRY_MARGIN_SECONDS)) {
      throw new RangeError(`clockToleranceSeconds must lie between 0 and ${EXPIRY_MARGIN_SECONDS - 1}.`);
    }
    const { rememberedSignatures = 10_000 } = options;
    if (rememberedSignatures > 0) this.#remembered = new RememberedTokens(rememberedSignatures);
  }

  /**
   * Judges in memory, synchronously, without I/O. After `unknown_key` the caller may refresh the keys and judge again.
   *
   * Not checked: whether the revocations are fresh and the keys loaded (ask first), the scope, the sender constraint.
   */
  judge(token: string): Judgement {
    // Nothing is counted over a token that is too long, not even its digest.
    if (token.length > MAX_TOKEN_LENGTH) return refused('too_long');
    if (this.#remembered === undefined) return this.#judgeNew(token);
    const name = RememberedTokens.nameOf(token);
    return this.#judgeRemembered(name, this.#remembered) ?? this.#judgeNew(token, name);
  }

  /** Asks everything but what the token says and whether it was signed. Undefined: it must be judged anew. */
  #judgeRemembered(name: string, remembered: RememberedTokens): Judgement | undefined {
    const known = remembered.get(name);
    if (known === undefined) return undefined;
    const key = this.#options.keys.find(known.namedKid);
    // revocation.md V15: it "falls with the key".
    if (key === undefined || !isVerifiedBy(known, key)) {
      remembered.forget(name);
      return undefined;
    }
    const reason = this.#judgeClaims(known.genuine.claims, known.notBefore, key);
    return reason === undefined ? known.genuine : refused(reason);
  }

  #judgeNew(token: string, name?: string): Judgement {
    const parsed = parseCompact(token);
    if (!parsed.ok) return refused(parsed.fault);
    const { header, payload, signingInput, signature } = parsed.jws;
    if (!ACCEPTED_TYPES.has(header.typ?.toLowerCase() ?? '')) return refused('wrong_type');
    const key = header.kid === undefined ? undefined : this.#options.keys.find(header.kid);
    if (header.kid === undefined || key === undefined) return refused('unknown_key');
    // RFC 8725 §3.1: "each key MUST be used with exactly one algorithm, and this MUST be checked".
    if (header.alg !== key.algorithm) return refused('wrong_algorithm');
    const claims = parseClaims(payload);
    if (claims === undefined) return refused('bad_claims');
    const notBefore = payload['nbf'];
    const reason = this.#judgeClaims(claims, notBefore, key);
    if (reason !== undefined) return refused(reason);
    if (!verifyInput(key.algorithm, key.key, signingInput, signature)) return refused('bad_signature');
    const genuine = Object.freeze({ verdict: 'genuine', claims: frozen(claims), kid: key.kid } as const);
    if (name !== undefined) {
      const { algorithm, key: by } = key;
      this.#remembered?.add(name, { namedKid: header.kid, algorithm, key: by, notBefore, genuine });
    }
    return genuine;
  }

  /** Whatever an issuer, an API, a clock, a key or a revocation has to say of the claims: asked on every call. */
  #judgeClaims(claims: AccessTokenClaims, nbf: unknown, key: VerificationKey): RefusalReason | undefined {
    // RFC 9068 §4: "The issuer identifier […] MUST exactly match the value of the iss claim."
    if (claims.iss !== this.#options.issuer) return 'wrong_issuer';
    if (!this.#forUs(claims.aud, key)) return 'wrong_audience';
    const now = this.#options.clock.now() / 1000;
    // RFC 7519 §4.1.4: "the current date/time MUST be before the expiration date/time".
    if (now >= claims.exp + this.#tolerance) return 'expired';
    if (claims.exp <= (this.#options.revocations.forgottenUpTo ?? 0)) return 'expired';
    if (claims.iat > now + this.#tolerance) return 'not_yet_valid';
    if (nbf !== undefined && typeof nbf !== 'number') return 'bad_claims';
    // RFC 7519 §4.1.5: "the current date/time MUST be after or equal to the not-before date/time".
    if (nbf !== undefined && nbf > now + this.#tolerance) return 'not_yet_valid';
    if (claims.exp - claims.iat > this.#longestLifetimeSeconds()) return 'lifetime_too_long';
    return this.#options.revocations.match(claims, key.kid) === undefined ? undefined : 'revoked';
  }

  /** revocation.md V2: "a guard refuses a token whose `exp − iat` is above it", however the two bounds compare. */
  #longestLifetimeSeconds(): number {
    const { maxLifetimeSeconds = Number.POSITIVE_INFINITY, revocations } = this.#options;
    return Math.min(maxLifetimeSeconds, revocations.longestLifetimeSeconds ?? Number.POSITIVE_INFINITY);
  }

  /**
   * RFC 9068 §4: "The resource server MUST validate that the aud claim contains a resource indicator value
   * corresponding to an identifier the resource server expects for itself." Whoever holds a shared secret could write
   * any audience, so that a symmetric key speaks for its one API alone.
   */
  #forUs(aud: string | readonly string[], key: VerificationKey): boolean {
    const audiences = typeof aud === 'string' ? [aud] : aud;
    const { audience } = this.#options;
    if (audience !== EVERY_AUDIENCE && !audiences.includes(audience)) return false;
    if (key.key.type !== 'secret') return true;
    return audiences.length === 1 && audiences[0] === key.soleAudience;
  }
}
