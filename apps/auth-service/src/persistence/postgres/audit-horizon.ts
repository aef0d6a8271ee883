/**
 * Owns the answer to which events can be sealed: those before which nothing can appear any more (ADR 10). Does not own the
 * sealing.
 *
 * Ids are given in one order and committed in another. Whoever inserts holds ROW EXCLUSIVE on the table from before its ids
 * are drawn until after its commit is seen. So of what is smaller than the greatest id that a snapshot shows, all that the
 * snapshot does not show belongs to a transaction that holds that lock afterwards, or has ended. When those who held it
 * then have ended, whatever of theirs was committed is there, and no id below can come again.
 */
import type { Statements } from './database.js';

interface Sighting {
  /** The greatest id that was seen; a string: bigint. */
  readonly upTo: string;
  /** Who was writing when it was seen, as PostgreSQL names a transaction. */
  readonly writers: readonly string[];
}

/** Nobody who may not write to the table can hold this; a lock of our own invention could be held by anybody. */
const WRITERS = `SELECT virtualtransaction AS writer FROM pg_locks
  WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND granted AND relation = 'auth.audit_events'::regclass
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

export class AuditHorizon {
  #waitingFor: Sighting | undefined;

  constructor(private readonly statements: Statements) {}

  /**
   * Up to which id everything that will ever be there can be read now, by a statement that starts after this. Undefined
   * while that cannot be said. @throws Unavailable
   */
  async settled(): Promise<string | undefined> {
    const seen = await this.#look();
    if (seen === undefined) return undefined;
    if (seen.writers.length === 0) {
      this.#waitingFor = undefined;
      return seen.upTo;
    }
    // Under load somebody always writes: those who wrote when it was seen before are waited for, and no others.
    const before = this.#waitingFor;
    const settled = before !== undefined && !(await this.#write(before.writers)) ? before.upTo : undefined;
    if (before === undefined || settled !== undefined) this.#waitingFor = seen;
    return settled;
  }

  /** One statement: its snapshot is older than what it reads of the locks. */
  async #look(): Promise<Sighting | undefined> {
    const { rows } = await this.statements.run<{ readonly upTo: string | null; readonly writers: string[] }>(
      `SELECT (SELECT max(id) FROM auth.audit_events)::text AS "upTo", ARRAY(${WRITERS}) AS writers`,
    );
    const [row] = rows;
    return row?.upTo === undefined || row.upTo === null ? undefined : { upTo: row.upTo, writers: row.writers };
  }

  async #write(writers: readonly string[]): Promise<boolean> {
    const { rows } = await this.statements.run(
      `SELECT 1 FROM (${WRITERS}) w WHERE w.writer = ANY ($1::text[]) LIMIT 1`,
      [writers],
    );
    return rows.length > 0;
  }
}
