/**
 * Owns what a ring is: the keys that follow one another in one use. In each at most one key signs. Does not own the keys.
 */
import { SIGNING_ALGORITHMS } from '../jws/algorithms.js';

/** `refresh`: the MAC of refresh tokens. It is no signature of a JWT, and never in a JWK Set. */
export const RING_ALGORITHMS = [...SIGNING_ALGORITHMS, 'refresh'] as const;
export type RingAlgorithm = (typeof RING_ALGORITHMS)[number];

export interface Ring {
  readonly algorithm: RingAlgorithm;
  /** For HS256, and for it alone: the API with which the secret is shared (RFC 8725 §3.1: one key, one use). */
  readonly audience?: string;
}

/** Equal for equal rings. */
export const ringName = ({ algorithm, audience }: Ring): string =>
  audience === undefined ? algorithm : `${algorithm} ${audience}`;

/** Secrets, one value on both sides; everything else has a public half. */
export const isSymmetric = ({ algorithm }: Ring): boolean => algorithm === 'HS256' || algorithm === 'refresh';

/** Rotated by the schedule. A secret shared with an API is changed by its people, since they must carry it there. */
export const isScheduled = ({ algorithm }: Ring): boolean => algorithm !== 'HS256';
