/**
 * Owns the contract of the ephemeral port: every adapter runs the whole of it. Does not own how an adapter is started, nor
 * what it does when its world is broken.
 */
import type { Ephemeral } from '../ports/ephemeral.js';

export interface EphemeralUnderTest {
  readonly ephemeral: Ephemeral;
  /** Lets so much of the adapter's own time pass, and a little more. */
  elapse(milliseconds: number): Promise<void>;
  close(): Promise<void>;
}

const fifty = <Answer>(ask: () => Promise<Answer>): Promise<Answer[]> =>
  Promise.all(Array.from({ length: 50 }, () => ask()));

/** Declares the suite; `open` is called once for each test and may share a server, since every test has keys of its own. */
export const ephemeralContract = (adapter: string, open: () => Promise<EphemeralUnderTest>): void => {
  describe(`the ephemeral port: ${adapter}`, () => {
    let under: EphemeralUnderTest;
    let tests = 0;
    let key: string;

    beforeEach(async () => {
      under = await open();
      tests += 1;
      key = `contract:${adapter}:${tests}`;
    });
    afterEach(() => under.close());

    it('does not know what was never put', async () => {
      expect(await under.ephemeral.get(key)).toBeUndefined();
      expect(await under.ephemeral.take(key)).toBeUndefined();
    });

    it('forgets a value when its lifetime is over', async () => {
      await under.ephemeral.put(key, 'value', 1);
      await under.elapse(1000);
      expect(await under.ephemeral.get(key)).toBeUndefined();
      expect(await under.ephemeral.take(key)).toBeUndefined();
    });

    it('has nothing left to read once it was taken', async () => {
      await under.ephemeral.put(key, 'value', 60);
      expect(await under.ephemeral.take(key)).toBe('value');
      expect(await under.ephemeral.get(key)).toBeUndefined();
      expect(await under.ephemeral.take(key)).toBeUndefined();
    });

    it('gives a value to exactly one of 50 that take it at once', async () => {
      await under.ephemeral.put(key, 'value', 60);
      const taken = await fifty(() => under.ephemeral.take(key));
      expect(taken.filter((value) => value === 'value')).toHaveLength(1);
      expect(taken.filter((value) => value === undefined)).toHaveLength(49);
    });

    it('says `added` to exactly one of 50 that add at once', async () => {
      const answers = await fifty(() => under.ephemeral.addOnce(key, 60));
      expect(answers.filter((answer) => answer === 'added')).toHaveLength(1);
      expect(answers.filter((answer) => answer === 'present')).toHaveLength(49);
    });

    it('adds again when the first addition has expired, and not before', async () => {
      expect(await under.ephemeral.addOnce(key, 1)).toBe('added');
      expect(await under.ephemeral.addOnce(`${key}:long`, 60)).toBe('added');
      await under.elapse(1000);
      expect(await under.ephemeral.addOnce(key, 60)).toBe('added');
      expect(await under.ephemeral.addOnce(`${key}:long`, 60)).toBe('present');
    });

    it('counts each of 50 at once', async () => {
      const answers = await fifty(() => under.ephemeral.count(key, 60));
      expect(answers.map(({ count }) => count).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 50 }, (_, i) => i + 1),
      );
    });

    it('does not prolong a counter by counting, and starts again when its life is over', async () => {
      expect(await under.ephemeral.count(key, 60)).toEqual({ count: 1, remainingSeconds: 60 });
      expect(await under.ephemeral.count(`${key}:short`, 1)).toEqual({ count: 1, remainingSeconds: 1 });
      await under.elapse(1000);
      const second = await under.ephemeral.count(key, 60);
      expect(second.count).toBe(2);
      expect(second.remainingSeconds).toBeLessThanOrEqual(59);
      expect(await under.ephemeral.count(`${key}:short`, 3)).toEqual({ count: 1, remainingSeconds: 3 });
    });

    it('takes back what was counted, and never more', async () => {
      await fifty(() => under.ephemeral.count(key, 60));
      await fifty(() => under.ephemeral.uncount(key));
      await under.ephemeral.uncount(key);
      expect(await under.ephemeral.count(key, 60)).toEqual({ count: 1, remainingSeconds: 60 });
    });

    it('does not prolong a counter by taking back, and begins a new life when nothing is left of it', async () => {
      await under.ephemeral.count(key, 2);
      await under.ephemeral.count(key, 2);
      await under.ephemeral.uncount(key);
      await under.elapse(2000);
      await under.ephemeral.uncount(key);
      expect(await under.ephemeral.count(key, 3)).toEqual({ count: 1, remainingSeconds: 3 });
      await under.ephemeral.uncount(key);
      expect(await under.ephemeral.count(key, 60)).toEqual({ count: 1, remainingSeconds: 60 });
    });

    it('reads without consuming: 50 at once read the same', async () => {
      await under.ephemeral.put(key, 'value', 60);
      const read = await fifty(() => under.ephemeral.get(key));
      expect(new Set(read)).toEqual(new Set(['value']));
    });

    it('replaces value and lifetime by the next put', async () => {
      await under.ephemeral.put(key, 'first', 1);
      await under.ephemeral.put(key, 'second', 60);
      await under.elapse(1000);
      expect(await under.ephemeral.get(key)).toBe('second');
    });

    it('keeps every character of a value', async () => {
      const value = 'žluťoučký \u0000 "quoted" 🗝\n';
      await under.ephemeral.put(key, value, 60);
      expect(await under.ephemeral.take(key)).toBe(value);
    });
  });
};
