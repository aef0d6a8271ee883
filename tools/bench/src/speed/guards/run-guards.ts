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
import { guardedGet, SHOWN } from './guard-names.js';
import { algorithmsAsked, guardsIn, startGuards } from './guard-workloads.js';

export interface GuardsFound {
  readonly rows: readonly Row[];
  readonly workloads: Readonly<Record<string, string>>;
  readonly figures: readonly Figure[];
}

/** Of all rounds that were asked for. */
export const guardSeconds = (only: (name: string) => boolean, size: Size): number =>
  algorithmsAsked(only)
    .flatMap((algorithm) => SHOWN.map((shown) => ({ shown, algorithm })))
    .filter(({ shown, algorithm }) => only(guardedGet(shown, algorithm)))
    .reduce((sum, { shown, algorithm }) => sum + allRoundsSeconds({}, size, guardsIn(shown, algorithm)), 0);

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
      const asked = api.workloads.filter(({ name }) => only(name));
      for (const workload of asked) {
        course.tell(workload.name);
        workloads[workload.name] = workload.does;
        const measured = await measure(generator, workload, size, () => {
          course.passed(roundSeconds(workload, size));
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
