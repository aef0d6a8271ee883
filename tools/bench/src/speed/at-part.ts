/**
 * Owns a workload at a part of the rate that ours has reached: half of it is how a server is run that is not overloaded. Its rounds
 * may be far apart, in several sittings: a machine that is slow for a minute is slow for all rounds of one. Does not own the part (limits).
 */
import type { LoadGenerator } from './load/generator.js';
import type { Paced } from './result.js';
import { round, type Round, type Size, type Step } from './rounds.js';
import type { Entrant, Workload } from './workload.js';

export interface Part {
  readonly workload: Workload;
  /** Requests per second. */
  readonly reached: number;
  readonly part: number;
}

export class AtPart {
  readonly #rounds: ReadonlyMap<Entrant, Round[]>;

  constructor(
    private readonly generator: LoadGenerator,
    readonly of: Part,
  ) {
    this.#rounds = new Map(of.workload.entrants.map((entrant) => [entrant, []]));
  }

  /** So many rounds more of all who take part, in turn. @throws Error when any answer was no success */
  async sit(size: Size, step: Step): Promise<void> {
    const due = Math.ceil(this.#rate() * size.secondsPerRound);
    for (let n = 0; n < size.rounds; n += 1) {
      for (const [entrant, done] of this.#rounds) {
        const pacedSize = { ...size, requestsPerRound: due };
        done.push(await round(this.generator, this.of.workload, entrant, pacedSize, this.#rate()));
        step();
      }
    }
  }

  /** Of all sittings so far. */
  found(): readonly Paced[] {
    const { workload, part } = this.of;
    return [...this.#rounds].map(([{ contender }, done]) => ({
      ...{ workload: workload.name, contender, part, requestsPerSecond: this.#rate() },
      ...middle(done),
      p99s: done.map(({ volley }) => volley.p99),
    }));
  }

  #rate(): number {
    return this.of.reached * this.of.part;
  }
}

/** By p99; of two in the middle the later one, so that what is in time there is so in most of the rounds. */
function middle(rounds: readonly Round[]): Omit<Paced, 'workload' | 'contender' | 'requestsPerSecond'> {
  const sorted = rounds.toSorted((left, right) => left.volley.p99 - right.volley.p99);
  const found = sorted[Math.floor(sorted.length / 2)];
  const {
    generatorLateP99 = Number.NaN,
    seconds = Number.NaN,
    p50 = Number.NaN,
    p99 = Number.NaN,
  } = found?.volley ?? {};
  const perRequest = (micros = Number.NaN): number => micros / (found?.volley.requests ?? Number.NaN);
  // What is counted in ticks of 10 ms, and at two moments, may come out below nothing.
  const processors = Math.max(0, found?.otherMicros ?? 0) / 1e6 / seconds;
  return {
    ...{ p50, p99, cpuMicros: perRequest(found?.serverMicros), storeCpuMicros: perRequest(found?.storeMicros) },
    disturbed: { generatorLate: generatorLateP99, processors },
  };
}
