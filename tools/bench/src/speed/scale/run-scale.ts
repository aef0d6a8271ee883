/**
 * Owns the part of a run that shows how the product scales, which is run only when it is asked for: installations that grow in one
 * respect each, from size to size, each beside a small one that stays as it is. Does not own what they are asked, nor for how long
 * (questions, sittings).
 */
import { counted, Endings, type Progress } from '@latchkey/stack';
import type { Course } from '../../course.js';
import type { LoadGenerator } from '../load/generator.js';
import type { Respect, Row, Scaled, ScaledRow } from '../result.js';
import { measure, type Size } from '../rounds.js';
import { Installation } from './installation.js';
import { QUESTIONS, type Question } from './questions.js';
import { growing, growthSeconds, questionSeconds, TWO, twoProcesses, type Sitting } from './sittings.js';
import { FEW, type Growing, type Growth } from './sizes.js';

export interface Scale {
  /** How many rows are many. */
  readonly many: number;
  readonly size: Size;
  readonly durable: boolean;
}

export async function runScale(
  generator: LoadGenerator,
  { many, size, durable }: Scale,
  { course, progress }: { readonly course: Course; readonly progress: Progress },
): Promise<Omit<Scaled, 'conditions'>> {
  const [endings, grown] = [new Endings(), new Endings()];
  endings.add(() => grown.run());
  const start = async (auths = 1): Promise<Installation> => {
    course.tell(`starting an installation with ${auths === 1 ? 'one auth-service' : `${auths} auth-services`}`);
    return Installation.start(auths, durable, progress);
  };
  try {
    const small = endings.keep(await start());
    const beside = new BesideSmall(generator, small, course);
    const installations: Readonly<Record<Growing, Installation>> = {
      clients: grown.keep(await start()),
      grants: grown.keep(await start()),
      revocations: grown.keep(await start()),
    };
    let rows = 0;
    for (const sitting of growing(many, size)) {
      await Promise.all(sitting.large.map((to) => installations[to.respect].grow(to.respect, to.size, progress)));
      const most = Math.max(...sitting.large.map((to) => to.size));
      course.passed(growthSeconds(most - rows));
      rows = most;
      await beside.ask(sitting, installations);
    }
    // They take processor time even at rest.
    await grown.run();
    await beside.ask(twoProcesses(size), { processes: endings.keep(await start(TWO)) });
    return {
      few: { ...FEW, processes: 1 },
      small: beside.small,
      rows: beside.rows,
      workloads: Object.fromEntries(QUESTIONS.map(({ name, does }) => [name, does])),
    };
  } finally {
    await endings.run();
  }
}

/** The small one and others, asked the same in turn. */
class BesideSmall {
  readonly rows: ScaledRow[] = [];
  readonly #small = new Map<string, Row>();

  constructor(
    private readonly generator: LoadGenerator,
    private readonly installation: Installation,
    private readonly course: Course,
  ) {}

  /** As it was asked last. */
  get small(): readonly Row[] {
    return [...this.#small.values()];
  }

  async ask(sitting: Sitting, by: Readonly<Partial<Record<Respect, Installation>>>): Promise<void> {
    for (const question of sitting.questions) {
      const large = sitting.large.flatMap(({ respect, size }) => {
        const installation = question.respects.includes(respect) ? by[respect] : undefined;
        return installation === undefined ? [] : [{ respect, size, installation }];
      });
      if (large.length === 0) continue;
      await this.#ask(question, large, sitting.size);
      this.course.passed(questionSeconds(question, sitting));
    }
  }

  async #ask({ name, does, entrant }: Question, large: readonly Large[], size: Size): Promise<void> {
    const names = large.map(({ respect, size: rows }) => `${counted(rows)} ${respect}`);
    this.course.tell(`how it scales: ${name}, ${names.join(', ')}`);
    const entrants = [{ ...(await entrant(this.installation)), contender: SMALL }];
    for (const [n, { installation }] of large.entries()) {
      entrants.push({ ...(await entrant(installation)), contender: names[n] ?? '' });
    }
    const [small, ...rows] = await measure(this.generator, { name, does, entrants }, size, () => undefined);
    if (small === undefined) return;
    this.#small.set(name, small);
    for (const [n, { respect, size: most }] of large.entries()) {
      const row = rows[n];
      if (row !== undefined) this.rows.push({ ...row, respect, size: most, smallMicros: small.cpuMicros });
    }
  }
}

interface Large extends Growth<Respect> {
  readonly installation: Installation;
}

const SMALL = 'small';
