/** Owns what one run of the bench has found, as it is written to a file and read from it. Does not own how it is shown. */
import type { Figure } from '../measurement.js';

/** Of whom a row tells: the product, somebody else's program that does the same, or the least that anybody could do. */
export interface Conditions {
  /** ISO 8601. */
  readonly date: string;
  readonly node: string;
  /** How many, and of which kind. */
  readonly processors: string;
  readonly memoryBytes: number;
  /** Of one minute, before and after. */
  readonly load: readonly [before: number, after: number];
  /**
   * How many processors others had on average, from the beginning to the end: as in Disturbed. The load does not tell it: most of
   * it is the bench's own. Older runs do not tell.
   */
  readonly others?: number;
  /** By name: PostgreSQL, Redis, oidc-provider, … */
  readonly versions: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly rounds: number;
  /** Of one round of one contender, where the load does not end by itself. */
  readonly secondsPerRound: number;
}

/** One contender in one workload. Microseconds are CPU time for each request. */
export interface Row {
  readonly workload: string;
  readonly contender: string;
  /** The highest of the rounds. */
  readonly requestsPerSecond: number;
  /** Milliseconds at that rate, the lowest of the rounds. */
  readonly p50: number;
  readonly p99: number;
  /** Of the processes under test: the lowest of the rounds. */
  readonly cpuMicros: number;
  readonly cpuMicrosSpan: readonly [lowest: number, highest: number];
  /** Of PostgreSQL and Redis together, in the round of the lowest cpuMicros. */
  readonly storeCpuMicros: number;
  /** Of the load generator, in that same round. */
  readonly generatorCpu: number;
  /** The most of one processor that the load generator took in any round: near 1 it was what all others waited for. */
  readonly generatorShare: number;
  /** How many answers there were in all rounds; each was a success, else the run has failed. */
  readonly requests: number;
}

/** One contender under a part of the rate that ours has reached: ours, and the floor of the same machine in turn with it. */
export interface Paced {
  readonly workload: string;
  readonly contender: string;
  /** Of the rate that ours has reached; half of it when left out, as older runs do. */
  readonly part?: number;
  readonly requestsPerSecond: number;
  /** Milliseconds, of the middle one of the rounds, by p99: most of them were no later. */
  readonly p50: number;
  readonly p99: number;
  /** Of each round, in order. At half load the first half of them came before all other workloads, the others after. Older runs do not tell. */
  readonly p99s?: readonly number[];
  /** Microseconds for each request, of the server and of its stores, in that round. Older runs do not tell. */
  readonly cpuMicros?: number;
  readonly storeCpuMicros?: number;
  /** In that round. Older runs do not tell. */
  readonly disturbed?: Disturbed;
}

/** What made a server late that is not the server. */
export interface Disturbed {
  /** Milliseconds, p99: how much later than each was due the generator looked at it, which is in the times. */
  readonly generatorLate: number;
  /** How many processors others had all the time: neither the bench nor what it has started; or the machine's own host. */
  readonly processors: number;
}

export interface BenchResult {
  readonly conditions: Conditions;
  /** What each contender does and does not do, a sentence each. */
  readonly contenders: Readonly<Record<string, string>>;
  /** In words, by workload: what is done alike on all sides, and what is not. */
  readonly workloads: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
  readonly paced: readonly Paced[];
  /** Whatever is no row: ratios, memory, start, image; with or without a goal. */
  readonly figures: readonly Figure[];
  /** Where it was asked for: small and large installations beside each other. */
  readonly scale?: Scaled;
}

/** In what an installation is larger than the small one. */
export type Respect = 'processes' | 'clients' | 'grants' | 'revocations';

/** The contender is an installation, which is called by what it has many of. */
export interface ScaledRow extends Row {
  readonly respect: Respect;
  readonly size: number;
  /** What the small one cost in the same rounds. */
  readonly smallMicros: number;
}

export interface Scaled {
  /** Its own: it may stand beside rows of another run. */
  readonly conditions: Conditions;
  /** How many of each the small one has. */
  readonly few: Readonly<Record<Respect, number>>;
  /** Of the small one, as it was measured last. */
  readonly small: readonly Row[];
  readonly rows: readonly ScaledRow[];
  readonly workloads: Readonly<Record<string, string>>;
}
