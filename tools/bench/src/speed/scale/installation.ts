/**
 * Owns one installation of "how it scales", which is filled in place while it runs: what grows is asked by a process that is as warm
 * as before. Does not own what it is asked (questions).
 */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Endings, type Progress } from '@latchkey/stack';
import { insertAll, type Queries } from '../../admin/seeding.js';
import { REVOCATIONS, SEEDS, type SeededTable } from '../../admin/seeds.js';
import { Latchkey } from '../contenders/latchkey.js';
import { LatchkeyDrills } from '../contenders/latchkey-drills.js';
import { ALGORITHMS, API, type BenchClient } from '../contenders/seed.js';
import { refusesWhatIsRevoked } from '../guards/guard-revocation.js';
import { startGuards, type GuardedApi } from '../guards/guard-workloads.js';
import { openDatabase } from './database.js';
import { FEW, GROWING, type Growing } from './sizes.js';

/** How many clients ask in turn where there are as many. */
const MACHINES = 1000;
const PUBLISHING_PATIENCE_MS = 30 * 60_000;
const LOOK_EVERY_MS = 500;

const TABLES: Readonly<Record<Growing, readonly SeededTable[]>> = {
  clients: ['clients', 'client_secrets'],
  grants: ['grants'],
  revocations: ['revocations'],
};

export class Installation {
  readonly drills: LatchkeyDrills;
  #sizes: Readonly<Record<Growing, number>> = { clients: 0, grants: 0, revocations: 0 };
  #machines: readonly BenchClient[] = [];
  #guarded: GuardedApi | undefined;

  private constructor(
    readonly latchkey: Latchkey,
    private readonly endings: Endings,
  ) {
    this.drills = new LatchkeyDrills(latchkey);
  }

  /** Small. @param durable PostgreSQL with fsync */
  static async start(auths: number, durable: boolean, progress: Progress): Promise<Installation> {
    const endings = new Endings();
    try {
      const installation = new Installation(endings.keep(await Latchkey.start({ auths, durable })), endings);
      for (const respect of GROWING) await installation.grow(respect, FEW[respect], progress);
      return installation;
    } catch (error) {
      await endings.run();
      throw error;
    }
  }

  /** Some of its clients, which may get tokens for themselves. */
  get machines(): readonly BenchClient[] {
    return this.#machines;
  }

  /** One API behind our guard, started when it is first asked for. */
  async guarded(): Promise<GuardedApi> {
    this.#guarded ??= await startGuards(this.latchkey, 'ES256', (server) => this.endings.keep(server), ['latchkey']);
    return this.#guarded;
  }

  /** Until everybody knows of all, and PostgreSQL has nothing left to do. */
  async grow(respect: Growing, size: number, progress: Progress): Promise<void> {
    const database = await openDatabase(this.latchkey.databaseUrl);
    try {
      const lots = [...SEEDS, REVOCATIONS]
        .filter(({ table }) => TABLES[respect].includes(table))
        .map((seed) => ({ seed, from: this.#sizes[respect], rows: size }));
      this.#sizes = { ...this.#sizes, [respect]: size };
      await insertAll(database, lots, this.#sizes.clients, progress);
      if (respect === 'clients') this.#machines = await makeMachines(database, Math.min(MACHINES, size));
      if (respect === 'revocations') await published(database, size, progress);
      for (const table of TABLES[respect]) await database.query(`VACUUM (ANALYZE) auth.${table}`, []);
      await database.query('CHECKPOINT', []);
    } finally {
      await database.stop();
    }
    // The feed has an order: whoever knows of the last one knows of all.
    if (this.#guarded !== undefined) await refusesWhatIsRevoked(this.latchkey, this.#guarded);
  }

  async stop(): Promise<void> {
    await this.endings.run();
  }
}

/** The first of the clients that were seeded get what a machine needs, and a secret that is known here. */
async function makeMachines(database: Queries, count: number): Promise<readonly BenchClient[]> {
  const machines = Array.from({ length: count }, (_, n) => ({
    client_id: createHash('md5').update(String(n)).digest('hex'),
    client_secret: createHash('sha256').update(`machine ${n}`).digest('hex'),
  }));
  const ids = machines.map(({ client_id: id }) => id);
  await database.query(
    `UPDATE auth.clients SET grant_types = '{client_credentials}', redirect_uris = '{}', allowed_scope = $2::text[]
     WHERE client_id = ANY ($1::text[])`,
    [ids, ALGORITHMS.map((algorithm) => API[algorithm].scope)],
  );
  await database.query(
    `UPDATE auth.client_secrets s SET digest = given.digest
     FROM unnest($1::text[], $2::text[]) AS given (client_id, digest) WHERE s.client_id = given.client_id`,
    [ids, machines.map(({ client_secret: secret }) => createHash('sha256').update(secret).digest('hex'))],
  );
  return machines;
}

/** Everything stands on the wire. @throws Error when it takes too long */
async function published(database: Queries, revocations: number, progress: Progress): Promise<void> {
  const began = performance.now();
  const step = progress.of('the service publishes revocations', revocations);
  for (;;) {
    const [row] = await database.query(
      'SELECT count(*)::integer AS left FROM auth.revocations WHERE published_epoch < (SELECT epoch FROM auth.revocation_epoch)',
      [],
    );
    const left = Number(row?.['left']);
    if (left === 0) return;
    if (performance.now() - began > PUBLISHING_PATIENCE_MS)
      throw new Error(`${left} revocations are not published yet.`);
    step(revocations - left);
    await pause(LOOK_EVERY_MS);
  }
}
