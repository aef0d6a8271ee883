/**
 * Owns the rows of all keys as one thing that changes by compare and swap. Does not own what each change writes
 * (key-changes), the schedule, the making and the sealing of keys (tokens/keys).
 */
import type { EpochMilliseconds, RevocationEntry } from '@latchkey/tokens';
import {
  madeLater,
  type KeyAct,
  type KeyChange,
  type KeysCommitted,
  type KeySnapshot,
  type KeyStore,
} from '@latchkey/tokens/issuing';
import { auditOf, type Act } from './act.js';
import { appendAudit, type AuditEvent } from './audit-store.js';
import type { Statements } from './database.js';
import { changeKey, RESEALED } from './key-changes.js';
import { JOIN_ITS_REVOCATION, KEY_COLUMNS, keyFrom, NEXT_REVISION, type KeyColumns } from './key-row.js';
import type { Revoking } from './revoking.js';

/** The schedule's own doing. */
const SYSTEM: Act = { actor: 'system', receipt: false };

/** Downwards, and of the beginning of the statement: no span is ever counted as longer than it was. */
const NOW = 'floor(extract(epoch FROM now()) * 1000)::float8 AS now';

type SnapshotColumns = {
  readonly revision: number;
  readonly now: number;
  readonly token_seconds: number;
  readonly refresh_seconds: number;
} & (KeyColumns | { readonly kid: null });

/** What else commits with a change of keys, before it, in the same transaction; whatever it throws rolls both back. */
export type Along = (statements: Statements, changes: readonly KeyChange[]) => Promise<void>;

type Committed = 'lost' | KeysCommitted;

export class PostgresKeyStore implements KeyStore {
  constructor(
    private readonly revoking: Revoking,
    private readonly work?: Along,
  ) {}

  /** The same keys; whatever is committed through this view commits with that work, or not at all. */
  along(work: Along): PostgresKeyStore {
    return new PostgresKeyStore(this.revoking, work);
  }

  /** One statement, so that revision, marks and keys are of one snapshot. @throws Unavailable */
  async load(): Promise<KeySnapshot> {
    const { rows } = await this.revoking.database.run<SnapshotColumns>(
      `SELECT v.revision::float8 AS revision, ${NOW}, ${KEY_COLUMNS},
         greatest(i.longest_token_lifetime_seconds, i.longest_id_token_lifetime_seconds) AS token_seconds,
         i.longest_refresh_lifetime_seconds AS refresh_seconds
       FROM auth.key_revision v CROSS JOIN auth.issuer_state i LEFT JOIN auth.keys k ON true ${JOIN_ITS_REVOCATION}
       ORDER BY k.announced_at, k.kid COLLATE "C"`,
    );
    const [first] = rows;
    if (first === undefined) throw noRevision();
    const { revision, now, token_seconds: tokenSeconds, refresh_seconds: refreshSeconds } = first;
    const keys = rows.flatMap((row) => (row.kid === null ? [] : [keyFrom(row)]));
    return { revision, now, keys, longest: { tokenSeconds, refreshSeconds } };
  }

  /** @throws Unavailable */
  async revision(): Promise<Pick<KeySnapshot, 'revision' | 'now'>> {
    const { rows } = await this.revoking.database.run<Pick<KeySnapshot, 'revision' | 'now'>>(
      `SELECT revision::float8 AS revision, ${NOW} FROM auth.key_revision`,
    );
    if (rows[0] === undefined) throw noRevision();
    return rows[0];
  }

  /**
   * Whoever publishes hears of a kill after the commit. Rejects with what the work along with it throws.
   * @throws Unavailable; Error, with nothing written, for a change that the state of its key forbids: a bug
   */
  async commit(
    revision: number,
    changes: readonly KeyChange[],
    act: KeyAct = SYSTEM,
    decidedAt?: EpochMilliseconds,
  ): Promise<Committed> {
    return this.revoking.commit<Committed>(act.receipt, async (statements) => {
      // 1. Who wins: all others wait for this row, and find another revision in it.
      const { rows } = await statements.run<Pick<KeySnapshot, 'revision' | 'now'>>(
        `UPDATE auth.key_revision SET ${NEXT_REVISION}
         WHERE revision = $1
         RETURNING revision::float8 AS revision, ceil(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now`,
        [revision],
      );
      if (rows[0] === undefined) return { answer: 'lost', entries: [] };

      // 2. What goes with them.
      await this.work?.(statements, changes);

      // 3. The changes, in order.
      await dropTheKilled(statements);
      const events: AuditEvent[] = [];
      const entries: RevocationEntry[] = [];
      const lateMs = decidedAt === undefined ? 0 : Math.max(0, rows[0].now - decidedAt);
      for (const change of changes) {
        const { event, entry } = await changeKey(statements, madeLater(change, lateMs), act);
        events.push(event);
        if (entry !== undefined) entries.push(entry);
      }

      // 4. The trail.
      await appendAudit(statements, ...asOne(events, act));
      return { answer: { revision: rows[0].revision, revocations: entries, lateMs }, entries };
    });
  }
}

/**
 * revocation.md V2: "a killed thumbprint is never accepted again". A row that was restored as something else holds no place
 * that its successor needs, and nothing that could sign.
 */
const dropTheKilled = async (statements: Statements): Promise<void> => {
  await statements.run(
    `UPDATE auth.keys k SET state = 'dropped', dropped_at = coalesce(k.dropped_at, r.created_at), sealed_key = NULL
     FROM auth.revocations r WHERE r.kind = 'key' AND r.value = k.kid AND k.state <> 'dropped'`,
  );
};

/** One event for all keys that were sealed anew: it is one act, and says nothing of any of them. */
const asOne = (events: readonly AuditEvent[], act: Act): readonly AuditEvent[] => {
  const resealed = events.filter(({ kind }) => kind === RESEALED);
  if (resealed.length === 0) return events;
  const detail = { kids: resealed.map(({ target }) => target) };
  return [...events.filter(({ kind }) => kind !== RESEALED), auditOf(act, { kind: RESEALED, target: 'keys' }, detail)];
};

const noRevision = (): Error => new Error('The keys have no revision: the schema was not made by our migrations.');
