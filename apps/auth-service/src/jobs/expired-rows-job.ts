/** Owns when expired rows are swept. Does not own what is expired (persistence/postgres/expired-rows). */
import type { ExpiredRows } from '../persistence/postgres/expired-rows.js';
import { Repeating, type JobChange } from './repeating.js';

export interface ExpiredRowsJobOptions {
  readonly expiredRows: Pick<ExpiredRows, 'sweep'>;
  /** Default one minute. */
  readonly intervalMs?: number;
  readonly onChange?: (change: JobChange) => void;
}

export class ExpiredRowsJob extends Repeating {
  constructor({ expiredRows, intervalMs = 60_000, ...rest }: ExpiredRowsJobOptions) {
    super({ everyMs: intervalMs, work: () => expiredRows.sweep(), ...rest });
  }
}
