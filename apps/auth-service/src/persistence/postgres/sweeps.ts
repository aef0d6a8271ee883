/**
 * Owns which rows nothing can need any more, one statement for each reason, each on an index and each removing a batch at
 * most (`$1`). Does not own how often they run (expired-rows). Audit events are removed by none of them; a revocation stays
 * until its `expires_at`, and that of a key, which has none, for ever. A consent that was withdrawn stays as long as its person
 * and its client: its generation must not go back, or a code that is born under it while it is swept is lost. There is one
 * row at most for each pair, however often it is given and withdrawn.
 *
 * `now()`, not `clock_timestamp()`: only what stays the same for a whole statement can be looked up in an index. Each runs
 * as a transaction of its own, so it is the present.
 */
import { KEPT_FOR } from './kept-answers.js';
import { TOKEN_LIFE } from './revocation-row.js';

/** So long an operator still finds what was revoked or has ended, after the last token of it has expired. */
const SHOWN_FOR = `interval '1 day'`;

/**
 * The oldest first, so that an index has them together; by their place, since nothing moves while it is locked. SKIP LOCKED:
 * two instances that sweep at once share the work, and nobody waits for either.
 * @param since the column of the index
 */
const deletion = (table: string, since: string, condition: string): string =>
  `DELETE FROM auth.${table} WHERE ctid = ANY (ARRAY(
     SELECT t.ctid FROM auth.${table} t WHERE t.${since} ${condition}
     ORDER BY t.${since} LIMIT $1 FOR UPDATE OF t SKIP LOCKED))`;

/** What hangs on a client or on a person, and by what else an index orders it. */
const HANGING = {
  client_id: { grants: 'created_at', consents: 'sub', client_secrets: 'place' },
  sub: { grants: 'created_at', login_sessions: 'auth_time', consents: 'client_id' },
} as const;

/**
 * In the order of the index, which is then read for it: the planner knows how much hangs on one that lives, and would
 * read the whole table to find that nothing hangs on one that was deleted.
 */
const hangs = (what: string, table: string, id: string, order: string, on: string): string =>
  `SELECT ${what} FROM auth.${table} h WHERE h.${id} = ${on}.${id} ORDER BY h.${order}`;

const hanging = (table: string, deleted: 'clients' | 'users', id: 'client_id' | 'sub', order: string): string =>
  `DELETE FROM auth.${table} WHERE ctid = ANY (ARRAY(
     SELECT t.place FROM auth.${deleted} d CROSS JOIN LATERAL (
       ${hangs('h.ctid AS place', table, id, order, 'd')} LIMIT $1 FOR UPDATE SKIP LOCKED) t
     WHERE d.deleted_at IS NOT NULL LIMIT $1))`;

/**
 * The row of what was deleted stays until the last of its tokens has expired and nothing hangs on it any more: whatever was
 * being redeemed while it was deleted is found by it.
 */
const deletedRow = (table: 'clients' | 'users', id: 'client_id' | 'sub'): string =>
  deletion(
    table,
    'deleted_at',
    [
      `< now() - (${TOKEN_LIFE})`,
      ...Object.entries(HANGING[id]).map(([other, order]) => `(${hangs('1', other, id, order, 't')} LIMIT 1) IS NULL`),
    ].join(' AND '),
  );

/** OpenID Connect Back-Channel Logout 1.0 §2.5: only its grant says that this client has logged the person in, in a session that lives. */
const TOLD_OF_NO_LOGOUT = `(
  SELECT 1 FROM auth.login_sessions s JOIN auth.clients c ON c.client_id = t.client_id AND c.backchannel_logout_uri IS NOT NULL
  WHERE s.sid = t.sid AND s.ended_at IS NULL AND s.expires_at > now() LIMIT 1) IS NULL`;

export const SWEEPS = {
  // A grant stays until the last access token that it can have given has expired. By then no code has a context, either:
  // its digest, which says that it was redeemed, is needed no more.
  expiredGrants: deletion('grants', 'expires_at', `< now() - (${TOKEN_LIFE}) AND ${TOLD_OF_NO_LOGOUT}`),
  revokedGrants: deletion('grants', 'revoked_at', `< now() - (${TOKEN_LIFE}) - ${SHOWN_FOR} AND ${TOLD_OF_NO_LOGOUT}`),
  // One that has replaced another stays until that is gone: a log-out follows the chain, also through a shorter life.
  expiredSessions: deletion(
    'login_sessions',
    'expires_at',
    `< now() - (${TOKEN_LIFE})
     AND (SELECT 1 FROM auth.login_sessions earlier WHERE earlier.replaced_by = t.sid LIMIT 1) IS NULL`,
  ),
  endedSessions: deletion('login_sessions', 'ended_at', `< now() - (${TOKEN_LIFE}) - ${SHOWN_FOR}`),
  revocations: deletion('revocations', 'expires_at', '< now()'),
  // Whoever sends them gives up within a day: what is older belongs to no instance that works.
  logoutDeliveries: deletion('logout_deliveries', 'created_at', `< now() - interval '2 days'`),
  idempotencyKeys: deletion('idempotency_keys', 'created_at', `< now() - ${KEPT_FOR}`),

  // admin-api.md A10: "what hangs on it is swept in batches". Nothing asks for it any more: whoever was deleted is nobody.
  grantsOfClients: hanging('grants', 'clients', 'client_id', HANGING.client_id.grants),
  consentsOfClients: hanging('consents', 'clients', 'client_id', HANGING.client_id.consents),
  secretsOfClients: hanging('client_secrets', 'clients', 'client_id', HANGING.client_id.client_secrets),
  grantsOfPeople: hanging('grants', 'users', 'sub', HANGING.sub.grants),
  sessionsOfPeople: hanging('login_sessions', 'users', 'sub', HANGING.sub.login_sessions),
  consentsOfPeople: hanging('consents', 'users', 'sub', HANGING.sub.consents),
  clients: deletedRow('clients', 'client_id'),
  people: deletedRow('users', 'sub'),
} as const satisfies Readonly<Record<string, string>>;

export type Sweep = keyof typeof SWEEPS;
