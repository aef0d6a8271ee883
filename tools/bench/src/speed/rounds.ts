/** Owns the measuring of one workload: warm-up, rounds in turn of all who take part, the lowest of them. Does not own what is asked. */
import type { LoadGenerator } from './load/generator.js';
import type { Plan, Volley } from './load/plan.js';
import { cpuMicros, othersMicros } from './meter.js';
import type { Row } from './result.js';
import type { Entrant, Workload } from './workload.js';

export interface Size {
  readonly connections: number;
  readonly rounds: number;
  readonly secondsPerRound: number;
  /** Before the first round, for each entrant. */
  readonly warmUpSeconds: number;
  /** No fewer before the first round, or `requestsPerRound` where each needs something of its own: node compiles while it runs. */
  readonly warmUpRequests: number;
  /** No fewer, however slow the machine: below that neither is node warm, nor is the CPU time exact. Of a round in which each
   * request needs something of its own, no more either. */
  readonly requestsPerRound: number;
}

export interface Round {
  readonly volley: Volley;
  readonly serverMicros: number;
  readonly storeMicros: number;
  readonly otherMicros: number;
}

/** To be called as each round of each entrant is done. */
export type Step = () => void;

/** @throws Error when any answer was no success: a server that refuses is fast, and worth nothing */
export async function measure(generator: LoadGenerator, workload: Workload, size: Size, step: Step): Promise<Row[]> {
  const rounds = new Map<Entrant, Round[]>(workload.entrants.map((entrant) => [entrant, []]));
  for (const entrant of workload.entrants) {
    await round(generator, workload, entrant, {
      ...{ ...size, secondsPerRound: size.warmUpSeconds, atLeast: size.warmUpRequests },
    });
    step();
  }
  for (let n = 0; n < size.rounds; n += 1) {
    for (const [entrant, done] of rounds) {
      done.push(await round(generator, workload, entrant, size));
      step();
    }
  }
  return [...rounds].map(([{ contender }, done]) => rowOf(workload.name, contender, done));
}

/** One volley at one entrant, and what it has cost. @param ratePerSecond as many as the connections bear when left out
 * @throws Error when any answer was no success */
export async function round(
  generator: LoadGenerator,
  { name }: Workload,
  entrant: Entrant,
  { connections, secondsPerRound, requestsPerRound, atLeast = requestsPerRound }: Size & { readonly atLeast?: number },
  ratePerSecond?: number,
): Promise<Round> {
  const plan: Plan = {
    origins: entrant.origins,
    ammunition: await entrant.ammunition({ connections, requests: requestsPerRound }),
    connections,
    seconds: secondsPerRound,
    atLeast,
    ...(ratePerSecond === undefined ? {} : { ratePerSecond }),
  };
  const [servers, stores] = [entrant.servers(), entrant.stores()];
  const spent = (): readonly [number, number, number] => [
    cpuMicros(servers),
    cpuMicros(stores),
    othersMicros([process.pid]),
  ];
  let before: ReturnType<typeof spent> = [Number.NaN, Number.NaN, Number.NaN];
  const volley = await generator.fire(plan, () => {
    before = spent();
  });
  const after = spent();
  if (volley.failures > 0 || volley.requests === 0) {
    const words = volley.words.join('\n');
    throw new Error(
      `${name}, ${entrant.contender}: ${volley.failures} of ${volley.requests} requests failed.\n${words}`,
    );
  }
  return {
    volley,
    serverMicros: after[0] - before[0],
    storeMicros: after[1] - before[1],
    otherMicros: after[2] - before[2],
  };
}

function rowOf(workload: string, contender: string, rounds: readonly Round[]): Row {
  const costs = rounds.map(({ volley, serverMicros }) => serverMicros / volley.requests);
  const lowest = Math.min(...costs);
  const cheapest = rounds[costs.indexOf(lowest)];
  const volleys = rounds.map(({ volley }) => volley);
  const perRequest = (micros: number | undefined): number => (micros ?? 0) / (cheapest?.volley.requests ?? Number.NaN);
  return {
    workload,
    contender,
    requestsPerSecond: Math.max(...volleys.map(({ requests, seconds }) => requests / seconds)),
    p50: Math.min(...volleys.map(({ p50 }) => p50)),
    p99: Math.min(...volleys.map(({ p99 }) => p99)),
    cpuMicros: lowest,
    cpuMicrosSpan: [lowest, Math.max(...costs)],
    storeCpuMicros: perRequest(cheapest?.storeMicros),
    generatorCpu: perRequest(cheapest?.volley.generatorCpuMicros),
    generatorShare: Math.max(...volleys.map(({ generatorCpuMicros, seconds }) => generatorCpuMicros / 1e6 / seconds)),
    requests: volleys.reduce((all, { requests }) => all + requests, 0),
  };
}
