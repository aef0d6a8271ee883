// Owns: a run: the world, the load, one fault after the other, and what is held against the product after each of them.
// Does not own: the faults, the verdict on one admission (judge), how it is printed (report).
import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from '@latchkey/stack';
import { Chance } from './chance.js';
import type { Fault, Spans } from './faults/fault.js';
import { FenceWatch } from './fence-watch.js';
import { Judge, type Violation } from './judge.js';
import { Load, type LoadFigures } from './load.js';
import { recovered } from './recovery.js';
import { rollCall } from './roll-call.js';
import { Stock } from './stock.js';
import { faultsFound } from './findings.js';
import { Witness } from './witness.js';
import { MAX_STALENESS_MS, World } from './world.js';

export interface Row {
  readonly title: string;
  readonly figures: LoadFigures;
  readonly tooLate: readonly Violation[];
  readonly asked: number;
  readonly known: number;
  readonly longestFenceMs: number;
  /** Of the guards that were not hit; undefined when all were. */
  readonly othersFenceMs: number | undefined;
  /** Undefined when it did not recover. */
  readonly recoveryMs: number | undefined;
  /** What contradicts V18 or V19, in words; nothing when all is well. */
  readonly findings: readonly string[];
}

export interface Campaign {
  readonly seed: number;
  readonly faults: readonly Fault[];
  readonly spans: Spans;
  readonly progress: Progress;
}

const WARM_UP_MS = [800, 2000] as const;
/** The load goes on until what was acknowledged last while it was broken has passed its bound. */
const BEYOND_THE_BOUND_MS = MAX_STALENESS_MS + 800;

/** One row for each fault, in the order in which they were caused. */
export async function runCampaign({ seed, faults, spans, progress }: Campaign): Promise<readonly Row[]> {
  const { tell } = progress;
  const chance = new Chance(seed);
  const world = await World.start();
  try {
    tell(`seed ${seed}: ${world.auths.length} auth-services and ${world.guards.length} guards are ready`);
    const stock = await Stock.prepare(world, chance.fork());
    const [witness, fences] = [new Witness(new Judge(MAX_STALENESS_MS)), new FenceWatch()];
    const loadChance = chance.fork();
    const rows: Row[] = [];
    const step = progress.of('faults', faults.length, { everyMs: 0 });
    try {
      for (const fault of faults) {
        const load = new Load(world, stock, witness, fences, loadChance);
        const context = { world, load, witness, chance: chance.fork(), spans, tell };
        step(rows.push(await underLoad(fault, context, { stock, fences })));
      }
    } finally {
      await stock.end();
    }
    return rows;
  } finally {
    await world.stop();
  }
}

async function underLoad(
  fault: Fault,
  context: Parameters<Fault['run']>[0],
  { stock, fences }: { readonly stock: Stock; readonly fences: FenceWatch },
): Promise<Row> {
  const { world, load, witness, chance, tell } = context;
  const violationsBefore = witness.judge.violations.length;
  const unexpectedBefore = witness.unexpected.length;
  tell(`— ${fault.title}`);
  load.start();
  await sleep(chance.between(...WARM_UP_MS));
  const since = performance.now();
  const { healedAt, hit } = await fault.run(context);
  const wholeAt = await recovered(world, stock, load, witness);
  await sleep(Math.max(0, healedAt + BEYOND_THE_BOUND_MS - performance.now()));
  await load.stop();
  tell(`whole again; asking every guard for all ${witness.judge.acknowledgements} revoked tokens`);
  const calledAt = performance.now();
  const call = await rollCall(witness, world.guards, { dead: witness.judge.acknowledged(), controls: stock.controls });
  tell(`asked in ${Math.round(performance.now() - calledAt)} ms`);
  const others = world.guards.filter((guard) => !hit.includes(guard));
  const names = (guards: typeof hit): string[] => guards.map(({ name }) => name);
  const seen = {
    title: fault.title,
    figures: load.figures,
    tooLate: witness.judge.violations.slice(violationsBefore),
    ...call,
    longestFenceMs: fences.longestMs(names(hit), since),
    othersFenceMs: others.length === 0 ? undefined : fences.longestMs(names(others), since),
    othersFenced: fences.count(names(others), since),
    recoveryMs: wholeAt === undefined ? undefined : wholeAt - healedAt,
    unexpected: witness.unexpected.slice(unexpectedBefore),
  };
  return { ...seen, findings: faultsFound(seen) };
}
