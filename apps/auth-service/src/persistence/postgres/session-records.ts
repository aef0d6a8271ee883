/**
 * Owns what an operator reads of login sessions, page by page, and the ending of one by an operator (admin-api.md
 * `/sessions`). Does not own what ends with a session (session-endings), nor how one begins (login-session-store).
 */
import { toSeconds } from '@latchkey/tokens';
import type {
  SessionEnd,
  SessionOrder,
  SessionPage,
  SessionQuery,
  SessionRecord,
  SessionRecords,
} from '../../admin/sessions/session-ports.js';
import { UNKNOWN } from './act.js';
import type { Statements } from './database.js';
import type { Revoking } from './revoking.js';
import { endSessionsOf, lockChain } from './session-endings.js';
import { isUuid } from './uuid.js';

interface RecordColumns {
  readonly sid: string;
  readonly sub: string;
  readonly auth_time: Date;
  readonly amr: string[];
  readonly expires_at: Date;
  readonly ended_at: Date | null;
  readonly replaced_by: string | null;
  readonly active: boolean;
}

/**
 * `s` is a row of auth.login_sessions; what makes it active is what login-session-store asks of a cookie, one row at a time
 * (hence the SELECT): an EXISTS for many rows may read all of `users` first.
 */
const RECORD_COLUMNS = `s.sid, s.sub, s.auth_time, s.amr, s.expires_at, s.ended_at, s.replaced_by, (
  SELECT s.ended_at IS NULL AND s.replaced_by IS NULL AND s.expires_at > clock_timestamp()
  AND EXISTS (SELECT FROM auth.users u WHERE u.sub = s.sub AND u.enabled AND u.generation = s.gen_sub)
  AND EXISTS (SELECT FROM auth.issuer_state i WHERE i.generation = s.gen_iss)) AS active`;

const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

export class PostgresSessionRecords implements SessionRecords {
  constructor(private readonly revoking: Revoking) {}

  /** By keyset, on an index for each filter; what depends on other tables is asked of the page alone. @throws Unavailable */
  async list({ sub, limit, after }: SessionQuery): Promise<SessionPage> {
    const { rows } = await this.revoking.database.run<RecordColumns>(
      `SELECT ${RECORD_COLUMNS} FROM (
         SELECT * FROM auth.login_sessions WHERE (auth_time, sid) < ($1::timestamptz, $2::uuid)
           ${sub === undefined ? '' : 'AND sub = $4::uuid'}
         ORDER BY auth_time DESC, sid DESC LIMIT $3) s
       ORDER BY s.auth_time DESC, s.sid DESC`,
      [
        ...[after === undefined ? 'infinity' : new Date(after.authTime), after?.sid ?? LAST_ID, limit + 1],
        ...(sub === undefined ? [] : [sub]),
      ],
    );
    const items = rows.slice(0, limit).map(recordFrom);
    const last = items.at(-1);
    return {
      items,
      ...(rows.length > limit && last !== undefined ? { next: { authTime: last.authTime, sid: last.sid } } : {}),
    };
  }

  /** @throws Unavailable */
  async find(sid: string): Promise<SessionRecord | undefined> {
    return isUuid(sid) ? recordOf(this.revoking.database, sid) : undefined;
  }

  /** @throws Unavailable; whatever `decide` throws */
  async end(sid: string, { decide, ...act }: SessionOrder): Promise<SessionEnd> {
    if (!isUuid(sid)) return UNKNOWN;
    return this.revoking.commit<SessionEnd>(act.receipt, async (statements) => {
      await lockChain(statements, sid);
      const standing = await recordOf(statements, sid);
      if (standing === undefined) return { answer: UNKNOWN, entries: [] };
      decide(standing);
      const ending = await endSessionsOf(statements, sid, act, 'revoked_by_operator');
      const session = ending.outcome === 'ended' ? await recordOf(statements, sid) : standing;
      return {
        answer: { ...ending, ...(session === undefined ? {} : { session }) },
        entries: ending.outcome === 'ended' ? ending.revocations : [],
      };
    });
  }
}

async function recordOf(statements: Statements, sid: string): Promise<SessionRecord | undefined> {
  const { rows } = await statements.run<RecordColumns>(
    `SELECT ${RECORD_COLUMNS} FROM auth.login_sessions s WHERE s.sid = $1`,
    [sid],
  );
  return rows[0] === undefined ? undefined : recordFrom(rows[0]);
}

const recordFrom = (row: RecordColumns): SessionRecord => ({
  sid: row.sid,
  sub: row.sub,
  authTime: row.auth_time.getTime(),
  amr: row.amr,
  expiresAt: toSeconds(row.expires_at.getTime()),
  ...(row.ended_at === null ? {} : { endedAt: toSeconds(row.ended_at.getTime()) }),
  ...(row.replaced_by === null ? {} : { replacedBy: row.replaced_by }),
  active: row.active,
});
