/**
 * Owns what becomes of everybody who was given scopes of an API when these are taken away: the clients lose them and are
 * revoked (revocation.md V4: `client`), remembered consents lose them. Set by set, however many there are. Does not own why,
 * nor the API.
 */
import type { RevocationEntry } from '@latchkey/tokens';
import { auditOf, type Act } from './act.js';
import { appendAudit } from './audit-store.js';
import type { Statements } from './database.js';
import { BY_TOKEN_LIFE, writeEachRevocation } from './revocation-row.js';

export interface EndedScopes {
  /** Whoever has one of these could have a token with it, and is revoked. */
  readonly held: readonly string[];
  /** Those among them that nobody has any more. */
  readonly removed: readonly string[];
}

/** SQL for a column of scope names without those of `$1`, in their order. */
const WITHOUT = (column: string): string => `ARRAY(SELECT name FROM unnest(${column}) WITH ORDINALITY AS s (name, place)
  WHERE name <> ALL ($1::text[]) ORDER BY place)`;

/**
 * An entry and an audit event for each client. To be called inside a transaction that holds the rows of these scopes: whoever
 * is given one waits for that, or is committed and seen (client-leaning).
 */
export const endScopes = async (
  statements: Statements,
  { held, removed }: EndedScopes,
  act: Act,
  cause: string,
): Promise<readonly RevocationEntry[]> => {
  if (held.length === 0) return [];
  // 1. The clients, in one order: two who take something from the same ones never wait in a circle.
  const { rows: clients } = await statements.run<{ readonly value: string; readonly generation: number }>(
    `WITH held AS MATERIALIZED (
       SELECT client_id FROM auth.clients WHERE allowed_scope && $2::text[] AND deleted_at IS NULL
       ORDER BY client_id FOR UPDATE)
     UPDATE auth.clients c SET generation = c.generation + 1, allowed_scope = ${WITHOUT('c.allowed_scope')}
     FROM held WHERE c.client_id = held.client_id RETURNING c.client_id AS value, c.generation`,
    [removed, held],
  );

  // 2. What people have allowed.
  await statements.run(`UPDATE auth.consents SET scope = ${WITHOUT('scope')} WHERE scope && $1::text[]`, [removed]);

  // 3. What is said of it to the guards, and in the trail.
  const entries = await writeEachRevocation(
    statements,
    { kind: 'client', cause, actor: act.actor, expiresAt: BY_TOKEN_LIFE },
    clients,
  );
  const events = entries.map(({ id, value }) =>
    auditOf(act, { kind: 'client.revoked', target: value }, { cause, scope: held, revocations: [id] }),
  );
  await appendAudit(statements, ...events);
  return entries;
};

/** Who asks about the tokens of an API (RFC 7662) asks about none, once it is gone. */
export const endResourceServers = async (statements: Statements, identifier: string, act: Act): Promise<void> => {
  const { rows } = await statements.run<{ readonly client_id: string }>(
    `WITH held AS MATERIALIZED (
       SELECT client_id FROM auth.clients WHERE resource_server = $1 ORDER BY client_id FOR UPDATE)
     UPDATE auth.clients c SET resource_server = NULL FROM held WHERE c.client_id = held.client_id RETURNING c.client_id`,
    [identifier],
  );
  const changed = { resource_server: { from: identifier, to: null } };
  const events = rows.map(({ client_id }) =>
    auditOf(act, { kind: 'client.changed', target: client_id }, { cause: 'api.deleted', changed }),
  );
  await appendAudit(statements, ...events);
};
