// Owns: failover to a real replica that lags. Services reach the new one at different instants, as clients of a real one do.
// Does not own: who decides on a failover; the seed does.
import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisServer } from '@latchkey/testbed';
import { redisCommand } from '../redis-command.js';
import { TcpProxy } from '../tcp-proxy.js';
import type { Fault } from './fault.js';

const IN_STEP_WITHIN_MS = 10_000;
const LAG_MS = [500, 2500] as const;
const STAGGER_MS = 600;

/** A replica that has all of it, and the wire by which it follows. */
async function follow(primary: RedisServer, replica: RedisServer): Promise<TcpProxy> {
  const wire = await TcpProxy.start(primary.port);
  await redisCommand(replica.url, 'REPLICAOF', '127.0.0.1', String(wire.port));
  const deadline = performance.now() + IN_STEP_WITHIN_MS;
  while (!(await redisCommand(replica.url, 'INFO', 'replication')).includes('master_link_status:up')) {
    if (performance.now() > deadline) throw new Error('the replica did not get in step');
    await sleep(20);
  }
  return wire;
}

export const failover: Fault = {
  name: 'failover',
  title: 'failover to a replica that lags',
  async run({ chance, tell, world }) {
    const primary = world.redis;
    const replica = await world.anotherRedis();
    const wire = world.keep(await follow(primary, replica));
    await sleep(chance.between(100, 1000));
    wire.hold();
    const lagMs = Math.round(chance.between(...LAG_MS));
    await sleep(lagMs);
    // Either the old primary is dead, or it lives on while some still write to it and others already to the new one.
    const dies = chance.often(0.5);
    tell(`promoted ${lagMs} ms behind; the old primary ${dies ? 'is dead' : 'lives on for a moment'}`);
    if (dies) await primary.kill();
    await redisCommand(replica.url, 'REPLICAOF', 'NO', 'ONE');
    world.serveFrom(replica);
    const healedAt = performance.now();
    const moving = world.services.map(async ({ redisWire }) => {
      await sleep(chance.between(0, STAGGER_MS));
      redisWire.moveTo(replica.port);
    });
    await Promise.all(moving);
    // Not asked to go: it would wait for a replica that follows no more.
    await primary.kill();
    return { healedAt, hit: world.guards };
  },
};
