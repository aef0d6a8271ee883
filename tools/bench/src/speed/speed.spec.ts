import { createServer, type Server } from 'node:http';
import { cpus } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { progressTo } from '@latchkey/stack';
import { Course } from '../course.js';
import { AtPart } from './at-part.js';
import { exitCodeOf, shown } from './shown.js';
import { LoadGenerator } from './load/generator.js';
import type { BenchResult, Paced } from './result.js';
import { measure, type Size } from './rounds.js';
import { run } from './run.js';
import { TwoPasses } from './two-passes.js';
import { get } from './shots.js';
import type { Entrant, Workload } from './workload.js';

const SIZE: Size = {
  connections: 4,
  rounds: 1,
  secondsPerRound: 0.3,
  warmUpSeconds: 0.1,
  warmUpRequests: 1,
  // So many that the CPU time of the cheapest of them comes to several ticks of the clock that counts it, however slow they go.
  requestsPerRound: 400,
};

describe('npm run bench, at a small size', () => {
  let result: BenchResult;

  beforeAll(async () => {
    const only = (name: string): boolean => name === 'client_credentials ES256' || name.startsWith('refresh');
    result = await run(
      { size: SIZE, only, durable: false, peers: false },
      progressTo(() => undefined),
    );
  }, 300_000);

  it('finds every figure of every row', () => {
    expect(result.rows.map(({ workload, contender }) => `${workload}, ${contender}`)).toEqual([
      ...['client_credentials ES256, latchkey', 'client_credentials ES256, floor'],
      ...['refresh, latchkey', 'refresh, floor'],
      ...['refresh, with ID token, latchkey', 'refresh, with ID token, floor'],
    ]);
    for (const row of result.rows) {
      const { cpuMicrosSpan, storeCpuMicros, requests, requestsPerSecond, p50, cpuMicros, generatorCpu } = row;
      for (const figure of [requests, requestsPerSecond, p50, cpuMicros, generatorCpu, row.generatorShare]) {
        expect(figure).toBeGreaterThan(0);
      }
      expect(cpuMicrosSpan[0]).toBe(row.cpuMicros);
      expect(storeCpuMicros).toBeGreaterThanOrEqual(0);
      expect(row.p99).toBeGreaterThanOrEqual(row.p50);
    }
    const halved = result.paced.filter(({ part }) => part === 0.5);
    expect(halved.map(({ contender }) => contender)).toEqual(Array(3).fill(['latchkey', 'floor']).flat());
    expect(halved.map(({ p99s }) => p99s?.length)).toEqual(Array(6).fill(2 * SIZE.rounds));
    const [first, second] = halved;
    expect(first?.cpuMicros).toBeGreaterThan(0);
    expect(first?.storeCpuMicros).toBeGreaterThanOrEqual(0);
    expect(first?.requestsPerSecond).toBe(second?.requestsPerSecond);
    expect(result.conditions).toMatchObject({ node: process.version, connections: 4, rounds: 1 });
    expect(result.conditions.others).toBeGreaterThanOrEqual(0);
    expect(result.conditions.others).toBeLessThanOrEqual(cpus().length);
  });

  it('prints a line for each, at full and at half load, and the ratio to the floor', () => {
    const text = shown(result);
    expect(
      text
        .split('\n')
        .filter((line) => /^(client_credentials ES256|refresh|refresh, with ID token) +(latchkey|floor) /.test(line)),
    ).toHaveLength(6 + result.paced.length);
    expect(text).toMatch(
      /at a part of the load .*\n(.*\n)*refresh +latchkey +0\.5 +\d+( +[\d.]+){4} +[\d.]+\/[\d.]+\n/,
    );
    expect(text).toMatch(/client_credentials ES256: CPU of ours \/ floor +[\d.]+ × +≤ 1.6 ×/);
  });

  it('says which goal is missed, and is a failure then', () => {
    const figure = (value: number): BenchResult['figures'] => [
      { what: 'a ratio', value, unit: '×', goal: { relation: '≥', bound: 3 } },
    ];
    const missed = { ...result, figures: figure(2.9) };
    expect([exitCodeOf(missed), shown(missed)]).toEqual([
      1,
      expect.stringMatching(/a ratio .*MISSED\n\n1 goals are missed/),
    ]);
    const met = { ...result, figures: figure(3.1) };
    expect([exitCodeOf(met), shown(met)]).toEqual([0, expect.stringMatching(/a ratio .*×\n\nEvery goal is met/)]);
  });
});

describe('a load', () => {
  let generator: LoadGenerator;
  let server: Server;
  let seen: { readonly path: string; readonly body: string }[] = [];
  let refuses = false;
  /** In the middle of a load. */
  let pausesMs = 0;

  const workload = (ammunition: Entrant['ammunition']): Workload => {
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const pids = (): readonly number[] => [process.pid];
    const origins = [`http://127.0.0.1:${port}`];
    const entrant = { contender: 'a server', origins, servers: pids, stores: pids, ammunition };
    return { name: 'a load', does: '', entrants: [entrant] };
  };

  const asOurs = (entrant: Entrant): Entrant => ({ ...entrant, contender: 'latchkey' });

  beforeAll(async () => {
    generator = await LoadGenerator.start();
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        // What opens a connection is none of the load.
        if (request.method !== 'GET' || request.url !== '/') seen.push({ path: request.url ?? '', body });
        if (pausesMs > 0 && seen.length === 20) {
          const until = performance.now() + pausesMs;
          while (performance.now() < until);
        }
        response.statusCode = refuses ? 401 : 200;
        // By itself, node says how long it is.
        response.end(JSON.stringify({ next: `${body}&` }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterEach(() => {
    pausesMs = 0;
  });

  afterAll(async () => {
    await generator.stop();
    server.closeAllConnections();
    server.close();
  });

  it('is no result when any answer is no success', async () => {
    refuses = true;
    const refused = workload(() => Promise.resolve({ kind: 'repeat', shots: [get('/refused')] }));
    await expect(measure(generator, refused, SIZE, () => undefined)).rejects.toThrow(
      /a load, a server: (\d+) of \1 requests failed\.\nGET \/refused answered 401/,
    );
    refuses = false;
  });

  it('sends what can be sent once no more than once', async () => {
    seen = [];
    const shots = Array.from({ length: 20 }, (_, n) => get(`/${n}`));
    const once = workload(() => Promise.resolve({ kind: 'once', shots }));
    const size = { ...SIZE, secondsPerRound: 60, warmUpSeconds: 60 };
    const [row] = await measure(generator, once, size, () => undefined);
    expect(row?.requests).toBe(20);
    expect(seen.map(({ path }) => path).toSorted()).toEqual([...shots, ...shots].map(({ path }) => path).toSorted());
  });

  it('sends in each chain what the answer before has said', async () => {
    seen = [];
    const post = { method: 'POST', path: '/', headers: {} } as const;
    const shots = ['a', 'b', 'c', 'd'].map((body) => ({ ...post, body }));
    const chains = workload(() => Promise.resolve({ kind: 'chain', field: 'next', prefix: '', shots }));
    await measure(generator, chains, SIZE, () => undefined);
    const [first, second, third] = seen.map(({ body }) => body).filter((body) => body.startsWith('a'));
    expect([first, second, third]).toEqual(['a', 'a%26', 'a%2526%26']);
  });

  it('is asked for at half again only when all other workloads have been', async () => {
    const asked: string[] = [];
    const named = (name: string): Workload => {
      const ammunition = (): ReturnType<Entrant['ammunition']> => {
        asked.push(name);
        return Promise.resolve({ kind: 'repeat', shots: [get('/paced')] });
      };
      return { ...workload(ammunition), name, entrants: workload(ammunition).entrants.map(asOurs) };
    };
    const workloads = [named('A'), named('B')];
    const passes = new TwoPasses(generator, workloads, SIZE, new Course(() => undefined, 60));
    await passes.first();
    // A warm-up, a round, a round at half.
    expect(asked.splice(0)).toEqual(['A', 'A', 'A', 'B', 'B', 'B']);
    const paced = await passes.again();
    expect([asked[0], asked.at(-1)]).toEqual(['A', 'B']);
    expect(paced.filter(({ part }) => part === 0.5).map(({ p99s }) => p99s?.length)).toEqual([2, 2]);
  });

  const atHalfLoad = async (reached: number, sittings = 1): Promise<Paced> => {
    const repeat = workload(() => Promise.resolve({ kind: 'repeat', shots: [get('/paced')] }));
    const half = new AtPart(generator, { workload: repeat, reached, part: 0.5 });
    for (let n = 0; n < sittings; n += 1) await half.sit({ ...SIZE, secondsPerRound: 0.5 }, () => undefined);
    const [paced] = half.found();
    if (paced === undefined) throw new Error('nobody takes part');
    return paced;
  };

  it('keeps to the half of a rate', async () => {
    seen = [];
    const paced = await atHalfLoad(100);
    expect(paced.requestsPerSecond).toBe(50);
    expect([24, 25]).toContain(seen.length);
  });

  it('of which the server answers nothing for a while leaves out none that fell due in it, and is not itself late', async () => {
    seen = [];
    // Far longer than a busy machine keeps the generator waiting.
    pausesMs = 3000;
    const { p99, disturbed } = await atHalfLoad(400);
    expect([99, 100]).toContain(seen.length);
    expect(p99).toBeGreaterThan(2250);
    expect(disturbed?.generatorLate).toBeLessThan(p99 / 2);
    expect(disturbed?.processors).toBeGreaterThanOrEqual(0);
  });

  it('is told round by round, and by the middle one of all sittings', async () => {
    seen = [];
    // In the first alone: it is the twentieth that pauses.
    pausesMs = 3000;
    const { p99, p99s = [] } = await atHalfLoad(400, 3);
    expect(seen.length).toBeGreaterThanOrEqual(297);
    expect(p99s[0]).toBeGreaterThan(2250);
    expect(p99).toBe(Math.max(...p99s.slice(1)));
    expect(p99).toBeLessThan(2250);
  });

  it('is late where half of its rounds are', async () => {
    seen = [];
    pausesMs = 3000;
    const { p99, p99s = [] } = await atHalfLoad(400, 2);
    expect(p99s[1]).toBeLessThan(2250);
    expect(p99).toBe(p99s[0]);
  });
});
