import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type BrokenRequest, brokenRequests } from './test/broken-requests.js';
import { type FuzzWorld, openFuzzWorld } from './test/fuzz-world.js';
import { goodWishes, requestOf, SURELY_GOOD } from './test/good-requests.js';
import { Judge } from './test/judge.js';
import type { RawAnswer, RawRequest } from './test/raw-request.js';
import { FuzzedDocument, type FuzzedOperation, type JsonObject } from './test/read-document.js';
import { type Named, standingAt } from './test/standing-things.js';

/** Whoever changes it sees other requests; the same number shows the same ones again. */
const SEED = 20_261_128;
const GOOD_RUNS = 2;
/** Of each kind of fault, at each operation. */
const BROKEN_RUNS = 1;

/** Each property has a seed of its own: with one for all, every operation would be asked the same. */
let properties = 0;
const settings = (numRuns: number) => ({ seed: SEED + (properties += 1), numRuns, endOnFailure: true });

let world: FuzzWorld;
let document: FuzzedDocument;
let judge: Judge;
let operations: readonly FuzzedOperation[];
beforeAll(async () => {
  world = await openFuzzWorld();
  const { text } = await world.send({ method: 'GET', path: '/admin/openapi.json', headers: {} });
  document = new FuzzedDocument(JSON.parse(text) as JsonObject);
  judge = new Judge(document);
  operations = document.operations;
});
afterAll(() => world.close());

const shown = ({ method, path, headers, body }: RawRequest, { status, text }: RawAnswer): string =>
  `${method} ${path.slice(0, 200)} ${JSON.stringify(headers)} ${String(body).slice(0, 300)}\n  → ${status} ${text.slice(0, 300)}`;

const expectDocumented = (operation: FuzzedOperation, request: RawRequest, answer: RawAnswer): void => {
  const faults = judge.faultsOf(operation, answer);
  if (faults.length > 0) throw new Error(`${operation.id}: ${faults.join('; ')}\n${shown(request, answer)}`);
};

describe('A4 A7 A11 whatever is broken', () => {
  it('is refused as the document says, and changes nothing', async () => {
    for (const operation of operations) {
      const named: Named = await standingAt(world, operation.path);
      const methods = new Set(operations.filter(({ path }) => path === operation.path).map(({ method }) => method));
      const before = await world.state();
      const refuses = async (request: BrokenRequest): Promise<void> => {
        const answer = await world.send(request);
        expectDocumented(operation, request, answer);
        if (answer.status < 400) throw new Error(`${request.fault} was taken: ${shown(request, answer)}`);
        if (answer.status === 405) {
          const allowed = (answer.headers['allow'] ?? '').split(', ').filter((method) => method !== 'HEAD');
          expect(new Set(allowed)).toEqual(methods);
        }
        expect({ request, state: await world.state() }).toEqual({ request, state: before });
      };
      for (const broken of brokenRequests(operation, named, methods)) {
        await fc.assert(fc.asyncProperty(broken, refuses), settings(BROKEN_RUNS));
      }
    }
    // What a job on a timer has met is not an answer.
    expect(world.logged().match(/answered 5\d\d/g)).toBeNull();
  });
});

describe('A4 A7 whatever the document allows', () => {
  it('is answered as the document says, and every operation does what it is for at least once', async () => {
    const idle: string[] = [];
    for (const operation of operations) {
      let done = 0;
      const ask = async (request: RawRequest): Promise<void> => {
        const answer = await world.send(request);
        expectDocumented(operation, request, answer);
        if (answer.status < 300) done += 1;
      };
      const body = (SURELY_GOOD[operation.id] ?? (operation.body === undefined ? undefined : () => ({})))?.();
      const named = await standingAt(world, operation.path);
      const isOnce = operation.parameters.some(({ name }) => name === 'Idempotency-Key');
      const headers: Record<string, string> = isOnce ? { 'Idempotency-Key': `"${operation.id}"` } : {};
      const surely = requestOf(operation, named, { query: {}, headers, body });
      await ask(surely);
      // Again: what was kept, 409 where it may not be told again, 404 where it is gone.
      await ask(surely);
      await fc.assert(
        fc.asyncProperty(goodWishes(operation), async (wish) =>
          ask(requestOf(operation, await standingAt(world, operation.path), wish)),
        ),
        settings(GOOD_RUNS),
      );
      if (done === 0) idle.push(operation.id);
    }
    expect(idle).toEqual([]);
  });
});
