/**
 * Owns the port of the store of keys: what is stored of each, and the one way to change any of it, which is a compare and
 * swap of all of them. Does not own sealing (key-encryption), the schedule, nor what is held in memory (key-ring).
 */
import type { JsonWebKey } from 'node:crypto';
import type { RevocationEntry } from '../revocation/entry.js';
import type { EpochMilliseconds } from '../time.js';
import type { Ring } from './ring.js';

/** RFC 7517 knows no states; ours are one way, and a key that was dropped or killed never comes back. */
export const KEY_STATES = ['announced', 'active', 'retired', 'dropped'] as const;
export type KeyState = (typeof KEY_STATES)[number];

/** One key as it is stored: the public half in the clear, whatever is secret sealed. */
export interface StoredKey {
  /** RFC 7638 thumbprint of the public key; random for HS256; `refresh-` and a number for refresh tokens. */
  readonly kid: string;
  readonly ring: Ring;
  readonly state: KeyState;
  /** Undefined for a symmetric key. */
  readonly publicJwk: JsonWebKey | undefined;
  /**
   * PKCS #8, or the octets of a symmetric key, sealed under `additionalDataOf`. Undefined when nobody needs it any more: a
   * private half when the key is retired, a symmetric key when it is dropped.
   */
  readonly sealedKey: string | undefined;
  readonly announcedAt: EpochMilliseconds;
  /** Planned: it does not sign before, nor before it was announced for its whole span. Null: until somebody says so. */
  readonly activeFrom: EpochMilliseconds | null;
  readonly activeAt: EpochMilliseconds | null;
  readonly retiredAt: EpochMilliseconds | null;
  readonly droppedAt: EpochMilliseconds | null;
  /** The id of the revocation by which it was killed; such a key verifies nothing, not even a hint. */
  readonly killedBy: string | null;
}

/** High-water marks: the longest that was ever in force, never lowered. */
export interface LongestLifetimes {
  /** Of access tokens and of ID tokens. */
  readonly tokenSeconds: number;
  /** Of refresh tokens, from the moment of the grant. */
  readonly refreshSeconds: number;
}

/** Everything, as it stood at one instant. */
export interface KeySnapshot {
  /** Raised by each change, and never the same twice, not even in a database that was restored from before. */
  readonly revision: number;
  /** The store's clock: the only one by which keys are rotated, however many instances there are. */
  readonly now: EpochMilliseconds;
  /** By announcedAt, then kid; dropped ones too, for as long as a hint may name them. */
  readonly keys: readonly StoredKey[];
  readonly longest: LongestLifetimes;
}

/** `at` of each is the store's clock as the snapshot told it. */
export type KeyChange =
  | { readonly type: 'insert'; readonly key: StoredKey }
  | { readonly type: 'hasten'; readonly kid: string; readonly activeFrom: EpochMilliseconds }
  | { readonly type: 'activate'; readonly kid: string; readonly at: EpochMilliseconds }
  | { readonly type: 'retire'; readonly kid: string; readonly at: EpochMilliseconds }
  | { readonly type: 'drop'; readonly kid: string; readonly at: EpochMilliseconds }
  /** Drops it and writes its revocation, which never expires (revocation.md V2). */
  | { readonly type: 'kill'; readonly kid: string; readonly at: EpochMilliseconds }
  /** The same secret, sealed with the KEY_ENCRYPTION_KEY of now. */
  | { readonly type: 'reseal'; readonly kid: string; readonly sealedKey: string };

/** Who changes keys, for the audit trail; absent for what the schedule does by itself. */
export interface KeyAct {
  readonly actor: string;
  readonly address?: string;
  /** Somebody waits until the guards have applied a kill. */
  readonly receipt: boolean;
}

export interface KeyStore {
  /** In one snapshot. Rejects when the store does not answer. */
  load(): Promise<KeySnapshot>;
  /** Cheap: asked several times a second by each instance. */
  revision(): Promise<Pick<KeySnapshot, 'revision' | 'now'>>;
  /**
   * All changes, in order, with an audit event for each, in one transaction that raises the revision, if it still is this
   * one; else `lost`, and nothing is written. Never a second active key in a ring, never a kid that was killed before.
   * @param decidedAt the snapshot's `now`: whoever was paused since then writes the instants of the commit, not of the plan, so
   * that no key counts as announced before anybody could see it, nor as retired while it still signed
   * @returns the revision afterwards, the revocations that were written (one for each kill), and how much later than `decidedAt`
   * everything was made
   */
  commit(
    revision: number,
    changes: readonly KeyChange[],
    act?: KeyAct,
    decidedAt?: EpochMilliseconds,
  ): Promise<'lost' | KeysCommitted>;
}

export interface KeysCommitted {
  readonly revision: number;
  readonly revocations: readonly RevocationEntry[];
  readonly lateMs: number;
}

/** The same for a key that is new. */
export const newKeyMadeLater = (key: StoredKey, lateMs: number): StoredKey => ({
  ...key,
  announcedAt: key.announcedAt + lateMs,
  activeAt: key.activeAt === null ? null : key.activeAt + lateMs,
});

/** The same change, made so much later than it was decided. What is planned stays planned. */
export const madeLater = (change: KeyChange, lateMs: number): KeyChange => {
  switch (change.type) {
    case 'insert':
      return { ...change, key: newKeyMadeLater(change.key, lateMs) };
    case 'activate':
    case 'retire':
    case 'drop':
    case 'kill':
      return { ...change, at: change.at + lateMs };
    case 'hasten':
    case 'reseal':
      return change;
  }
};
