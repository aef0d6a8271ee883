// Owns: the faults of the wires to Redis: one that passes nothing, all of them slow. Does not own: the proxy that does it.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault.js';

/** In each direction. */
const DELAY_MS = 200;

export const holdGuard: Fault = {
  name: 'hold-guard',
  title: "a guard's connection held open, passing nothing",
  async run({ chance, spans, tell, world }) {
    const guard = chance.pick(world.guards);
    tell(`the wire of ${guard.name} passes nothing for ${spans.stillMs} ms`);
    guard.redisWire.hold();
    await sleep(spans.stillMs);
    guard.redisWire.pass();
    return { healedAt: performance.now(), hit: [guard] };
  },
};

export const slowWire: Fault = {
  name: 'slow-wire',
  title: '200 ms of delay on the wire',
  async run({ spans, tell, world }) {
    tell(`every wire to Redis takes ${DELAY_MS} ms longer for ${spans.slowMs} ms`);
    for (const { redisWire } of world.services) redisWire.delay(DELAY_MS);
    await sleep(spans.slowMs);
    for (const { redisWire } of world.services) redisWire.delay(0);
    return { healedAt: performance.now(), hit: world.guards };
  },
};
