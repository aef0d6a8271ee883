/**
 * Owns in what order the workloads of the issuer are measured: each with as much load as it takes and at half of it, then, when
 * all have been, each at half of it once more, and at less where ours is late both times. Does not own a round (rounds, at-part).
 */
import type { Course } from '../course.js';
import { AtPart } from './at-part.js';
import { allRoundsSeconds, roundSeconds } from './expected-seconds.js';
import { HALF, searchLimit } from './limits.js';
import type { LoadGenerator } from './load/generator.js';
import type { Paced, Row } from './result.js';
import { measure, type Size, type Step } from './rounds.js';
import { FLOOR, LATCHKEY, type Workload } from './workload.js';

/** At half load; the second is after everything else. At less there are as many rounds, one after the other. */
const SITTINGS = 2;

export class TwoPasses {
  readonly rows: Row[] = [];
  readonly #halves: AtPart[] = [];

  constructor(
    private readonly generator: LoadGenerator,
    private readonly workloads: readonly Workload[],
    private readonly size: Size,
    private readonly course: Course,
  ) {}

  async first(): Promise<void> {
    for (const workload of this.workloads) {
      this.course.tell(workload.name);
      const measured = await measure(this.generator, workload, this.size, this.#step(workload));
      this.rows.push(...measured);
      const reached = measured.find(({ contender }) => contender === LATCHKEY)?.requestsPerSecond ?? 0;
      const half = this.#atPart(workload, reached, HALF);
      await half.sit(this.size, this.#step(workload));
      this.#halves.push(half);
    }
  }

  async again(): Promise<readonly Paced[]> {
    const paced: Paced[] = [];
    for (const half of this.#halves) {
      const { workload, reached } = half.of;
      this.course.tell(`${workload.name}: at half load again`);
      const atPart = async (part: number): Promise<readonly Paced[]> => {
        if (part !== HALF) {
          this.course.tell(`${workload.name}: late at half load, so now at ${part} of what it reaches`);
          this.course.longer(SITTINGS * sittingSeconds(workload, this.size));
        }
        const asked = part === HALF ? half : this.#atPart(workload, reached, part);
        const sittings = part === HALF ? 1 : SITTINGS;
        for (let n = 0; n < sittings; n += 1) await asked.sit(this.size, this.#step(workload));
        return asked.found();
      };
      paced.push(...(await searchLimit(atPart)));
    }
    return paced;
  }

  #atPart(workload: Workload, reached: number, part: number): AtPart {
    return new AtPart(this.generator, { workload: oursAndFloor(workload), reached, part });
  }

  #step(workload: Workload): Step {
    return () => {
      this.course.passed(roundSeconds(workload, this.size));
    };
  }
}

/** Of both times, without those at less than half load, which are for whoever is late there. */
export const workloadSeconds = (workload: Workload, size: Size): number =>
  allRoundsSeconds(workload, size, workload.entrants.length) + SITTINGS * sittingSeconds(workload, size);

const sittingSeconds = (workload: Workload, size: Size): number =>
  oursAndFloor(workload).entrants.length * size.rounds * roundSeconds(workload, size);

/** Beside ours only the floor: what is late there, too, is late by the machine. */
const oursAndFloor = (workload: Workload): Workload => ({
  ...workload,
  entrants: workload.entrants.filter(({ contender }) => contender === LATCHKEY || contender === FLOOR),
});
