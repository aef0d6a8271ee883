// Owns: the faults of PostgreSQL and of the one Redis: killed, with and without what it held, and emptied. Does not own: failover.
import { redisCommand } from '../redis-command.js';
import { type Fault, outage } from './fault.js';

const killRedis = (name: string, title: string, empty: boolean): Fault => ({
  name,
  title,
  async run(context) {
    const { redis, guards } = context.world;
    await redis.kill();
    await outage(context, 'Redis');
    await redis.restart({ empty });
    return { healedAt: performance.now(), hit: guards };
  },
});

export const redisEmpty = killRedis('redis-empty', 'kill -9 of Redis, its data lost', true);
export const redisKept = killRedis('redis-kept', 'kill -9 of Redis, its data kept', false);

export const postgres: Fault = {
  name: 'postgres',
  title: 'kill -9 of PostgreSQL',
  async run(context) {
    const { postgres: server, guards } = context.world;
    await server.kill();
    await outage(context, 'PostgreSQL');
    await server.restart();
    return { healedAt: performance.now(), hit: guards };
  },
};

export const flushall: Fault = {
  name: 'flushall',
  title: 'FLUSHALL',
  async run({ tell, world }) {
    await redisCommand(world.redis.url, 'FLUSHALL');
    tell('Redis holds nothing any more');
    return { healedAt: performance.now(), hit: world.guards };
  },
};
