import { Session } from 'node:inspector/promises';
import { getHeapSpaceStatistics } from 'node:v8';
import { SecondChances } from './second-chances.js';

/** Of so many as there is room for, each as heavy as the other. */
const memoryOf = (count: number): SecondChances<number> => {
  const memory = new SecondChances<number>(10 * count);
  for (let n = 0; n < count; n += 1) memory.keep(`key ${n}`, n, 10);
  return memory;
};

/** Asked in an order that no turn hangs on: nothing is kept afterwards. */
const left = (memory: SecondChances<number>, upTo: number): readonly number[] =>
  Array.from({ length: upTo }, (_, n) => n).filter((n) => memory.get(`key ${n}`) !== undefined);

/** What is alive now is old afterwards. */
async function collectAll(): Promise<void> {
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.collectGarbage');
  session.disconnect();
}

/** Bytes that only a collection of all garbage gives back. */
const oldBytes = (): number =>
  getHeapSpaceStatistics()
    .filter(({ space_name: name }) => name === 'old_space' || name === 'large_object_space')
    .reduce((sum, { space_used_size: used }) => sum + used, 0);

describe('what is remembered', () => {
  it('leaves oldest first, and what was asked for meanwhile a turn later', () => {
    const memory = memoryOf(4);
    expect([memory.get('key 0'), memory.get('key 2'), memory.get('none')]).toEqual([0, 2, undefined]);
    memory.keep('key 4', 4, 10);
    memory.keep('key 5', 5, 10);
    expect(left(memory, 6)).toEqual([0, 2, 4, 5]);
  });

  it('leaves although it was asked for once, when nobody has asked again', () => {
    const memory = memoryOf(2);
    memory.get('key 0');
    for (const n of [2, 3, 4]) memory.keep(`key ${n}`, n, 10);
    expect(left(memory, 5)).toEqual([3, 4]);
  });

  it('is the newest when it is kept anew, and weighs what it weighs then', () => {
    const memory = memoryOf(3);
    memory.keep('key 0', 10, 5);
    memory.keep('key 3', 3, 5);
    expect(memory.size).toBe(4);
    memory.keep('key 4', 4, 20);
    expect([memory.get('key 0'), ...left(memory, 5)]).toEqual([10, 0, 3, 4]);
  });

  it('makes room although all of it was asked for, without a look at everything', () => {
    const memory = memoryOf(100);
    expect(left(memory, 100)).toHaveLength(100);
    memory.keep('key 100', 100, 10);
    expect(left(memory, 101)).not.toContain(16);
    expect(memory.size).toBe(100);
  });

  it('is filled again after all of it has left', () => {
    const memory = memoryOf(2);
    memory.keep('key 2', 2, 1000);
    expect(left(memory, 3)).toEqual([2]);
    memory.keep('key 3', 3, 10);
    memory.keep('key 4', 4, 10);
    expect(left(memory, 5)).toEqual([3, 4]);
  });

  it.each([1, 1000])(
    'costs nothing that only a collection of all garbage gives back, among %d, however often it is asked for',
    async (count) => {
      const memory = memoryOf(count);
      await collectAll();
      const before = oldBytes();
      for (let n = 0; n < 200_000; n += 1) memory.get('key 0');
      expect(oldBytes() - before).toBeLessThan(1_000_000);
    },
  );
});
