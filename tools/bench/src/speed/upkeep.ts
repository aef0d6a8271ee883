/**
 * Owns what a service costs before anybody asks it anything: its start, its memory, and the CPU that it takes at rest, which is in
 * every row of a workload, too: of few requests in a second each carries more of it. Does not own the service.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { under, type Figure, type Goal } from '../measurement.js';
import type { Latchkey } from './contenders/latchkey.js';
import type { OidcProvider } from './contenders/oidc-provider.js';
import { cpuMicros, residentBytes } from './meter.js';
import { OIDC_PROVIDER } from './workload.js';

const START_SECONDS = 1.5;
const IDLE_MEGABYTES = 130;
/** How long it has been ready, and was asked nothing, when its memory is read. */
const IDLE_SECONDS = 5;

/** How long it takes with a peer, for the estimate alone. */
export const upkeepSeconds = (starts: number): number => 2 * (starts + IDLE_SECONDS);

/** As much of a contender as is looked at. */
interface Startable {
  readonly servers: readonly number[];
  readonly stores: readonly number[];
  /** Milliseconds from the start of the process until it has answered. */
  timedStart(): Promise<number>;
}

interface Upkeep {
  readonly startSeconds: number;
  readonly startCpuSeconds: number;
  readonly megabytes: number;
  /** Milliseconds of CPU for each second in which nobody asks. */
  readonly serverAtRest: number;
  readonly storesAtRest: number;
}

/**
 * On a database that is migrated and filled, as every start save the first. Memory is read of the last start, before it was
 * asked anything save whether it is ready.
 * @param starts the fastest of so many counts
 */
export async function upkeep(latchkey: Latchkey, peer: OidcProvider | undefined, starts: number): Promise<Figure[]> {
  const ours = await upkeepOf(latchkey, starts);
  const goals = { start: under(START_SECONDS), memory: under(IDLE_MEGABYTES) };
  return [
    ...figuresOf('ours', ours, goals),
    ...(peer === undefined ? [] : figuresOf(OIDC_PROVIDER, await upkeepOf(peer, starts), {})),
  ];
}

function figuresOf(
  who: string,
  { startSeconds, startCpuSeconds, megabytes, serverAtRest, storesAtRest }: Upkeep,
  goals: { readonly start?: Goal; readonly memory?: Goal },
): readonly Figure[] {
  const { start, memory } = goals;
  return [
    {
      ...{ what: `start of ${who} until the first 200`, value: startSeconds, unit: 's' },
      ...(start === undefined ? {} : { goal: start }),
    },
    { what: `start of ${who}: CPU`, value: startCpuSeconds, unit: 's' },
    {
      ...{ what: `memory of ${who} at rest (RSS)`, value: megabytes, unit: 'MB' },
      ...(memory === undefined ? {} : { goal: memory }),
    },
    { what: `CPU of ${who} at rest, in each second`, value: serverAtRest, unit: 'ms' },
    { what: `CPU of the stores of ${who} at rest, in each second`, value: storesAtRest, unit: 'ms' },
  ];
}

async function upkeepOf(contender: Startable, starts: number): Promise<Upkeep> {
  const took: { readonly seconds: number; readonly cpuSeconds: number }[] = [];
  for (let n = 0; n < starts; n += 1) {
    const seconds = (await contender.timedStart()) / 1000;
    took.push({ seconds, cpuSeconds: cpuMicros(contender.servers) / 1e6 });
  }
  const atRest = [cpuMicros(contender.servers), cpuMicros(contender.stores)] as const;
  const began = performance.now();
  await pause(IDLE_SECONDS * 1000);
  const seconds = (performance.now() - began) / 1000;
  const perSecond = (pids: readonly number[], before: number): number => (cpuMicros(pids) - before) / 1000 / seconds;
  return {
    serverAtRest: perSecond(contender.servers, atRest[0]),
    storesAtRest: perSecond(contender.stores, atRest[1]),
    startSeconds: Math.min(...took.map(({ seconds }) => seconds)),
    startCpuSeconds: Math.min(...took.map(({ cpuSeconds }) => cpuSeconds)),
    megabytes: Math.max(...contender.servers.map(residentBytes)) / 1e6,
  };
}
