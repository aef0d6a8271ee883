// Owns: what a fault is: something done to a world under load, and who is hit by it. Does not own: any of them.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from '../chance.js';
import type { Load } from '../load.js';
import type { Service } from '../service.js';
import type { Witness } from '../witness.js';
import type { World } from '../world.js';

/** How long faults last, in milliseconds. */
export interface Spans {
  /** How long what was killed stays away: some number between the two. */
  readonly outageMs: readonly [number, number];
  /** How long a process stands still, or a wire passes nothing. */
  readonly stillMs: number;
  /** How long the wire is slow. */
  readonly slowMs: number;
}

export interface FaultContext {
  readonly world: World;
  readonly load: Load;
  readonly witness: Witness;
  readonly chance: Chance;
  readonly spans: Spans;
  /** One line for whoever watches. */
  readonly tell: (line: string) => void;
}

export interface Aftermath {
  /** When what was broken was back; where nothing had to come back, when it was broken. */
  readonly healedAt: number;
  /** The guards that were hit; of the others, none may have fenced. */
  readonly hit: readonly Service[];
}

export interface Fault {
  /** For `--fault`. */
  readonly name: string;
  readonly title: string;
  /** Breaks it and, where it does not heal by itself, mends it. */
  run(context: FaultContext): Promise<Aftermath>;
}

/** A while between the two, chosen by the seed, and said. */
export async function outage({ chance, spans, tell }: FaultContext, what: string): Promise<void> {
  const milliseconds = Math.round(chance.between(...spans.outageMs));
  tell(`${what} stays away for ${milliseconds} ms`);
  await sleep(milliseconds);
}
