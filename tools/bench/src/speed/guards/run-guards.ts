/** Owns the part of a run in which guards are measured: their servers, their rows, what they add, and that revocation is asked. */
import { Endings } from '@latchkey/stack';
import type { Figure } from '../../measurement.js';
import type { Latchkey } from '../contenders/latchkey.js';
import type { Course } from '../../course.js';
import { allRoundsSeconds, roundSeconds } from '../expected-seconds.js';
import type { LoadGenerator } from '../load/generator.js';
import type { Row } from '../result.js';
import { measure, type Size } from '../rounds.js';
import { addedCpu } from './guard-goals.js';
import { revocation } from './guard-revocation.js';
import { guardedGet, SHOWN, type Shown } from './guard-names.js';
import { algorithmsAsked, guardsIn, startGuards } from './guard-workloads.js';

export interface GuardsFound {
  readonly rows: readonly Row[];
  readonly workloads: Readonly<Record<string, string>>;
  readonly figures: readonly Figure[];
}

/** A round of tokens that are shown once ends with the last of them: of as many as of other requests it took a third of a second, and CPU time comes in ticks of 10 ms. */
const ONCE_TIMES = 4;

const sizeFor = (shown: Shown, size: Size): Size =>
  shown === 'each token once' ? { ...size, requestsPerRound: ONCE_TIMES * size.requestsPerRound } : size;

/** Of all rounds that were asked for. */
export const guardSeconds = (only: (name: string) => boolean, size: Size): number =>
  algorithmsAsked(only)
    .flatMap((algorithm) => SHOWN.map((shown) => ({ shown, algorithm })))
    .filter(({ shown, algorithm }) => only(guardedGet(shown, algorithm)))
    .reduce(
      (sum, { shown, algorithm }) => sum + allRoundsSeconds({}, sizeFor(shown, size), guardsIn(shown, algorithm)),
      0,
    );

/** Nothing when no workload of guards was asked for. The peers must be installed. */
export async function runGuards(
  generator: LoadGenerator,
  latchkey: Latchkey,
  { size, only }: { readonly size: Size; readonly only: (name: string) => boolean },
  course: Course,
): Promise<GuardsFound> {
  const rows: Row[] = [];
  const figures: Figure[] = [];
  const workloads: Record<string, string> = {};
  for (const algorithm of algorithmsAsked(only)) {
    const endings = new Endings();
    try {
      course.tell(`starting the guards for ${algorithm}`);
      const api = await startGuards(latchkey, algorithm, (server) => endings.keep(server));
      for (const shown of SHOWN) {
        const workload = api.workloads.find(({ name }) => name === guardedGet(shown, algorithm));
        if (workload === undefined || !only(workload.name)) continue;
        course.tell(workload.name);
        workloads[workload.name] = workload.does;
        const ownSize = sizeFor(shown, size);
        const measured = await measure(generator, workload, ownSize, () => {
          course.passed(roundSeconds(workload, ownSize));
        });
        rows.push(...measured);
      }
      figures.push(...addedCpu(rows, algorithm), ...(await revocation(latchkey, api)));
    } finally {
      await endings.run();
    }
  }
  return { rows, workloads, figures };
}
