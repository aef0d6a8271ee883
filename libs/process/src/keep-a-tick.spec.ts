import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { keepATick, keptTick } from './keep-a-tick.js';

it('what is kept is an entry of the queue of next ticks, of the shape that all of them have', async () => {
  keepATick();
  await turn();
  const kept = keptTick() ?? {};
  expect(Object.keys(kept)).toEqual(['callback', 'args']);
  // Where asynchronous contexts are in use, as here, one more stands behind these.
  const [first, second] = Object.getOwnPropertySymbols(kept);
  expect([first?.description, second?.description]).toEqual(['async_id_symbol', 'trigger_async_id_symbol']);
});
