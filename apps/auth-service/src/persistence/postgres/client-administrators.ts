/**
 * Owns that somebody is left who can do everything (admin-api.md A2: "The last enabled client that holds all admin scopes
 * cannot be disabled, stripped or deleted"). Does not own which scopes those are, nor when a change loses them.
 */
import type { Statements } from './database.js';

/** One at a time takes an administrator away: of two that each see the other one stand, neither would be left. */
const ADMINISTRATORS_LOCK = 0x6c61746361;

/**
 * Whether another client than this one may have all of these scopes and can use them: it is enabled and proves itself with
 * a key or a secret. To be called inside the transaction that takes them from this one, with its row locked: until the commit nobody
 * else gets an answer, and whoever asks next sees what was committed. It waits for no row while it holds the lock.
 */
export const anotherHolds = async (
  statements: Statements,
  clientId: string,
  scopes: readonly string[],
): Promise<boolean> => {
  await statements.run('SELECT pg_advisory_xact_lock($1)', [ADMINISTRATORS_LOCK]);
  const { rows } = await statements.run(
    `SELECT 1 FROM auth.clients c
     WHERE c.allowed_scope @> $2::text[] AND c.client_id <> $1
       AND c.enabled AND c.deleted_at IS NULL
       AND 'client_credentials' = ANY (c.grant_types) AND c.token_endpoint_auth_method <> 'none'
       AND (c.token_endpoint_auth_method = 'private_key_jwt'
         OR EXISTS (SELECT FROM auth.client_secrets s WHERE s.client_id = c.client_id)) LIMIT 1`,
    [clientId, scopes],
  );
  return rows.length > 0;
};
