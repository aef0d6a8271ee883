/**
 * Owns the statements by which a code becomes a grant: what it stands on is asked again, and held, in the statement that commits
 * (revocation.md V1), and what the person allowed is written with it. Does not own what becomes of a code that gave nothing
 * (grant-store), nor the taking back of what was allowed (consent-endings), nor how a code is sent (redemption-parameters).
 */
import type { CodeRedemption } from '@latchkey/protocol';
import type { Statements } from './database.js';
import { prepared } from './prepared.js';
import { ALL, BESIDES, ONE, allFrom, oneFrom } from './redemption-parameters.js';

/**
 * The rows that a code `p` stands on. Asked in a LATERAL: so it is planned for one code, by the primary keys, whatever PostgreSQL
 * guesses of how many there are.
 */
const GROUND = 'auth.clients c, auth.users u, auth.issuer_state i, auth.login_sessions s';
const STANDS = `c.client_id = p.client_id AND c.enabled AND c.generation = p.gen_cli
  AND u.sub = p.sub AND u.enabled AND u.generation = p.gen_sub AND i.generation = p.gen_iss
  AND s.sid = p.sid AND s.sub = p.sub AND s.ended_at IS NULL AND s.expires_at > clock_timestamp()`;

/**
 * Passes over a code of which somebody else has the digest and has not committed, here or at another instance: on a unique index
 * PostgreSQL would wait, and with it all who came together. What has been redeemed is left out, since whoever changes that grant
 * holds its digest, too. Who wins is not decided by this lock, but by the index: a snapshot may be of before.
 */
const IS_FREE = `(SELECT true FROM auth.grants g WHERE g.code_digest = p.code_digest) IS NULL
   AND pg_try_advisory_xact_lock(('x' || left(p.code_digest, 16))::bit(64)::bigint)`;

/**
 * ON CONFLICT without a target: the grant's id is as unique as the digest, and of 50 at once each may meet either. A grant
 * that ends with its session cannot outlive it.
 * @param from SQL, with `p` and `s`
 */
const gives = (from: string): string =>
  `INSERT INTO auth.grants (grant_id, client_id, sub, token_sub, scope, resource, auth_time, amr, sid, ends_with_session,
     gen_iss, gen_cli, gen_sub, created_at, expires_at, nonce, claims, code_digest)
   SELECT p.grant_id, p.client_id, p.sub, p.token_sub, p.scope, p.resource, to_timestamp(p.auth_time), p.amr, p.sid,
     p.ends_with_session, p.gen_iss, p.gen_cli, p.gen_sub, to_timestamp(p.created_at),
     CASE WHEN p.ends_with_session THEN least(to_timestamp(p.expires_at), s.expires_at) ELSE to_timestamp(p.expires_at) END,
     p.nonce, p.claims, p.code_digest
   FROM ${from}
   ON CONFLICT DO NOTHING RETURNING code_digest`;

/**
 * Of codes that nobody was asked for, since all was allowed before: that must stand, and nothing of it is written. Held until the
 * commit is
 * - the person's row: whoever revokes the person meanwhile waits, and then sees by which `sub` this grant speaks (V3);
 * - the session's: whoever ends it waits, and then sees whose client is to be told;
 * - the consent's: while the person's row was waited for it may have been taken back, and of what is held the row is asked as it is.
 *
 * Share locks: those who come for one person do not wait for one another. What somebody else holds is passed over: it would hold
 * up all who came with it. The order: where a conflict is waited for after all, two instances wait for one another's commits, and never in a circle.
 * @param from SQL, with `p`
 */
const redeemRemembered = (from: string): string =>
  gives(`${from} CROSS JOIN LATERAL (
     SELECT s.expires_at FROM ${GROUND}, auth.consents k
     WHERE ${STANDS} AND k.sub = u.sub AND k.client_id = c.client_id AND k.generation = p.consent_generation
       AND k.withdrawn_at IS NULL AND k.scope @> p.consented_scope
     FOR SHARE OF u, s, k SKIP LOCKED) s
   WHERE ${IS_FREE}
   ORDER BY p.code_digest`);
const REDEEM_REMEMBERED = prepared(redeemRemembered(ONE));
const REDEEM_TOGETHER = prepared(redeemRemembered(ALL));

/** A set of names has one order, whoever allowed which of them first. @param names SQL, an array of text */
const inOrder = (names: string): string =>
  `ARRAY(SELECT DISTINCT name COLLATE "C" FROM unnest(${names}) AS name ORDER BY 1)`;

/**
 * Of a code that the person was asked for. What they allowed is written first, in the same statement: whoever takes it back
 * meanwhile is waited for, and then its row says that this consent is of before. A replay allows nothing. Besides it is sent
 * the consent's generation once more, where a conflict knows nothing but what stands and what was to be inserted.
 */
const REDEEM_ASKED = prepared(
  `WITH allowed AS (
     INSERT INTO auth.consents AS k (sub, client_id, scope, granted_at)
     SELECT p.sub, p.client_id, ${inOrder('p.consented_scope')}, clock_timestamp()
     FROM ${ONE} CROSS JOIN LATERAL (SELECT FROM ${GROUND} WHERE ${STANDS} FOR SHARE OF u, s SKIP LOCKED) t
     WHERE ${IS_FREE}
       AND coalesce((SELECT b.generation FROM auth.consents b WHERE b.sub = p.sub AND b.client_id = p.client_id), 0) = ${BESIDES}
     ON CONFLICT (sub, client_id) DO UPDATE SET withdrawn_at = NULL, granted_at = EXCLUDED.granted_at,
       scope = ${inOrder('k.scope || EXCLUDED.scope')}
       WHERE k.generation = ${BESIDES}
     RETURNING k.generation)
   ${gives(`${ONE}, allowed k, auth.login_sessions s WHERE s.sid = p.sid AND k.generation = ${BESIDES}`)}`,
);

/** Whatever somebody else holds, as it was before. */
const STILL_STANDS = prepared(
  `SELECT 1 FROM ${ONE} CROSS JOIN LATERAL (SELECT FROM ${GROUND} WHERE ${STANDS}) t
     LEFT JOIN auth.consents k ON k.sub = p.sub AND k.client_id = p.client_id
   WHERE coalesce(k.generation, 0) = p.consent_generation
     AND (${BESIDES}::boolean OR k.withdrawn_at IS NULL AND k.scope @> p.consented_scope)`,
);

/**
 * Whether it was the first use of a code that stands: then there is a grant. Also false for a code of which somebody else holds the
 * person or the session, or what they allowed, if nobody was asked. @throws Unavailable
 */
export async function redeemOne(statements: Statements, one: CodeRedemption): Promise<boolean> {
  const answer = one.asked
    ? await statements.run(REDEEM_ASKED, [...oneFrom(one), one.consentGeneration])
    : await statements.run(REDEEM_REMEMBERED, oneFrom(one));
  return answer.affected === 1;
}

/** Whether a code that gave nothing, and is no replay, was passed over: if so it may give something later. @throws Unavailable */
export async function stillStands(statements: Statements, one: CodeRedemption): Promise<boolean> {
  const { rows } = await statements.run(STILL_STANDS, [...oneFrom(one), one.asked]);
  return rows.length > 0;
}

/** Those that gave a grant. Each of another code, for which nobody was asked. @throws Unavailable */
export async function redeemTogether(
  statements: Statements,
  all: readonly CodeRedemption[],
): Promise<ReadonlySet<CodeRedemption>> {
  const [one] = all;
  if (all.length === 1 && one !== undefined) return new Set((await redeemOne(statements, one)) ? [one] : []);
  const { rows } = await statements.run<{ readonly code_digest: string }>(REDEEM_TOGETHER, allFrom(all));
  const digests = new Set(rows.map(({ code_digest }) => code_digest));
  return new Set(all.filter(({ codeDigest }) => digests.has(codeDigest)));
}
