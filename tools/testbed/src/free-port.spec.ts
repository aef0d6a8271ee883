import { expect, it, jest } from '@jest/globals';
import { freePort } from './free-port.js';

it('gives a port once, also where two processes draw the same one before either has a server on it', async () => {
  const given = [await freePort(), await freePort()];
  const draws = [...given, ...Array.from({ length: 100 }, (_, index) => 20_000 + index)];
  jest.unstable_mockModule('node:crypto', () => ({ randomInt: () => draws.shift() }));
  // As another process has it: it knows nothing of what was given here.
  jest.resetModules();
  const elsewhere = await import('./free-port.js');
  expect(given).not.toContain(await elsewhere.freePort());
  expect(draws.length).toBeLessThan(100);
});
