/**
 * Owns when a key is made, signs, stops and is forgotten: a pure function of what is stored, of the present and of three
 * spans. Whoever asks late gets the same answer later, never another. Does not own making keys (generate), nor committing
 * the answer (key-rotation).
 */
import type { EpochMilliseconds } from '../time.js';
import type { LongestLifetimes, StoredKey } from './key-store.js';
import { isScheduled, type Ring, ringName } from './ring.js';

export interface RotationSpans {
  /** In the JWKS before it signs, so that every guard has fetched it. */
  readonly announceMs: number;
  /** Signing. */
  readonly useMs: number;
  /** Verifying, after it has signed for the last time; longer where a token may live longer. */
  readonly keepMs: number;
}

/** What to do, in order. The steps of one ring belong into one commit. */
export type RotationStep =
  | {
      readonly do: 'make';
      readonly ring: Ring;
      readonly as: 'announced' | 'active';
      readonly activeFrom: EpochMilliseconds;
    }
  | { readonly do: 'hasten'; readonly kid: string; readonly activeFrom: EpochMilliseconds }
  | { readonly do: 'retire'; readonly kid: string }
  | { readonly do: 'activate'; readonly kid: string }
  | { readonly do: 'drop'; readonly kid: string };

/** How far the clocks of instances and guards may be apart, and how long an instance may sign with a key that has retired. */
export const ROTATION_SKEW_MS = 60_000;

/** How long a retired key of this ring verifies: never shorter than what it has signed lives. */
export const keepMsOf = (ring: Ring, spans: RotationSpans, longest: LongestLifetimes): number => {
  const lifetimeSeconds = ring.algorithm === 'refresh' ? longest.refreshSeconds : longest.tokenSeconds;
  return Math.max(spans.keepMs, lifetimeSeconds * 1000 + ROTATION_SKEW_MS);
};

/** When an announced key may sign: as planned, and after its whole span even if that was made longer meanwhile. */
export const maySignFrom = (key: StoredKey, spans: RotationSpans): EpochMilliseconds =>
  Math.max(key.activeFrom ?? Number.POSITIVE_INFINITY, key.announcedAt + spans.announceMs);

export interface RotationPlan {
  readonly steps: readonly RotationStep[];
  /** When to ask again if nothing else changes; infinite when nothing is due ever. */
  readonly dueAt: EpochMilliseconds;
}

/** @param rings those that must have an active key; a ring that has keys already goes on without being named */
export const planRotation = (
  {
    keys,
    now,
    longest,
  }: { readonly keys: readonly StoredKey[]; readonly now: number; readonly longest: LongestLifetimes },
  spans: RotationSpans,
  rings: readonly Ring[],
): RotationPlan => {
  const plans = ringsOf(keys, rings).map(({ ring, keys: own }) => {
    const follow = isScheduled(ring) ? planSuccession(ring, own, now, spans) : NOTHING_DUE;
    const forget = planForgetting(own, now, keepMsOf(ring, spans, longest));
    return { steps: [...follow.steps, ...forget.steps], dueAt: Math.min(follow.dueAt, forget.dueAt) };
  });
  return {
    steps: plans.flatMap(({ steps }) => steps),
    dueAt: Math.min(Number.POSITIVE_INFINITY, ...plans.map(({ dueAt }) => dueAt)),
  };
};

/** An operator wants a successor as soon as one may sign: the one that stands is hastened, else one is announced. */
export const planEarlySuccessor = (
  ring: Ring,
  keys: readonly StoredKey[],
  now: EpochMilliseconds,
  spans: RotationSpans,
): RotationStep | undefined => {
  const next = nextOf(ring, keys);
  if (next === undefined) return { do: 'make', ring, as: 'announced', activeFrom: now + spans.announceMs };
  const soonest = Math.max(now, next.announcedAt + spans.announceMs);
  return next.activeFrom !== null && next.activeFrom <= soonest
    ? undefined
    : { do: 'hasten', kid: next.kid, activeFrom: soonest };
};

/** The announced key that is to sign next: the one that was announced first. */
export const nextOf = (ring: Ring, keys: readonly StoredKey[]): StoredKey | undefined =>
  inRing(ring, keys)
    .filter(({ state }) => state === 'announced')
    .sort((a, b) => a.announcedAt - b.announcedAt || (a.kid < b.kid ? -1 : 1))[0];

export const activeOf = (ring: Ring, keys: readonly StoredKey[]): StoredKey | undefined =>
  inRing(ring, keys).find(({ state }) => state === 'active');

export const inRing = (ring: Ring, keys: readonly StoredKey[]): StoredKey[] =>
  keys.filter((key) => ringName(key.ring) === ringName(ring));

const NOTHING_DUE: RotationPlan = { steps: [], dueAt: Number.POSITIVE_INFINITY };

const planSuccession = (
  ring: Ring,
  keys: readonly StoredKey[],
  now: EpochMilliseconds,
  spans: RotationSpans,
): RotationPlan => {
  const active = activeOf(ring, keys);
  const next = nextOf(ring, keys);
  if (active === undefined) {
    // The first of an empty ring has nobody to follow; and when nobody signs, whoever was announced does, however lately.
    const step: RotationStep =
      next === undefined ? { do: 'make', ring, as: 'active', activeFrom: now } : { do: 'activate', kid: next.kid };
    return { steps: [step], dueAt: now };
  }
  const usedUp = (active.activeAt ?? active.announcedAt) + spans.useMs;
  if (next === undefined) {
    const announceAt = usedUp - spans.announceMs;
    if (now < announceAt) return { steps: [], dueAt: announceAt };
    // Announced late, it signs late: the span is kept, not the plan.
    const activeFrom = Math.max(usedUp, now + spans.announceMs);
    return { steps: [{ do: 'make', ring, as: 'announced', activeFrom }], dueAt: now };
  }
  const from = maySignFrom(next, spans);
  if (now < from) return { steps: [], dueAt: from };
  return {
    steps: [
      { do: 'retire', kid: active.kid },
      { do: 'activate', kid: next.kid },
    ],
    dueAt: now,
  };
};

const planForgetting = (keys: readonly StoredKey[], now: EpochMilliseconds, keepMs: number): RotationPlan => {
  const retired = keys.flatMap(({ kid, state, retiredAt }) =>
    state === 'retired' && retiredAt !== null ? [{ kid, until: retiredAt + keepMs }] : [],
  );
  return {
    steps: retired.filter(({ until }) => until <= now).map(({ kid }) => ({ do: 'drop', kid })),
    dueAt: Math.min(Number.POSITIVE_INFINITY, ...retired.map(({ until }) => Math.max(until, now))),
  };
};

/** Each ring with its keys; of a ring that is not wanted, only if a key of it still lives. */
const ringsOf = (
  keys: readonly StoredKey[],
  wanted: readonly Ring[],
): readonly { readonly ring: Ring; readonly keys: readonly StoredKey[] }[] => {
  const rings = new Map(wanted.map((ring) => [ringName(ring), ring]));
  for (const { ring, state } of keys) if (state !== 'dropped') rings.set(ringName(ring), ring);
  return [...rings.values()].map((ring) => ({ ring, keys: inRing(ring, keys) }));
};
