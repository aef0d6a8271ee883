import { setImmediate as turn } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { Unavailable } from '@latchkey/protocol';
import { until } from '@latchkey/tokens/testing';
import { GroupCommit } from './group-commit.js';

interface Statement {
  readonly items: readonly number[];
  end(done: readonly number[]): void;
  fail(error: unknown): void;
}

/** Statements that end when the spec says so. */
function aGroup(patienceMs = 60_000, slowMs = 60_000) {
  const begun: Statement[] = [];
  const group = new GroupCommit<number>(
    (items) =>
      new Promise((resolve, reject) => {
        begun.push({
          items,
          end: (done) => {
            resolve(new Set(done));
          },
          fail: reject,
        });
      }),
    patienceMs,
    slowMs,
  );
  const ask = (item: number): Promise<boolean> => group.done(String(item), item);
  return { begun, group, ask };
}

const numbers = (from: number, count: number): number[] => Array.from({ length: count }, (_, n) => from + n);

/** As many statements are under way as may be, each of one. */
async function full({ begun, ask }: ReturnType<typeof aGroup>): Promise<{ readonly count: number }> {
  for (let n = -1; ; n -= 1) {
    const before = begun.length;
    void ask(n).catch(() => undefined);
    await turn();
    await turn();
    if (begun.length === before) return { count: before };
  }
}

const outcomes = async (asked: readonly Promise<boolean>[]): Promise<readonly unknown[]> =>
  Promise.all(asked.map((one) => one.catch((error: unknown) => error)));

describe('DESIGN §3 who asks together is served by one statement', () => {
  it('asks at once for whoever asks alone', async () => {
    const { begun, ask } = aGroup();
    const asked = ask(1);
    await turn();
    expect(begun.map(({ items }) => items)).toEqual([[1]]);
    begun[0]?.end([1]);
    expect(await asked).toBe(true);
  });

  it('asks once for all who ask in one turn, and tells each their own answer', async () => {
    const { begun, ask } = aGroup();
    const asked = numbers(1, 50).map(ask);
    await turn();
    expect(begun.map(({ items }) => items)).toEqual([numbers(1, 50)]);
    begun[0]?.end([2, 3, 50]);
    expect(await outcomes(asked)).toEqual(numbers(1, 50).map((n) => [2, 3, 50].includes(n)));
  });

  it('asks once for all who came while it could not ask, as soon as it can', async () => {
    const world = aGroup();
    const { count } = await full(world);
    const { begun, ask } = world;
    const asked: Promise<boolean>[] = [];
    for (const n of numbers(1, 9)) {
      asked.push(ask(n));
      await turn();
    }
    expect(begun).toHaveLength(count);
    begun[0]?.end([]);
    await until(() => begun.length > count, 'the next statement began');
    // Whoever kept it full came first.
    expect(begun.slice(count).map(({ items }) => items.filter((n) => n > 0))).toEqual([numbers(1, 9)]);
    begun[count]?.end(numbers(1, 9));
    expect(await outcomes(asked)).toEqual(numbers(1, 9).map(() => true));
  });

  it('has a bound for each statement, and leaves nobody behind', async () => {
    const { begun, ask } = aGroup();
    const asked = numbers(1, 200).map(ask);
    for (let at = 0; at < begun.length || at === 0; at += 1) {
      await turn();
      begun[at]?.end(begun[at]?.items ?? []);
      await turn();
    }
    expect(begun.map(({ items }) => items.length)).toEqual([64, 64, 64, 8]);
    expect(await outcomes(asked)).toEqual(asked.map(() => true));
  });

  it('never has two of the same in one statement: the later is to be asked alone', async () => {
    const { begun, group } = aGroup();
    const asked = [1, 2, 3].map((n) => group.done('the same', n));
    await turn();
    expect(begun.map(({ items }) => items)).toEqual([[1]]);
    // Another is under way, but none waits.
    const later = group.done('the same', 4);
    await turn();
    begun[0]?.end([1]);
    await turn();
    begun[1]?.end([4]);
    expect(await outcomes([...asked, later])).toEqual([true, false, false, true]);
  });
});

describe('DESIGN §3 a broken world is 503 for all who asked together, and for nobody else', () => {
  it('is Unavailable to each of a statement of which nobody knows whether it was committed', async () => {
    const { begun, ask } = aGroup();
    const first = [1, 2].map(ask);
    await turn();
    const second = [3, 4].map(ask);
    await turn();
    expect(begun).toHaveLength(1);
    const failure = new Unavailable('PostgreSQL', new Error('gone'));
    const told = outcomes([...first, ...second]);
    begun[0]?.fail(failure);
    await until(() => begun.length === 2, 'the next statement began');
    begun[1]?.end([3, 4]);
    expect(await told).toEqual([failure, failure, true, true]);
  });

  it('goes on with whoever waited', async () => {
    const world = aGroup();
    const { count } = await full(world);
    const asked = world.ask(1);
    world.begun[0]?.fail(new Unavailable('PostgreSQL', new Error('gone')));
    await until(() => world.begun.length > count, 'the next statement began');
    world.begun[count]?.end([1]);
    expect(await asked).toBe(true);
  });

  it('lets each ask alone when the statement itself was refused: that may be the fault of one', async () => {
    const { begun, ask } = aGroup();
    const asked = [1, 2, 3].map(ask);
    await turn();
    begun[0]?.fail(new Error('22003'));
    expect(await outcomes(asked)).toEqual([false, false, false]);
  });
});

describe('DESIGN §3 nobody waits for a turn for longer than is said', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  /** What has been heard by now. */
  const heard = async (asked: Promise<unknown>): Promise<unknown> => {
    let answer: unknown = 'nothing yet';
    const hear = (what: unknown): void => void (answer = what);
    void asked.then(hear, hear);
    await turn();
    return answer;
  };

  it('is Unavailable to whoever waited too long for a turn, and nothing is asked for them afterwards', async () => {
    const world = aGroup(200);
    const { count } = await full(world);
    const early = world.ask(1);
    jest.advanceTimersByTime(150);
    const late = world.ask(2);
    expect(await heard(early)).toBe('nothing yet');
    jest.advanceTimersByTime(50);
    expect(await heard(early)).toBeInstanceOf(Unavailable);
    world.begun[0]?.end([]);
    await turn();
    expect(world.begun.slice(count).map(({ items }) => items)).toEqual([[2]]);
    world.begun[count]?.end([2]);
    expect(await late).toBe(true);
  });

  it('beside a statement that has stood for as long as is said another begins, and no third; when one ends, the next', async () => {
    const { begun, ask } = aGroup(60_000, 20);
    const first = ask(1);
    await turn();
    const waiting = [2, 3].map(ask);
    jest.advanceTimersByTime(19);
    await turn();
    expect(begun.map(({ items }) => items)).toEqual([[1]]);
    jest.advanceTimersByTime(1);
    expect(begun.map(({ items }) => items)).toEqual([[1], [2, 3]]);
    const last = ask(4);
    jest.advanceTimersByTime(20);
    await turn();
    expect(begun).toHaveLength(2);
    begun[1]?.end([2, 3]);
    expect(await outcomes(waiting)).toEqual([true, true]);
    expect(begun.map(({ items }) => items)).toEqual([[1], [2, 3], [4]]);
    begun[2]?.end([4]);
    expect(await last).toBe(true);
    // Of the two of which one is over, the other is still slow: whoever asks now waits for nobody.
    const alone = ask(5);
    await turn();
    expect(begun).toHaveLength(4);
    begun[3]?.end([5]);
    begun[0]?.end([1]);
    expect(await outcomes([first, alone])).toEqual([true, true]);
    const [quick] = [ask(6), ask(7)];
    await turn();
    void ask(8);
    await turn();
    // And none is slow any more.
    expect(begun.slice(4).map(({ items }) => items)).toEqual([[6, 7]]);
    begun[4]?.end([6, 7]);
    expect(await quick).toBe(true);
  });

  it('is Unavailable also to whoever came together with more than can be asked at once', async () => {
    const { begun, ask } = aGroup(100);
    const asked = numbers(1, 300).map(ask);
    await turn();
    const count = begun.flatMap(({ items }) => items).length;
    jest.advanceTimersByTime(100);
    for (const one of await Promise.allSettled(asked.slice(count))) {
      expect(one).toMatchObject({ status: 'rejected', reason: { name: 'Unavailable' } });
    }
    expect(begun.flatMap(({ items }) => items)).toEqual(numbers(1, count));
  });

  it('is Unavailable to everybody in time, one after the other, when no statement ever ends', async () => {
    const world = aGroup(100);
    await full(world);
    for (const n of numbers(1, 3)) {
      // While somebody waits who came before, or nobody.
      jest.advanceTimersByTime(30);
      const asked = world.ask(n);
      jest.advanceTimersByTime(99);
      expect(await heard(asked)).toBe('nothing yet');
      jest.advanceTimersByTime(1);
      expect(await heard(asked)).toBeInstanceOf(Unavailable);
    }
  });
});
