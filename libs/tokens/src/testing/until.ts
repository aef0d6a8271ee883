/** Owns waiting in specs for something that becomes true by itself, with a bound that only a failure reaches. */
import { setTimeout as delay } from 'node:timers/promises';

export const until = async (condition: () => boolean | Promise<boolean>, what: string, boundMs = 30_000) => {
  const end = performance.now() + boundMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`Waited ${boundMs} ms in vain until ${what}.`);
    await delay(2);
  }
};
