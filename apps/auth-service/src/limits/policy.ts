/**
 * Owns when somebody has failed too often, as arithmetic. Does not own counting, nor what is said.
 *
 * Nobody is shut out by what others do elsewhere: an account or client alone is never closed. What closes is a *pair* (this
 * account from this network) and a *network*. Once an account has failed from everywhere many times, each pair of it is
 * narrowed to one failure: whoever guesses from many places pays one place for each guess, and its owner, from a place that
 * has not failed, comes in with the first right password.
 */
import { digestOf } from '@latchkey/protocol';
import { networkOf } from './network.js';

export interface LimitPolicy {
  /** In the RateLimit fields and in keys. */
  readonly name: string;
  /** Failures of one account or client from one network within the window. */
  readonly perPair: number;
  /** Failures from one network, whoever it names. */
  readonly perNetwork: number;
  /** Failures of one account from everywhere, beyond which each further pair may fail once; undefined: never. */
  readonly narrowsBeyond?: number;
  readonly windowSeconds: number;
}

/** The names of the counters that one attempt touches. */
export interface Place {
  /** Undefined where nobody is known: then the network alone counts. */
  readonly pair: string | undefined;
  readonly whole: string | undefined;
  readonly network: string;
}

/** Of each counter, the attempt that is judged among them. */
export interface Counts {
  readonly pair: number;
  readonly whole: number;
  readonly network: number;
}

export interface Exceeded {
  readonly counter: 'pair' | 'network';
  readonly quota: number;
}

/**
 * @param who what was typed or presented, in its one spelling; it stands in keys as a digest
 */
export function placeOf(policy: LimitPolicy, who: string | undefined, address: string): Place {
  const network = networkOf(address);
  const key = (kind: string, ...parts: readonly string[]): string =>
    `limit:${policy.name}:${kind}:${digestOf(JSON.stringify(parts))}`;
  return {
    pair: who === undefined ? undefined : key('pair', who, network),
    whole: who === undefined || policy.narrowsBeyond === undefined ? undefined : key('whole', who),
    network: key('network', network),
  };
}

/**
 * @param proven this pair has succeeded not long ago: what its neighbours or strangers do does not count against it
 */
export function exceeded(policy: LimitPolicy, counts: Counts, proven: boolean): Exceeded | undefined {
  const isNarrowed = !proven && policy.narrowsBeyond !== undefined && counts.whole > policy.narrowsBeyond;
  const quota = isNarrowed ? 1 : policy.perPair;
  if (counts.pair > quota) return { counter: 'pair', quota };
  if (!proven && counts.network > policy.perNetwork) return { counter: 'network', quota: policy.perNetwork };
  return undefined;
}
