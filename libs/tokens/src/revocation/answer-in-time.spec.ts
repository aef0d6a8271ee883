import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, jest } from '@jest/globals';
import { answerInTime } from './answer-in-time.js';

const TIMEOUT_MS = 100;

/** This process does nothing at all, as one does that is given no processor. */
const standStill = (ms: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
};

describe('DESIGN §3 a broken world is 503: what is waited for an answer of Redis', () => {
  it('ends, and says so once, when there is none', async () => {
    const onLate = jest.fn();
    await expect(answerInTime(new Promise(() => undefined), TIMEOUT_MS, onLate)).rejects.toThrow('did not answer');
    await sleep(TIMEOUT_MS);
    expect(onLate).toHaveBeenCalledTimes(1);
  });

  it('is not cut short by a standstill of this process, in which the answer came', async () => {
    // From here the next that happens is what is due, and only then sockets are read.
    await new Promise((resolve) => setImmediate(resolve));
    const answer = new Promise((resolve) => {
      setImmediate(resolve, 'PONG');
    });
    const onLate = jest.fn();
    const waiting = answerInTime(answer, TIMEOUT_MS, onLate);
    standStill(3 * TIMEOUT_MS);
    expect(await waiting).toBe('PONG');
    expect(onLate).not.toHaveBeenCalled();
  });

  it('is over with the answer, or with what Redis says against it', async () => {
    const onLate = jest.fn();
    expect(await answerInTime(Promise.resolve('PONG'), TIMEOUT_MS, onLate)).toBe('PONG');
    await expect(answerInTime(Promise.reject(new Error('NOPERM')), TIMEOUT_MS, onLate)).rejects.toThrow('NOPERM');
    await sleep(2 * TIMEOUT_MS);
    expect(onLate).not.toHaveBeenCalled();
  });
});
