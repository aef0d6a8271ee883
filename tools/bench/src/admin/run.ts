/**
 * Owns one run: two installations with fsync, one with ten rows in each list and one with as many as asked for, and what is
 * measured on them. Does not own what is printed, nor the exit code (main).
 */
import { counted, Endings, Fleet, type Progress } from '@latchkey/stack';
import type { Figure } from '../measurement.js';
import { ratiosOf, type Comparison } from './comparison.js';
import { pageLatencies } from './pages.js';
import { seed, type Amount } from './seeding.js';
import { clientCosts, oneKey } from './writes.js';

export interface Run extends Amount {
  /** How often each page is asked for with few rows, and with many. */
  readonly samples: number;
  /** How many clients are made, read and changed. */
  readonly clients: number;
  /** An index of the schema `auth` that is dropped first, so that it is seen whether the bench notices. */
  readonly without?: string;
}

export interface Found {
  readonly comparisons: readonly Comparison[];
  readonly figures: readonly Figure[];
}

const FEW = 10;
const SIZE = { auths: 1, guards: 0, durable: true } as const;
const SETTINGS = { LOG_LEVEL: 'warn', ACCESS_TOKEN_LIFETIME_SECONDS: '7200' };

export async function run({ samples, clients, without, ...amount }: Run, progress: Progress): Promise<Found> {
  const endings = new Endings();
  try {
    progress.tell(`starting two installations, one for ${FEW} rows and one for ${counted(amount.rows)}`);
    const few = endings.keep(await Fleet.start(SIZE, SETTINGS));
    const many = endings.keep(await Fleet.start(SIZE, SETTINGS));
    await seed(few, { rows: FEW, auditRows: FEW }, progress);
    await seed(many, amount, progress);
    if (without !== undefined) await dropIndex([few, many], without);
    const comparisons = await pageLatencies({ few, many }, samples, progress);
    const figures = [...(await clientCosts(many, clients, progress)), ...(await oneKey(many))];
    return { comparisons, figures: [...ratiosOf(comparisons), ...figures] };
  } finally {
    await endings.run();
  }
}

async function dropIndex(fleets: readonly Fleet[], index: string): Promise<void> {
  if (!/^[a-z_]+$/.test(index)) throw new Error(`${index} is not the name of an index.`);
  for (const fleet of fleets) await fleet.query(`DROP INDEX auth.${index}`, []);
}
