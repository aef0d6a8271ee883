/**
 * Owns what an operator may do to keys: a successor early, a kill, an API's secrets. Each is a pure function of what is
 * stored. Does not own what is due by itself (rotation-schedule), nor committing (key-commits).
 */
import type { EpochMilliseconds } from '../time.js';
import { additionalDataOf } from './generate.js';
import type { Decide, Decision, NewKey, MakeKey } from './key-commits.js';
import type { KeyEncryption } from './key-encryption.js';
import { madeLater, newKeyMadeLater, type KeyChange, type StoredKey } from './key-store.js';
import { isScheduled, ringName, type Ring } from './ring.js';
import {
  activeOf,
  inRing,
  nextOf,
  planEarlySuccessor,
  type RotationSpans,
  type RotationStep,
} from './rotation-schedule.js';

export interface KilledKey {
  /** `before`: it had been killed already, and nothing was written. */
  readonly outcome: 'killed' | 'before';
  readonly key: StoredKey;
  /** The id of the revocation. */
  readonly revocation: string;
  /** Who signs in its place from now on, if it was the one that signed. */
  readonly successor?: Successor;
}

export interface Successor {
  readonly key: StoredKey;
  /** How long guards have been able to fetch it. */
  readonly announcedForMs: number;
  /** False when it signs earlier than it should. */
  readonly wholeSpan: boolean;
}

export type KillAnswer = KilledKey | { readonly outcome: 'unknown' };

/** Whether the key still is as whoever asks has seen it. Throws if not; then nothing is written. */
export type CheckKey = (standing: StoredKey) => void;

/** `last`: nobody would sign for the API. */
export type RemovalAnswer = { readonly removed: StoredKey; readonly successor?: StoredKey } | 'unknown' | 'last';

/** An API knows its old secret and its new one. */
const LIVE_SECRETS = 2;

export const earlySuccessors =
  (spans: RotationSpans): Decide<readonly StoredKey[]> =>
  ({ keys, now }, make) => {
    const rings = [...new Map(keys.map(({ ring }) => [ringName(ring), ring])).values()].filter(
      (ring) => isScheduled(ring) && activeOf(ring, keys) !== undefined,
    );
    const steps = rings.flatMap((ring) => planEarlySuccessor(ring, keys, now, spans) ?? []);
    const changes = changesFor(steps, now, make);
    return {
      changes,
      answer: (_revocations, lateMs) => {
        const made = changes.map((change) => madeLater(change, lateMs));
        const after = keysAfter(keys, made);
        return rings.flatMap((ring) => nextOf(ring, after) ?? []);
      },
    };
  };

export const kill =
  (kid: string, spans: RotationSpans, check?: CheckKey): Decide<KillAnswer> =>
  ({ keys, now }, make) => {
    const key = keys.find((each) => each.kid === kid);
    if (key === undefined) return nothing({ outcome: 'unknown' });
    check?.(key);
    const { killedBy } = key;
    if (killedBy !== null) return nothing({ outcome: 'before', key, revocation: killedBy });
    const succession = key.state === 'active' ? succeed(key.ring, keys, now, spans, make) : undefined;
    return {
      changes: [{ type: 'kill', kid, at: now }, ...(succession === undefined ? [] : [succession.change])],
      answer: ([revocation = ''], lateMs) => ({
        outcome: 'killed',
        key: { ...dropped(key, now + lateMs), killedBy: revocation },
        revocation,
        ...(succession === undefined ? {} : { successor: succession.successor(lateMs) }),
      }),
    };
  };

export const addSecret =
  (audience: string): Decide<NewKey | 'full'> =>
  ({ keys }, make) => {
    const ring: Ring = { algorithm: 'HS256', audience };
    const live = liveSecrets(ring, keys);
    if (live.length >= LIVE_SECRETS) return nothing('full');
    const made = make(ring, { as: live.length === 0 ? 'active' : 'announced', activeFrom: null });
    if (made === undefined) return nothing('full');
    return {
      changes: [{ type: 'insert', key: made.key }],
      answer: (_revocations, lateMs) => ({ ...made, key: newKeyMadeLater(made.key, lateMs) }),
    };
  };

export const removeSecret =
  (audience: string, kid: string, check?: CheckKey): Decide<RemovalAnswer> =>
  ({ keys, now: at }) => {
    const ring: Ring = { algorithm: 'HS256', audience };
    const key = liveSecrets(ring, keys).find((each) => each.kid === kid);
    if (key === undefined) return nothing('unknown');
    check?.(key);
    if (key.state === 'announced') {
      return {
        changes: [{ type: 'drop', kid, at }],
        answer: (_revocations, lateMs) => ({ removed: dropped(key, at + lateMs) }),
      };
    }
    const next = nextOf(ring, keys);
    if (next === undefined) return nothing('last');
    return {
      changes: [
        { type: 'retire', kid, at },
        { type: 'activate', kid: next.kid, at },
      ],
      answer: (_revocations, lateMs) => ({
        removed: { ...key, state: 'retired', retiredAt: at + lateMs },
        successor: { ...next, state: 'active', activeAt: at + lateMs },
      }),
    };
  };

/** Whatever was sealed with an earlier KEY_ENCRYPTION_KEY. @throws KeyEncryptionError for what no given key opens */
export const reseal =
  (encryption: KeyEncryption): Decide<number> =>
  ({ keys }) => {
    const changes = keys.flatMap((key): KeyChange[] => {
      if (key.sealedKey === undefined || encryption.isCurrent(key.sealedKey)) return [];
      const row = additionalDataOf(key);
      return [{ type: 'reseal', kid: key.kid, sealedKey: encryption.seal(encryption.open(key.sealedKey, row), row) }];
    });
    return { changes, answer: () => changes.length };
  };

export const changesFor = (
  steps: readonly RotationStep[],
  now: EpochMilliseconds,
  make: MakeKey,
): readonly KeyChange[] =>
  steps.flatMap((step): KeyChange[] => {
    switch (step.do) {
      case 'make': {
        const made = make(step.ring, step);
        return made === undefined ? [] : [{ type: 'insert', key: made.key }];
      }
      case 'hasten':
        return [{ type: 'hasten', kid: step.kid, activeFrom: step.activeFrom }];
      case 'activate':
      case 'retire':
      case 'drop':
        return [{ type: step.do, kid: step.kid, at: now }];
    }
  });

const succeed = (
  ring: Ring,
  keys: readonly StoredKey[],
  now: EpochMilliseconds,
  spans: RotationSpans,
  make: MakeKey,
): { readonly change: KeyChange; readonly successor: (lateMs: number) => Successor } | undefined => {
  const next = nextOf(ring, keys);
  if (next !== undefined) {
    return {
      change: { type: 'activate', kid: next.kid, at: now },
      successor: (lateMs) => {
        const activeAt = now + lateMs;
        const announcedForMs = activeAt - next.announcedAt;
        const wholeSpan = announcedForMs >= spans.announceMs;
        return { key: { ...next, state: 'active', activeAt }, announcedForMs, wholeSpan };
      },
    };
  }
  const made = isScheduled(ring) ? make(ring, { as: 'active', activeFrom: now }) : undefined;
  return made === undefined
    ? undefined
    : {
        change: { type: 'insert', key: made.key },
        successor: (lateMs) => ({
          key: newKeyMadeLater(made.key, lateMs),
          ...{ announcedForMs: 0, wholeSpan: false },
        }),
      };
};

const nothing = <Answer>(answer: Answer): Decision<Answer> => ({ changes: [], answer: () => answer });

/** One that was dropped before, and is killed, stays dropped since then. */
const dropped = (key: StoredKey, at: EpochMilliseconds): StoredKey => ({
  ...key,
  ...{ state: 'dropped', sealedKey: undefined, droppedAt: key.droppedAt ?? at },
});

const liveSecrets = (ring: Ring, keys: readonly StoredKey[]): readonly StoredKey[] =>
  inRing(ring, keys).filter(({ state }) => state === 'announced' || state === 'active');

const keysAfter = (keys: readonly StoredKey[], changes: readonly KeyChange[]): readonly StoredKey[] => [
  ...keys.map((key) => {
    const hastened = changes.find((change) => change.type === 'hasten' && change.kid === key.kid);
    return hastened?.type === 'hasten' ? { ...key, activeFrom: hastened.activeFrom } : key;
  }),
  ...changes.flatMap((change) => (change.type === 'insert' ? [change.key] : [])),
];
