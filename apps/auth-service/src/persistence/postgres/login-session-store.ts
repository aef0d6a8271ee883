/**
 * Owns login sessions: begun in one statement that reads the generations, found by the digest of their cookie.
 * Does not own cookies, passwords nor log-out (session-endings).
 */
import { randomUUID } from 'node:crypto';
import type { LoginSession } from '@latchkey/protocol';
import { type RevocationEntry, toSeconds } from '@latchkey/tokens';
import type { LoginSessionStore } from '../../interaction/people.js';
import { appendAudit } from './audit-store.js';
import type { Database, Statements } from './database.js';
import { Revoking, type OnRevoked } from './revoking.js';
import { endSessions } from './session-endings.js';

interface SessionColumns {
  readonly sid: string;
  readonly sub: string;
  readonly auth_time: Date;
  readonly amr: string[];
  readonly expires_at: Date;
  readonly gen_iss: number;
  readonly gen_sub: number;
}

const SESSION_COLUMNS = 's.sid, s.sub, s.auth_time, s.amr, s.expires_at, s.gen_iss, s.gen_sub';

const sessionFrom = (row: SessionColumns): LoginSession => ({
  sid: row.sid,
  sub: row.sub,
  authTime: toSeconds(row.auth_time.getTime()),
  amr: row.amr,
  expiresAt: toSeconds(row.expires_at.getTime()),
  generations: { iss: row.gen_iss, sub: row.gen_sub },
});

export class PostgresLoginSessionStore implements LoginSessionStore {
  readonly #revoking: Revoking;

  /** @param onRevoked told of every revocation that a verb here has committed. */
  constructor(
    private readonly database: Database,
    onRevoked: OnRevoked,
  ) {
    this.#revoking = new Revoking(database, onRevoked);
  }

  /**
   * The person's row is held until the commit: whoever changes the password meanwhile waits, and then ends this session too.
   * The session that it replaces: of the same person, its cookie is dead and its grants go on (a log-out will follow
   * `replaced_by`); of another person, it has ended as by a log-out: what ends with it is refreshed no more, and its access
   * tokens are revoked in this transaction (revocation.md V4, `session`).
   * @throws Unavailable
   */
  async start(login: Parameters<LoginSessionStore['start']>[0]): Promise<LoginSession | undefined> {
    return this.#revoking.commit(false, async (statements) => {
      const { rows } = await statements.run<SessionColumns>(
        `INSERT INTO auth.login_sessions AS s (sid, cookie_digest, sub, auth_time, amr, expires_at, gen_iss, gen_sub)
         SELECT $1, $2, u.sub, t.now, $5, t.now + make_interval(secs => $6), i.generation, u.generation
         FROM auth.users u, auth.issuer_state i, (SELECT date_trunc('second', clock_timestamp()) AS now) t
         WHERE u.sub = $3 AND u.enabled AND u.generation = $4 AND u.password_version = $7
         FOR SHARE OF u
         RETURNING ${SESSION_COLUMNS}`,
        [
          ...[randomUUID(), login.cookieDigest, login.sub, login.personGeneration],
          ...[login.amr, login.lifetimeSeconds, login.passwordVersion],
        ],
      );
      const [row] = rows;
      if (row === undefined) return { answer: undefined, entries: [] };
      const entries =
        login.replacesCookieDigest === undefined ? [] : await replace(statements, login.replacesCookieDigest, row);
      const { detail, ...from } = login.from ?? {};
      await appendAudit(statements, {
        ...{ actor: row.sub, kind: 'login.succeeded', target: row.sid, outcome: 'done', about: row.sub },
        ...{ ...from, detail: { ...detail, amr: row.amr } },
      });
      return { answer: sessionFrom(row), entries };
    });
  }

  /** @throws Unavailable */
  async find(cookieDigest: string): Promise<LoginSession | undefined> {
    const { rows } = await this.database.run<SessionColumns>(
      `SELECT ${SESSION_COLUMNS} FROM auth.login_sessions s
       JOIN auth.users u ON u.sub = s.sub AND u.enabled AND u.generation = s.gen_sub
       JOIN auth.issuer_state i ON i.generation = s.gen_iss
       WHERE s.cookie_digest = $1 AND s.ended_at IS NULL AND s.replaced_by IS NULL AND s.expires_at > clock_timestamp()`,
      [cookieDigest],
    );
    return rows[0] === undefined ? undefined : sessionFrom(rows[0]);
  }
}

async function replace(
  statements: Statements,
  cookieDigest: string,
  successor: SessionColumns,
): Promise<readonly RevocationEntry[]> {
  const { rows } = await statements.run<{ readonly sid: string; readonly ended: boolean }>(
    `UPDATE auth.login_sessions SET replaced_by = CASE WHEN sub = $2 THEN $3::uuid END
     WHERE cookie_digest = $1 AND ended_at IS NULL AND replaced_by IS NULL
     RETURNING sid, replaced_by IS NULL AS ended`,
    [cookieDigest, successor.sub, successor.sid],
  );
  const [replaced] = rows;
  if (replaced?.ended !== true) return [];
  return endSessions(statements, replaced.sid, { actor: successor.sub, receipt: false }, 'another_person_logged_in');
}
