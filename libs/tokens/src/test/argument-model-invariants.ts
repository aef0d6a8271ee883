/**
 * Owns what must hold of the model of the argument after every step (revocation.md V7, V8, V11, V16, V17), by the true time.
 * Does not own what happens in it (argument-model).
 */
import type { AccessTokenClaims } from '../access-token/claims.js';
import type { RevocationEntry } from '../revocation/entry.js';
import type { EpochMilliseconds } from '../time.js';
import type { ModelGuard } from './argument-model-processes.js';
import type { Model } from './argument-model.js';
import { accessTokenClaims } from '../testing/mint-access-token.js';

interface Token {
  readonly entry: RevocationEntry;
  readonly claims: AccessTokenClaims;
  readonly kid: string;
}

/**
 * Monotonic clocks of the model run apart by less than this share (half a percent) of the time for which the wire's clock is
 * carried forward, which is since it was last told and no matter how old the newest watermark is; and it counts whole milliseconds.
 */
const DRIFT_SHARE = 0.01;
const ROUNDING_MS = 2;

export class Invariants {
  readonly #model: Model;
  readonly #tokens = new Map<string, Token>();
  readonly #known = new Map<ModelGuard, Set<string>>();
  /** Since when it must be true that nobody admits a token that this entry matches. */
  readonly #promised = new Map<string, EpochMilliseconds>();
  #wireSeen = -1;
  #heard = 0;

  constructor(model: Model) {
    this.#model = model;
  }

  /** @throws naming the item that does not hold */
  check(): void {
    const living = this.#model.database.living;
    this.#listen();
    for (const guard of this.#model.guards) {
      this.#membership(guard);
      const known = this.#knownTo(guard);
      const ageMs = guard.knowledge.freshness().ageMs;
      for (const { entry, committedAt } of living) {
        if (this.#refuses(guard, entry)) {
          // By the entry itself: whoever refuses what a forward step of Redis's clock has aged may admit it after the step back.
          if (this.#matches(guard, entry)) known.add(entry.id);
          continue;
        }
        if (known.has(entry.id)) throw new Error(`V7: ${nameOf(guard)} knew of an entry, and does not any more`);
        this.#freshness(guard, committedAt, ageMs);
        this.#receipt(guard, entry);
      }
    }
    this.#wire(living);
  }

  /** V13, after the faults: @throws when a guard does not know of a living entry. */
  complete(): void {
    for (const guard of this.#model.guards) {
      for (const { entry } of this.#model.database.living) {
        if (!this.#refuses(guard, entry)) throw new Error(`V13: ${nameOf(guard)} is fresh and lacks an entry`);
      }
    }
  }

  /** V11: whoever can say how old its knowledge is knows whatever was acknowledged before that. */
  #freshness(guard: ModelGuard, committedAt: EpochMilliseconds, ageMs: number): void {
    if (!Number.isFinite(ageMs)) return;
    const now = this.#model.now();
    const carriedMs = now - (guard.toldAt ?? now);
    const allowanceMs = carriedMs * DRIFT_SHARE + ROUNDING_MS + this.#model.redis.clockErrorMs;
    const ago = now - committedAt;
    if (ago > ageMs + allowanceMs) {
      throw new Error(`V11: ${nameOf(guard)} lacks what was acknowledged ${ago} ms ago, at an age of ${ageMs} ms`);
    }
  }

  /** V16: it admits only as one who stands on the register and, under `refuse`, holds its lease, fresh within its bound. */
  #membership(guard: ModelGuard): void {
    if (!guard.admits) return;
    const { membership, leaseMs } = guard;
    const { guards } = this.#model.database.roll();
    if (!guards.some(({ guardId }) => guardId === membership.guardId)) {
      throw new Error(`V16: ${nameOf(guard)} admits and stands on no register`);
    }
    if (guard.allow) return;
    const ageMs = guard.knowledge.freshness().ageMs;
    if (!(ageMs <= leaseMs)) throw new Error(`V11: ${nameOf(guard)} admits at an age of ${ageMs} ms`);
    const writtenAt = this.#model.redis.leaseWrittenAt(membership.guardId) ?? Number.NEGATIVE_INFINITY;
    const leaseAgeMs = this.#model.now() - writtenAt;
    if (leaseAgeMs > leaseMs) throw new Error(`V16: ${nameOf(guard)} admits by a lease of ${leaseAgeMs} ms ago`);
  }

  /** V17: `applied` is said only if it is true of every guard that could still admit the token. */
  #receipt(guard: ModelGuard, entry: RevocationEntry): void {
    const since = this.#promised.get(entry.id);
    if (since === undefined || this.#model.now() < since || !guard.admits) return;
    throw new Error(`V17: ${nameOf(guard)} admits what was said to be applied`);
  }

  #listen(): void {
    const { said, everyGuard, redis } = this.#model;
    for (; this.#heard < said.length; this.#heard += 1) {
      const one = said[this.#heard];
      if (one === undefined) return;
      // docs/revocation.md: a forward step of Redis's own clock may let a lease go that much too early.
      const since = this.#model.now() + redis.clockRiseMs;
      if (one.state === 'applied' && !this.#promised.has(one.entry.id)) this.#promised.set(one.entry.id, since);
      for (const { guard: judged, standing } of one.judged?.guards ?? []) {
        const guard = everyGuard.get(judged.guardId);
        if (guard === undefined || standing === 'silent') continue;
        if (standing === 'fenced' && guard.allow && guard.membership.freshness().state !== 'loading') {
          throw new Error(`V17: ${nameOf(guard)} admits on any knowledge, and was called fenced`);
        }
        if (redis.clockRiseMs === 0 && guard.admits && this.#lives(one.entry) && !this.#refuses(guard, one.entry)) {
          throw new Error(`V17: ${nameOf(guard)} was called ${standing}, and admits`);
        }
      }
    }
  }

  /** V8: what lives stands on the wire, before the newest watermark if it was acknowledged before that. */
  #wire(living: Model['database']['living']): void {
    const { redis } = this.#model;
    if (redis.changes === this.#wireSeen) return;
    this.#wireSeen = redis.changes;
    const standing = redis.standing();
    if (standing === undefined || standing.epoch !== this.#model.database.currentEpoch().epoch) return;
    for (const { entry, committedAt } of living) {
      if (committedAt >= standing.inspectedAt || standing.before.has(entry.id)) continue;
      throw new Error('V8: a living entry does not stand before the newest watermark');
    }
  }

  /** Of one that has ended no token is left to be admitted. */
  #lives({ id }: RevocationEntry): boolean {
    return this.#model.database.living.some(({ entry }) => entry.id === id);
  }

  #refuses(guard: ModelGuard, entry: RevocationEntry): boolean {
    return this.#matches(guard, entry) || this.#tokenOf(entry).claims.exp <= guard.knowledge.forgottenUpTo;
  }

  #matches({ knowledge }: ModelGuard, entry: RevocationEntry): boolean {
    const { claims, kid } = this.#tokenOf(entry);
    return knowledge.match(claims, kid) !== undefined;
  }

  /** The last token that the entry matches. */
  #tokenOf(entry: RevocationEntry): Token {
    const known = this.#tokens.get(entry.id);
    if (known !== undefined) return known;
    const { kind, value, expiresAt } = entry;
    const claims = accessTokenClaims({
      exp: expiresAt ?? Number.MAX_SAFE_INTEGER,
      ...(kind === 'token' ? { jti: value } : {}),
    });
    const token = { entry, claims, kid: kind === 'key' ? value : 'kid' };
    this.#tokens.set(entry.id, token);
    return token;
  }

  #knownTo(guard: ModelGuard): Set<string> {
    const known = this.#known.get(guard) ?? new Set<string>();
    this.#known.set(guard, known);
    return known;
  }
}

const nameOf = ({ party, allow }: ModelGuard): string => `${party.name} (${allow ? 'allow' : 'refuse'})`;
