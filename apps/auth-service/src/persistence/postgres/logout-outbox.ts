/**
 * Owns what other applications are owed when sessions end: a row for each of them, written in the transaction of the end (OpenID
 * Connect Back-Channel Logout 1.0 §2.5). Does not own when it is sent (logout-deliveries), nor what ends a session.
 *
 * Owed to every client that had an ID token of the session and has registered an address by now. So there are never more rows
 * than grants, and each is gone within a day.
 */
import type { Statements } from './database.js';

/** For whoever ended the session and waits for the delivery: until then no job of any instance takes it. */
const GRACE = `interval '3 seconds'`;

/** A statement of its own: what was being redeemed while the sessions were locked is committed, and seen. */
const owe = (sessions: string): string =>
  `INSERT INTO auth.logout_deliveries (id, sid, client_id, token_sub, next_try_at)
   SELECT gen_random_uuid(), g.sid, g.client_id, min(g.token_sub), clock_timestamp() + ${GRACE}
   FROM auth.grants g JOIN auth.clients c ON c.client_id = g.client_id AND c.backchannel_logout_uri IS NOT NULL AND c.enabled
   WHERE g.sid IN (${sessions}) AND 'openid' = ANY (g.scope)
   GROUP BY g.sid, g.client_id ORDER BY g.sid, g.client_id
   ON CONFLICT (sid, client_id) DO NOTHING`;

/** These have ended in this transaction, which has locked them. */
export const oweLogouts = async (statements: Statements, sids: readonly string[]): Promise<void> => {
  await statements.run(owe('SELECT unnest($1::uuid[])'), [sids]);
};

/**
 * The person's generation was raised in this transaction, which has locked their row: whatever lived until now is over.
 * @param generation the new one
 */
export const oweLogoutsOfPerson = async (statements: Statements, sub: string, generation: number): Promise<void> => {
  await statements.run(
    owe('SELECT s.sid FROM auth.login_sessions s WHERE s.sub = $1 AND s.ended_at IS NULL AND s.gen_sub = $2 - 1'),
    [sub, generation],
  );
};
