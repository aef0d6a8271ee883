/**
 * Owns the filling of one installation, in steps that show themselves, until it is as calm as one that has stood for long.
 * Does not own the rows (seeds).
 */
import { setTimeout as pause } from 'node:timers/promises';
import { counted, type Fleet, type Progress } from '@latchkey/stack';
import { SEEDS, type Seed, type SeededTable } from './seeds.js';

export interface Amount {
  readonly rows: number;
  /** Of audit events, which are sealed one after the other afterwards. */
  readonly auditRows: number;
}

const STEP = 20_000;
/** Neither so few that their rows can be sorted at every request, nor so many that walking by all others' is long. */
const OWNERS = 128;
const SEALING_PATIENCE_MS = 15 * 60_000;
const LOOK_EVERY_MS = 1000;

const amountOf = (table: SeededTable, { rows, auditRows }: Amount): number =>
  table === 'audit_events' ? auditRows : rows;

export async function seed(fleet: Fleet, amount: Amount, progress: Progress): Promise<void> {
  const lots = SEEDS.map((each) => ({ seed: each, rows: amountOf(each.table, amount) }));
  await insertAll(fleet, lots, amount.rows, progress);
  await sealed(fleet, progress);
  // What autovacuum would do while something is measured.
  for (const table of [
    'clients',
    'client_secrets',
    'users',
    'grants',
    'audit_events',
    'audit_personal',
    'audit_seals',
  ]) {
    await fleet.query(`VACUUM (ANALYZE) auth.${table}`, []);
  }
  await fleet.query('CHECKPOINT', []);
}

/** Something that can be asked in SQL. */
export type Queries = Pick<Fleet, 'query'>;

export interface Lot {
  readonly seed: Seed;
  /** How many stand there already; none when left out. */
  readonly from?: number;
  /** How many there are in the end. */
  readonly rows: number;
}

/** @param clients among how many grants are dealt out */
export async function insertAll(
  database: Queries,
  lots: readonly Lot[],
  clients: number,
  progress: Progress,
): Promise<void> {
  const all = lots.reduce((sum, { seed: { cost }, from = 0, rows }) => sum + cost * (rows - from), 0);
  const step = progress.of('seeding', all);
  let done = 0;
  for (const { seed, from = 0, rows } of lots) {
    const owners = Math.max(1, Math.min(OWNERS, Math.floor(rows / OWNERS)));
    for (let first = from; first < rows; first += STEP) {
      const last = Math.min(rows, first + STEP) - 1;
      await database.query(seed.sql, [first, last, owners, clients]);
      done += seed.cost * (last - first + 1);
      step(done, `${counted(last + 1)} of ${counted(rows)} ${seed.table}`);
    }
  }
}

/** Nothing of what was filled in is left for the service to seal. @throws Error when it takes too long */
async function sealed(fleet: Fleet, progress: Progress): Promise<void> {
  const began = performance.now();
  const first = await unsealed(fleet);
  const step = progress.of('the service seals audit events', first);
  for (let left = first; left > 0; left = await unsealed(fleet)) {
    if (performance.now() - began > SEALING_PATIENCE_MS) throw new Error(`${left} audit events are not sealed yet.`);
    step(first - left);
    await pause(LOOK_EVERY_MS);
  }
}

async function unsealed(fleet: Fleet): Promise<number> {
  const [row] = await fleet.query(
    `SELECT (coalesce((SELECT max(id) FROM auth.audit_events), 0)
       - coalesce((SELECT up_to FROM auth.audit_seals ORDER BY number DESC LIMIT 1), 0))::integer AS events`,
    [],
  );
  return Number(row?.['events']);
}
