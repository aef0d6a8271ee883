/** Owns under what a run has taken place. */
import { cpus, loadavg, totalmem } from 'node:os';
import pg from 'pg';
import { createClient } from 'redis';
import type { Latchkey } from './contenders/latchkey.js';
import { othersMicros } from './meter.js';
import type { Conditions } from './result.js';
import type { Size } from './rounds.js';

export type Versions = Readonly<Record<string, string>>;

/** Begun before the run; to be called after it. */
export function conditionsOf(size: Size): (versions: Versions) => Conditions {
  const date = new Date().toISOString();
  const before = loadavg()[0] ?? 0;
  const [began, othersBefore] = [performance.now(), othersMicros([process.pid])];
  const processors = cpus();
  return (versions) => ({
    date,
    node: process.version,
    processors: `${processors.length} × ${processors[0]?.model ?? 'processor'}`,
    memoryBytes: totalmem(),
    load: [before, loadavg()[0] ?? 0],
    others: Math.max(0, othersMicros([process.pid]) - othersBefore) / 1000 / (performance.now() - began),
    versions,
    connections: size.connections,
    rounds: size.rounds,
    secondsPerRound: size.secondsPerRound,
  });
}

/** Of what our service leans on, as they say themselves. */
export async function storeVersions({ databaseUrl, redis }: Latchkey): Promise<Versions> {
  return { PostgreSQL: await postgresVersion(databaseUrl), Redis: await redisVersion(redis.url) };
}

async function postgresVersion(connectionString: string): Promise<string> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    return rows[0]?.server_version ?? '?';
  } finally {
    await client.end();
  }
}

async function redisVersion(url: string): Promise<string> {
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  await client.connect();
  try {
    return /^redis_version:(\S+)/m.exec(await client.info('server'))?.[1] ?? '?';
  } finally {
    client.destroy();
  }
}
