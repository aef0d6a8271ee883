/** Owns what a workload is and who takes part in it. Does not own how it is measured (rounds). */
import type { Ammunition } from './load/plan.js';

/** As much as an entrant must know to bring enough. */
export interface Need {
  readonly connections: number;
  /** How many requests there will be, where each needs something of its own, such as a code. */
  readonly requests: number;
}

/** One program that takes part: what is asked of it, and which processes pay for the answers. */
export interface Entrant {
  readonly contender: string;
  readonly origins: readonly string[];
  readonly servers: () => readonly number[];
  /** PostgreSQL, Redis: what the servers lean on. */
  readonly stores: () => readonly number[];
  /** Anew before each round, outside of what is measured. */
  readonly ammunition: (need: Need) => Promise<Ammunition>;
}

export interface Workload {
  readonly name: string;
  /** What is done alike on all sides, and what is not; a sentence or two. */
  readonly does: string;
  /** What each request needs of its own takes so long to be got before a round: for the estimate alone. Nothing when left out. */
  readonly secondsToBring?: number;
  /** Interleaved in this order. */
  readonly entrants: readonly Entrant[];
}

/** The names of ours, of the other side, and of the least that anybody could do. */
export const LATCHKEY = 'latchkey';
export const OIDC_PROVIDER = 'oidc-provider';
export const OIDC_PROVIDER_DURABLE = 'oidc-provider, fsync';
export const FLOOR = 'floor';

/** What each of them is, a sentence or two each. */
export const CONTENDERS: Readonly<Record<string, string>> = {
  [LATCHKEY]:
    'auth-service as it is built, one process, PostgreSQL with fsync and a log as one has it that has run for a while, Redis; whatever it checks in production it checks here.',
  [OIDC_PROVIDER]:
    'oidc-provider, one process, set to the same clients, lifetimes, algorithms and JWT access tokens, with a Redis that keeps nothing on disk: what it has answered is lost with Redis. Its clients are in its configuration and are read from no store.',
  [OIDC_PROVIDER_DURABLE]:
    'The same, its Redis with appendonly yes and appendfsync always: what it has answered survives, as with ours.',
  [FLOOR]:
    'The least that anybody could do: node:http and the one thing that cannot be left out. It reads nothing that is sent and checks nothing.',
};
