/** Owns how a row of `auth.keys` reads as a key of the port. Does not own the statements, nor what is sealed in it. */
import type { JsonWebKey } from 'node:crypto';
import { KEY_STATES, RING_ALGORITHMS, type Ring, type StoredKey } from '@latchkey/tokens/issuing';

export interface KeyColumns {
  readonly kid: string;
  readonly algorithm: string;
  readonly audience: string;
  readonly state: string;
  readonly public_jwk: JsonWebKey | null;
  readonly sealed_key: string | null;
  readonly announced_at: Date;
  readonly active_from: Date | null;
  readonly active_at: Date | null;
  readonly retired_at: Date | null;
  readonly dropped_at: Date | null;
  /** Of its revocation, if it was killed. */
  readonly killed_by: string | null;
  readonly killed_at: Date | null;
}

/** `k` is its row, `r` its revocation or nothing. */
export const KEY_COLUMNS = `k.kid, k.algorithm, k.audience, k.state, k.public_jwk, k.sealed_key, k.announced_at,
  k.active_from, k.active_at, k.retired_at, k.dropped_at, r.id AS killed_by, r.created_at AS killed_at`;

/** The one revocation of a key, if it was killed (revocation.md V2: it never expires). */
export const JOIN_ITS_REVOCATION = `LEFT JOIN auth.revocations r ON r.kind = 'key' AND r.value = k.kid`;

/**
 * Of `auth.key_revision`. In a database that was restored from before, a revision of a later day is not given out a second
 * time: guards hold the other keys under it.
 */
export const NEXT_REVISION =
  'revision = greatest(revision + 1, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint)';

/** @throws Error for a row that this version cannot understand */
export const keyFrom = (row: KeyColumns): StoredKey => {
  const algorithm = RING_ALGORITHMS.find((known) => known === row.algorithm);
  const state = KEY_STATES.find((known) => known === row.state);
  if (state === undefined || algorithm === undefined) {
    throw new Error(`The key ${row.kid} has a state or an algorithm that this version does not know.`);
  }
  const key: StoredKey = {
    ...{ kid: row.kid, ring: ringOf(algorithm, row.audience), state },
    publicJwk: row.public_jwk ?? undefined,
    sealedKey: row.sealed_key ?? undefined,
    announcedAt: row.announced_at.getTime(),
    activeFrom: row.active_from?.getTime() ?? null,
    activeAt: row.active_at?.getTime() ?? null,
    retiredAt: row.retired_at?.getTime() ?? null,
    droppedAt: row.dropped_at?.getTime() ?? null,
    killedBy: row.killed_by,
  };
  if (row.killed_at === null) return key;
  // revocation.md V2: "a killed thumbprint is never accepted again", whatever a restored row says.
  return { ...key, state: 'dropped', sealedKey: undefined, droppedAt: key.droppedAt ?? row.killed_at.getTime() };
};

const ringOf = (algorithm: Ring['algorithm'], audience: string): Ring =>
  audience === '' ? { algorithm } : { algorithm, audience };

/** For an INSERT of all columns that a key has. */
export const parametersOf = (key: StoredKey): readonly unknown[] => [
  ...[key.kid, key.ring.algorithm, key.ring.audience ?? '', key.state],
  ...[key.publicJwk === undefined ? null : JSON.stringify(key.publicJwk), key.sealedKey ?? null],
  ...[new Date(key.announcedAt), dateOrNull(key.activeFrom), dateOrNull(key.activeAt)],
];

const dateOrNull = (milliseconds: number | null): Date | null =>
  milliseconds === null ? null : new Date(milliseconds);
