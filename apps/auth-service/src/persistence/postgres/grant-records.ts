/**
 * Owns what an operator reads of grants, page by page, and the ending of one by an operator (admin-api.md `/grants`). Does
 * not own what ends with a grant (grant-endings), nor the protocol's verbs (grant-store).
 */
import { toSeconds } from '@latchkey/tokens';
import type {
  GrantEnd,
  GrantOrder,
  GrantPage,
  GrantQuery,
  GrantRecord,
  GrantRecords,
} from '../../admin/grants/grant-ports.js';
import { UNKNOWN } from './act.js';
import type { Statements } from './database.js';
import { endOneGrant } from './grant-endings.js';
import { GRANT_IS_REFRESHABLE } from './grant-row.js';
import type { Revoking } from './revoking.js';
import { isUuid } from './uuid.js';

interface RecordColumns {
  readonly grant_id: string;
  readonly client_id: string;
  readonly sub: string;
  readonly scope: string[];
  readonly resource: string | null;
  readonly auth_time: Date;
  readonly amr: string[];
  readonly sid: string;
  readonly ends_with_session: boolean;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly revoked_at: Date | null;
  readonly last_refreshed_at: number | null;
  readonly active: boolean;
}

/**
 * `g` is a row of auth.grants. The bucket of its newest rotation is the start of a span, in epoch seconds. Whether it is active
 * is asked one row at a time (hence the SELECT): an EXISTS for many rows may read all of `clients` and `users` first.
 */
const RECORD_COLUMNS = `g.grant_id, g.client_id, g.sub, g.scope, g.resource, g.auth_time, g.amr, g.sid,
  g.ends_with_session, g.created_at, g.expires_at, g.revoked_at, g.rotation_bucket::float8 AS last_refreshed_at,
  (SELECT ${GRANT_IS_REFRESHABLE}) AS active`;

const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

export class PostgresGrantRecords implements GrantRecords {
  constructor(private readonly revoking: Revoking) {}

  /**
   * By keyset, on an index for each of the four filters. What depends on other tables is asked of the page alone: outside,
   * the planner knows that it is short. @throws Unavailable
   */
  async list({ sub, clientId, limit, after }: GrantQuery): Promise<GrantPage> {
    const filters = [
      ...(sub === undefined ? [] : [{ condition: 'sub = $%::uuid', value: sub }]),
      ...(clientId === undefined ? [] : [{ condition: 'client_id = $%', value: clientId }]),
    ];
    const where = filters.map(({ condition }, index) => `AND ${condition.replace('%', String(index + 4))}`).join(' ');
    const { rows } = await this.revoking.database.run<RecordColumns>(
      `SELECT ${RECORD_COLUMNS} FROM (
         SELECT * FROM auth.grants WHERE (created_at, grant_id) < ($1::timestamptz, $2::uuid) ${where}
         ORDER BY created_at DESC, grant_id DESC LIMIT $3) g
       ORDER BY g.created_at DESC, g.grant_id DESC`,
      [
        ...[after === undefined ? 'infinity' : new Date(after.createdAt), after?.grantId ?? LAST_ID, limit + 1],
        ...filters.map(({ value }) => value),
      ],
    );
    const items = rows.slice(0, limit).map(recordFrom);
    const last = items.at(-1);
    return {
      items,
      ...(rows.length > limit && last !== undefined
        ? { next: { createdAt: last.createdAt, grantId: last.grantId } }
        : {}),
    };
  }

  /** @throws Unavailable */
  async find(grantId: string): Promise<GrantRecord | undefined> {
    return isUuid(grantId) ? recordOf(this.revoking.database, grantId) : undefined;
  }

  /** @throws Unavailable; whatever `decide` throws */
  async end(grantId: string, { decide, ...act }: GrantOrder): Promise<GrantEnd> {
    if (!isUuid(grantId)) return UNKNOWN;
    return this.revoking.commit<GrantEnd>(act.receipt, async (statements) => {
      // Two statements: what is read after the lock has been waited for is what stands now, also in other tables.
      await statements.run('SELECT FROM auth.grants WHERE grant_id = $1 FOR UPDATE', [grantId]);
      const standing = await recordOf(statements, grantId);
      if (standing === undefined) return { answer: UNKNOWN, entries: [] };
      decide(standing);
      const ending = await endOneGrant(statements, grantId, act, 'grant_deleted');
      const grant = ending.outcome === 'ended' ? await recordOf(statements, grantId) : standing;
      return {
        answer: { ...ending, ...(grant === undefined ? {} : { grant }) },
        entries: ending.outcome === 'ended' ? ending.revocations : [],
      };
    });
  }
}

async function recordOf(statements: Statements, grantId: string): Promise<GrantRecord | undefined> {
  const { rows } = await statements.run<RecordColumns>(
    `SELECT ${RECORD_COLUMNS} FROM auth.grants g WHERE g.grant_id = $1`,
    [grantId],
  );
  return rows[0] === undefined ? undefined : recordFrom(rows[0]);
}

const recordFrom = (row: RecordColumns): GrantRecord => ({
  grantId: row.grant_id,
  clientId: row.client_id,
  sub: row.sub,
  scope: row.scope,
  ...(row.resource === null ? {} : { resource: row.resource }),
  authTime: toSeconds(row.auth_time.getTime()),
  amr: row.amr,
  sid: row.sid,
  endsWithSession: row.ends_with_session,
  createdAt: row.created_at.getTime(),
  expiresAt: toSeconds(row.expires_at.getTime()),
  ...(row.revoked_at === null ? {} : { revokedAt: toSeconds(row.revoked_at.getTime()) }),
  ...(row.last_refreshed_at === null ? {} : { lastRefreshedAt: row.last_refreshed_at }),
  active: row.active,
});
