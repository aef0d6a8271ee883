/** Owns what the load generator is told to send, and what it tells afterwards. Does not own the sending (gun). */

export interface Shot {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** '' for none. */
  readonly body: string;
}

export type Ammunition =
  /** Each in turn, and again from the first on. */
  | { readonly kind: 'repeat'; readonly shots: readonly Shot[] }
  /** Each once; the load ends when none is left. */
  | { readonly kind: 'once'; readonly shots: readonly Shot[] }
  /**
   * One chain for each shot, as many at once: what the JSON of an answer holds as `field` is, after `prefix`, the whole body
   * of the chain's next shot.
   */
  | { readonly kind: 'chain'; readonly shots: readonly Shot[]; readonly field: string; readonly prefix: string };

export interface Plan {
  /** Where it is sent, the connections spread over them. */
  readonly origins: readonly string[];
  readonly ammunition: Ammunition;
  /** Kept alive; each has at most one request under way. */
  readonly connections: number;
  /** After so many no more are sent. No end when left out. */
  readonly requests?: number;
  /** After so long no more are sent, once there have been `atLeast` so many. No end when left out. */
  readonly seconds?: number;
  /** 0 when left out. Without meaning for a paced load. */
  readonly atLeast?: number;
  /** So many are due in each second, whether or not the ones before were answered. As many as can be when left out. */
  readonly ratePerSecond?: number;
}

export interface Volley {
  /** Answered, whatever the answer was. */
  readonly requests: number;
  /** From the first to the last of them. */
  readonly seconds: number;
  /** Milliseconds; of a paced load from the moment on which it was due, the waiting for a free connection included. */
  readonly p50: number;
  readonly p99: number;
  /** Milliseconds; of a paced load, how long after each fell due the generator looked at it: its own part of those times. */
  readonly generatorLateP99?: number;
  /** Answers that are no 2xx, and connections that broke. */
  readonly failures: number;
  /** Of the first few, in words. */
  readonly words: readonly string[];
  /** User and system, of the generator alone. */
  readonly generatorCpuMicros: number;
}
