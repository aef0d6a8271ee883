/**
 * Owns the ending of login sessions, by a log-out or by an operator (revocation.md V4: "logout → `session`"). Does not own
 * cookies, nor the beginning of a session (login-session-store), nor what an operator sees of one (session-records).
 */
import type { SessionChains } from '@latchkey/protocol';
import type { RevocationEntry } from '@latchkey/tokens';
import { auditOf, UNKNOWN, type Act, type Ending } from './act.js';
import { appendAudit } from './audit-store.js';
import type { Statements } from './database.js';
import { oweLogouts } from './logout-outbox.js';
import { atFirst, BY_TOKEN_LIFE, standingRevocation, writeRevocations } from './revocation-row.js';
import type { Revoking } from './revoking.js';
import { isUuid } from './uuid.js';

export type SessionEndingCause =
  | 'logged_out'
  | 'another_person_logged_in'
  | 'revoked_by_operator'
  /** By the person, from another session. */
  | 'ended_by_person'
  | 'password_changed';

/** Names one of a chain: the sessions that have replaced it, and those that any of these have replaced. */
const chainOf = (named: string): string => `WITH RECURSIVE later AS (
  SELECT sid, replaced_by FROM auth.login_sessions WHERE sid = ${named}
  UNION SELECT s.sid, s.replaced_by FROM later l JOIN auth.login_sessions s ON s.sid = l.replaced_by),
chain AS (
  SELECT sid FROM later
  UNION SELECT s.sid FROM chain c JOIN auth.login_sessions s ON s.replaced_by = c.sid)`;

/** Whoever ends several locks them in this order, so that two of them wait for one another and never in a circle. */
const IN_ORDER = 'ORDER BY s.sid FOR UPDATE';

/** For whoever has to read before the end: it stands until the commit. To be called inside a transaction. */
export const lockChain = async (statements: Statements, sid: string): Promise<void> => {
  await statements.run(
    `${chainOf('$1')} SELECT s.sid FROM auth.login_sessions s WHERE s.sid IN (SELECT sid FROM chain) ${IN_ORDER}`,
    [sid],
  );
};

export class PostgresSessionChains implements SessionChains {
  constructor(private readonly statements: Statements) {}

  /** @throws Unavailable */
  async areOne(sid: string, other: string): Promise<boolean> {
    if (!isUuid(sid) || !isUuid(other)) return false;
    const { rows } = await this.statements.run(`${chainOf('$1')} SELECT 1 FROM chain WHERE sid = $2`, [sid, other]);
    return rows.length > 0;
  }
}

/**
 * The one place where sessions end: those that `selected` finds and that have not ended, with their entries, their audit
 * events and what their clients are told. To be called inside a transaction.
 * @param selected SQL of this source alone: a condition on the row `s`, after what it needs before the SELECT
 */
const endEach = async (
  statements: Statements,
  [before, condition, ...parameters]: readonly [before: string, condition: string, ...parameters: readonly unknown[]],
  act: Act,
  cause: SessionEndingCause,
): Promise<readonly RevocationEntry[]> => {
  const { rows } = await statements.run<{ readonly sid: string }>(
    `${before} SELECT s.sid FROM auth.login_sessions s WHERE ${condition} AND s.ended_at IS NULL ${IN_ORDER}`,
    parameters,
  );
  const sids = rows.map(({ sid }) => sid);
  if (sids.length === 0) return [];
  await statements.run('UPDATE auth.login_sessions SET ended_at = clock_timestamp() WHERE sid = ANY ($1::uuid[])', [
    sids,
  ]);
  const { actor, reason } = act;
  const entries = await writeRevocations(
    statements,
    { kind: 'session', cause, actor, expiresAt: BY_TOKEN_LIFE, ...(reason === undefined ? {} : { reason }) },
    sids,
  );
  await appendAudit(statements, ...sids.map((sid) => auditOf(act, { kind: 'session.ended', target: sid }, { cause })));
  await oweLogouts(statements, sids);
  return entries;
};

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
): Promise<readonly RevocationEntry[]> =>
  atFirst(await endEach(statements, [chainOf('$1'), 's.sid IN (SELECT sid FROM chain)', sid], act, cause), sid);

/** Every session of a person, save the chain of the one that is kept. To be called inside a transaction. */
export const endSessionsOfPerson = (
  statements: Statements,
  person: { readonly sub: string; readonly keep?: string },
  act: Act,
  cause: SessionEndingCause,
): Promise<readonly RevocationEntry[]> =>
  person.keep === undefined
    ? endEach(statements, ['', 's.sub = $1', person.sub], act, cause)
    : endEach(
        statements,
        [chainOf('$2'), 's.sub = $1 AND s.sid NOT IN (SELECT sid FROM chain)', person.sub, person.keep],
        act,
        cause,
      );

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

/** A person acts for themselves. */
export type OwnAct = Omit<Act, 'actor'> & {
  /** At whose request, if a client asked. */
  readonly clientId?: string;
};

const loggedOut = (act: OwnAct & Act, sid: string, sessions: number) => {
  const detail = { sessions, ...(act.clientId === undefined ? {} : { client_id: act.clientId }) };
  return auditOf(act, { kind: 'logout.succeeded', target: sid }, detail);
};

export class PostgresSessionEndings {
  constructor(private readonly revoking: Revoking) {}

  /**
   * The session of this cookie, unless another login has taken its place. By its own person.
   * Not checked: that the request came from that person's own page. @throws Unavailable
   */
  async logOut(cookieDigest: string, act: OwnAct): Promise<Ending> {
    return this.revoking.end(act.receipt, async (statements) => {
      const { rows } = await statements.run<{ readonly sid: string; readonly sub: string }>(
        'SELECT sid, sub FROM auth.login_sessions WHERE cookie_digest = $1 AND replaced_by IS NULL',
        [cookieDigest],
      );
      const [session] = rows;
      if (session === undefined) return UNKNOWN;
      const byPerson = { ...act, actor: session.sub };
      const ending = await endSessionsOf(statements, session.sid, byPerson, 'logged_out');
      if (ending.outcome === 'ended') {
        await appendAudit(statements, loggedOut(byPerson, session.sid, ending.revocations.length));
      }
      return ending;
    });
  }

  /** Every session of the person whose this one is. @throws Unavailable */
  async logOutEverywhere({ sub, sid }: { readonly sub: string; readonly sid: string }, act: OwnAct): Promise<Ending> {
    return this.revoking.end(act.receipt, async (statements) => {
      const byPerson = { ...act, actor: sub };
      const entries = atFirst(await endSessionsOfPerson(statements, { sub }, byPerson, 'logged_out'), sid);
      if (entries.length === 0) return UNKNOWN;
      await appendAudit(statements, loggedOut(byPerson, sid, entries.length));
      return { outcome: 'ended', revocations: entries };
    });
  }

  /** Another session of the same person; one of somebody else is unknown. @throws Unavailable */
  async endOwn({ sub, sid }: { readonly sub: string; readonly sid: string }, act: OwnAct): Promise<Ending> {
    if (!isUuid(sid)) return UNKNOWN;
    return this.revoking.end(act.receipt, async (statements) => {
      const { rows } = await statements.run('SELECT 1 FROM auth.login_sessions WHERE sid = $1 AND sub = $2', [
        sid,
        sub,
      ]);
      if (rows.length === 0) return UNKNOWN;
      return endSessionsOf(statements, sid, { ...act, actor: sub }, 'ended_by_person');
    });
  }
}
