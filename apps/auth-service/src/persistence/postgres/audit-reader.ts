/**
 * Owns the reading of the audit trail, newest first, and how much of it is not sealed yet. Does not own its writing, nor
 * whether it is genuine (audit-verifier).
 */
import type {
  AuditEventRecord,
  AuditFilter,
  AuditPosition,
  AuditReader,
} from '../../admin/audit-events/audit-ports.js';
import { BEFORE_ALL } from './audit-chain.js';
import type { Statements } from './database.js';

interface Columns extends Omit<AuditEventRecord, 'at'> {
  readonly at: Date;
}

const SEALED_UP_TO = 'SELECT up_to FROM auth.audit_seals ORDER BY number DESC LIMIT 1';

/** @param chosen which rows of audit_events, few */
const recordsIn = (chosen: string): string => `
  SELECT e.id::text, e.at, e.actor, e.kind, e.target, e.outcome, e.detail, a.data #>> '{}' AS address, p.data AS personal,
    coalesce(e.id <= (${SEALED_UP_TO}), false) AS sealed
  FROM (${chosen}) e
  LEFT JOIN auth.audit_personal a ON a.event_id = e.id AND a.part = 'address'
  LEFT JOIN auth.audit_personal p ON p.event_id = e.id AND p.part = 'personal'
  ORDER BY e.at DESC, e.id DESC`;

const recordFrom = ({ at, ...rest }: Columns): AuditEventRecord => ({ ...rest, at: at.getTime() });

/** Of what is not sealed only so much is looked at: who has more than that is told so by the number alone. */
const BACKLOG_LOOKED_AT = 100_000;

export class PostgresAuditReader implements AuditReader {
  constructor(private readonly statements: Statements) {}

  /** @throws Unavailable */
  async list(page: {
    readonly limit: number;
    readonly filter: AuditFilter;
    readonly after?: AuditPosition;
  }): Promise<{ readonly items: readonly AuditEventRecord[]; readonly next?: AuditPosition }> {
    const { sql, parameters } = pageOf(page.limit + 1, page.filter, page.after);
    const { rows } = await this.statements.run<Columns>(sql, parameters);
    const items = rows.slice(0, page.limit).map(recordFrom);
    const last = items.at(-1);
    return {
      items,
      ...(rows.length > page.limit && last !== undefined ? { next: { at: last.at, id: last.id } } : {}),
    };
  }

  /** @param id digits, at most 15. @throws Unavailable */
  async find(id: string): Promise<AuditEventRecord | undefined> {
    const sql = recordsIn('SELECT * FROM auth.audit_events WHERE id = $1');
    const { rows } = await this.statements.run<Columns>(sql, [id]);
    return rows.map(recordFrom)[0];
  }

  /** How many events are not sealed yet (at most 100,000), and since how many seconds the oldest. @throws Unavailable */
  async backlog(): Promise<{ readonly events: number; readonly oldestAgeSeconds: number }> {
    const { rows } = await this.statements.run<{ readonly events: number; readonly oldestAgeSeconds: number }>(
      `SELECT count(*)::integer AS events,
         coalesce(extract(epoch FROM clock_timestamp() - min(at)), 0)::float8 AS "oldestAgeSeconds"
       FROM (SELECT at FROM auth.audit_events WHERE id > coalesce((${SEALED_UP_TO}), 0)
         ORDER BY id LIMIT ${BACKLOG_LOOKED_AT}) unsealed`,
    );
    return rows[0] ?? { events: 0, oldestAgeSeconds: 0 };
  }
}

/** No event is before the first, and none after the last. */
const [FIRST_ID, LAST_ID] = [BEFORE_ALL, '9223372036854775807'];

/**
 * From one place of one index to another, and ordered as it is. The bounds name the filter's columns too, instead of an
 * equality: PostgreSQL would then think that walking along the time finds rows enough, and walks through years in which
 * there are none. @param limit rows at most
 */
export const pageOf = (
  limit: number,
  { since, until, actor, kind, target }: AuditFilter,
  after: AuditPosition | undefined,
): { readonly sql: string; readonly parameters: readonly unknown[] } => {
  const parameters: unknown[] = [];
  const given = (value: unknown, type: string): string => `$${parameters.push(value)}::${type}`;
  const asked = Object.entries({ target, actor, kind }).filter(([, value]) => value !== undefined);
  // What is known of one target is never much: the rest is looked for in it.
  const [placed, sifted] = target === undefined ? [asked, []] : [asked.slice(0, 1), asked.slice(1)];
  const columns = [...placed.map(([column]) => column), 'at', 'id'];
  const names = placed.map(([, value]) => given(value, 'text'));
  const end = until !== undefined && (after === undefined || after.at >= until) ? { at: until, id: FIRST_ID } : after;
  const before = [
    given(end === undefined ? 'infinity' : new Date(end.at), 'timestamptz'),
    given(end?.id ?? LAST_ID, 'bigint'),
  ];
  const from = [given(since === undefined ? '-infinity' : new Date(since), 'timestamptz'), given(FIRST_ID, 'bigint')];
  const bounds = [
    `(${columns.join(', ')}) < (${[...names, ...before].join(', ')})`,
    `(${columns.join(', ')}) >= (${[...names, ...from].join(', ')})`,
    ...sifted.map(([column, value]) => `${column} = ${given(value, 'text')}`),
  ];
  const order = columns.map((column) => `${column} DESC`).join(', ');
  return {
    sql: recordsIn(
      `SELECT * FROM auth.audit_events WHERE ${bounds.join(' AND ')} ORDER BY ${order} LIMIT ${given(limit, 'integer')}`,
    ),
    parameters,
  };
};
