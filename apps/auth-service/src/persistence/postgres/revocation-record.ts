/** Owns how a revocation reads as an operator's record of it. Does not own the verbs (revocation-register). */
import type { RevocationRecord } from '../../admin/ports.js';
import type { Statements } from './database.js';
import { expiryOf, kindOf, POSITION, type RevocationColumns } from './revocation-row.js';

export interface RecordColumns extends Omit<RevocationColumns, 'generation'> {
  readonly reason: string | null;
  readonly created_at: Date;
  readonly epoch: number;
  readonly position: string | null;
}

export const RECORD_COLUMNS = `id, kind, value, reason, created_at, expires_at, published_epoch::float8 AS epoch,
  ${POSITION} AS position`;

export const recordFrom = (row: RecordColumns): RevocationRecord => ({
  id: row.id,
  kind: kindOf(row.kind),
  value: row.value,
  ...(row.reason === null ? {} : { reason: row.reason }),
  createdAt: row.created_at.getTime(),
  expiresAt: expiryOf(row.expires_at),
  ...(row.position === null ? {} : { publication: { epoch: row.epoch, position: row.position } }),
});

/** In the order of the ids; those that stand no more are left out. */
export const recordsOf = async (
  statements: Statements,
  ids: readonly string[],
): Promise<readonly RevocationRecord[]> => {
  const { rows } = await statements.run<RecordColumns>(
    `SELECT ${RECORD_COLUMNS} FROM auth.revocations JOIN unnest($1::uuid[]) WITH ORDINALITY AS asked (asked_id, place)
       ON id = asked_id ORDER BY place`,
    [ids],
  );
  return rows.map(recordFrom);
};
