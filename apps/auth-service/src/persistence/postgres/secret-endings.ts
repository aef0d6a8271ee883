/**
 * Owns the end of all secrets that an API shares, in the transaction that ends their use, and that nobody changes keys
 * meanwhile. Does not own the change of one key (key-changes) nor its life (the rotation).
 */
import type { RevocationEntry } from '@latchkey/tokens';
import type { Act } from './act.js';
import { appendAudit } from './audit-store.js';
import type { Statements } from './database.js';
import { changeKey } from './key-changes.js';
import { NEXT_REVISION } from './key-row.js';

/** To be called first in a transaction that may end or need secrets: every change of keys waits for it. */
export const lockKeys = async (statements: Statements): Promise<void> => {
  await statements.run('SELECT FROM auth.key_revision FOR UPDATE');
};

const NOT_KILLED = `NOT EXISTS (SELECT FROM auth.revocations r WHERE r.kind = 'key' AND r.value = k.kid)`;

/** Whether there is one to sign with. */
export const hasSecret = async (statements: Statements, audience: string): Promise<boolean> => {
  const { rows } = await statements.run(
    `SELECT FROM auth.keys k WHERE algorithm = 'HS256' AND audience = $1 AND state = 'active' AND ${NOT_KILLED}`,
    [audience],
  );
  return rows.length > 0;
};

/** revocation.md V4: "key killed → `key`", for each that still verifies anything. */
export const killSecrets = async (
  statements: Statements,
  audience: string,
  act: Act,
): Promise<readonly RevocationEntry[]> => {
  const { rows: keys } = await statements.run<{ readonly kid: string }>(
    `SELECT kid FROM auth.keys k WHERE algorithm = 'HS256' AND audience = $1 AND state <> 'dropped' AND ${NOT_KILLED}
     ORDER BY kid`,
    [audience],
  );
  if (keys.length === 0) return [];
  const { rows } = await statements.run<{ readonly at: number }>(
    `UPDATE auth.key_revision SET ${NEXT_REVISION}
     RETURNING ceil(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS at`,
  );
  const at = rows[0]?.at ?? 0;
  const entries: RevocationEntry[] = [];
  for (const { kid } of keys) {
    const { event, entry } = await changeKey(statements, { type: 'kill', kid, at }, act);
    if (entry !== undefined) entries.push(entry);
    await appendAudit(statements, event);
  }
  return entries;
};
