/**
 * Owns the ending of login sessions, by a log-out or by an operator (revocation.md V4: "logout → `session`"). Does not own
 * cookies, nor the beginning of a session (login-session-store).
 */
import type { RevocationEntry } from '@latchkey/tokens';
import { auditOf, UNKNOWN, type Act, type Ending } from './act.js';
import { appendAudit } from './audit-store.js';
import type { Statements } from './database.js';
import { atFirst, BY_TOKEN_LIFE, standingRevocation, writeRevocations } from './revocation-row.js';
import type { Revoking } from './revoking.js';
import { isUuid } from './uuid.js';

export type SessionEndingCause = 'logged_out' | 'another_person_logged_in' | 'revoked_by_operator';

/**
 * A login in the same browser replaces the session before it, whose grants go on: together they are one chain, and end
 * together, whichever of them is named. To be called inside a transaction.
 * @returns an entry for each session that ends now; that of `sid` comes first
 */
export const endSessions = async (
  statements: Statements,
  sid: string,
  act: Act,
  cause: SessionEndingCause,
): Promise<readonly RevocationEntry[]> => {
  const { rows } = await statements.run<{ readonly sid: string }>(
    `WITH RECURSIVE later AS (
       SELECT sid, replaced_by FROM auth.login_sessions WHERE sid = $1
       UNION SELECT s.sid, s.replaced_by FROM later l JOIN auth.login_sessions s ON s.sid = l.replaced_by),
     chain AS (
       SELECT sid FROM later
       UNION SELECT s.sid FROM chain c JOIN auth.login_sessions s ON s.replaced_by = c.sid)
     UPDATE auth.login_sessions SET ended_at = clock_timestamp() WHERE ended_at IS NULL AND sid IN (
       SELECT s.sid FROM auth.login_sessions s WHERE s.sid IN (SELECT sid FROM chain) AND s.ended_at IS NULL
       ORDER BY s.sid FOR UPDATE)
     RETURNING sid`,
    [sid],
  );
  const { actor, reason } = act;
  const entries = await writeRevocations(
    statements,
    { kind: 'session', cause, actor, expiresAt: BY_TOKEN_LIFE, ...(reason === undefined ? {} : { reason }) },
    rows.map((row) => row.sid),
  );
  await appendAudit(
    statements,
    ...rows.map((row) => auditOf(act, { kind: 'session.ended', target: row.sid }, { cause })),
  );
  return atFirst(entries, sid);
};

/** The same, with an answer for a session that had ended already or is not known. To be called inside a transaction. */
export const endSessionsOf = async (
  statements: Statements,
  named: string,
  act: Act,
  cause: SessionEndingCause,
): Promise<Ending> => {
  if (!isUuid(named)) return UNKNOWN;
  const sid = named.toLowerCase();
  const entries = await endSessions(statements, sid, act, cause);
  if (entries.length > 0) return { outcome: 'ended', revocations: entries };
  const { rows } = await statements.run('SELECT 1 FROM auth.login_sessions WHERE sid = $1', [sid]);
  if (rows.length === 0) return UNKNOWN;
  const standing = await standingRevocation(statements, { kind: 'session', value: sid });
  return { outcome: 'before', revocations: standing === undefined ? [] : [standing] };
};

export class PostgresSessionEndings {
  constructor(private readonly revoking: Revoking) {}

  /**
   * The session of this cookie, unless another login has taken its place. By its own person.
   * Not checked: that the request came from that person's own page. @throws Unavailable
   */
  async logOut(cookieDigest: string, act: Omit<Act, 'actor'>): Promise<Ending> {
    return this.revoking.end(act.receipt, async (statements) => {
      const { rows } = await statements.run<{ readonly sid: string; readonly sub: string }>(
        'SELECT sid, sub FROM auth.login_sessions WHERE cookie_digest = $1 AND replaced_by IS NULL',
        [cookieDigest],
      );
      const [session] = rows;
      if (session === undefined) return UNKNOWN;
      return endSessionsOf(statements, session.sid, { ...act, actor: session.sub }, 'logged_out');
    });
  }

  /** By its name, for an operator. @throws Unavailable */
  async end(sid: string, act: Act): Promise<Ending> {
    return this.revoking.end(act.receipt, (statements) => endSessionsOf(statements, sid, act, 'revoked_by_operator'));
  }
}
