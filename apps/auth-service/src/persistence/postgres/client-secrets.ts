/**
 * Owns the secrets of a client as rows: two places, so that two live at once and never three (admin-api.md `/clients`). Does
 * not own the making of a secret, of which only the digest comes here and, for HS256, what is sealed (client-mac-keys), nor who may do it.
 */
import { randomUUID } from 'node:crypto';
import type { ClientChanges, ClientSecret, NotDone } from '../../admin/clients/client-ports.js';
import type { KeptSecret } from '../../admin/ports.js';
import { toSeconds } from '@latchkey/tokens';
import { appendAudit } from './audit-store.js';
import { anotherHolds } from './client-administrators.js';
import { auditWith, lockClient, raised } from './client-locked.js';
import type { Statements } from './database.js';
import { raiseClient } from './generations.js';
import { keepAnswer } from './kept-answers.js';
import type { Revoked } from './revoking.js';
import { isUuid } from './uuid.js';

interface SecretColumns {
  readonly id: string;
  readonly created_at: Date;
}

const secretFrom = ({ id, created_at }: SecretColumns): ClientSecret => ({
  secretId: id,
  createdAt: toSeconds(created_at.getTime()),
});

export const listSecrets = async (
  statements: Statements,
  { clientId, limit, after }: Parameters<ClientChanges['listSecrets']>[0],
): ReturnType<ClientChanges['listSecrets']> => {
  const { rows } = await statements.run<SecretColumns>(
    `SELECT id, created_at FROM auth.client_secrets WHERE client_id = $1 AND (created_at, id) > ($2::timestamptz, $3::uuid)
     ORDER BY created_at, id LIMIT $4`,
    [clientId, new Date(after?.createdAt ?? 0), after?.secretId ?? '00000000-0000-0000-0000-000000000000', limit + 1],
  );
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return {
    items: items.map(secretFrom),
    ...(rows.length > limit && last !== undefined
      ? { next: { createdAt: last.created_at.getTime(), secretId: last.id } }
      : {}),
  };
};

/** Of one that has none. */
export const insertFirstSecret = async (
  statements: Statements,
  clientId: string,
  { digest, sealed }: KeptSecret,
): Promise<void> => {
  await statements.run(
    'INSERT INTO auth.client_secrets (id, client_id, place, digest, sealed) VALUES ($1, $2, 1, $3, $4)',
    [randomUUID(), clientId, digest, sealed ?? null],
  );
};

/** Two live already: thrown, so that what was kept is rolled back. */
export class NoPlace extends Error {}

/** @throws NoPlace; KeptBefore; whatever `decide` throws */
export const addSecret = async (
  statements: Statements,
  clientId: string,
  { secretId, digest, sealed, decide, keep }: Parameters<ClientChanges['addSecret']>[1],
): Promise<ClientSecret | 'unknown'> => {
  const standing = await lockClient(statements, clientId);
  if (standing === undefined) return 'unknown';
  const audit = decide(standing);
  // Before the places are counted: a repetition is told what it made, and not that there is no place left.
  await keepAnswer(statements, keep);
  // The client is locked, so nobody else takes the place meanwhile; if anybody did, the row would be refused.
  const { rows } = await statements.run<SecretColumns>(
    `INSERT INTO auth.client_secrets (id, client_id, place, digest, sealed)
     SELECT $1::uuid, $2::text, min(free.place), $3, $4 FROM generate_series(1, 2) AS free (place)
     WHERE NOT EXISTS (SELECT FROM auth.client_secrets s WHERE s.client_id = $2 AND s.place = free.place)
     HAVING count(*) > 0
     RETURNING id, created_at`,
    [secretId, clientId, digest, sealed(standing) ?? null],
  );
  if (rows[0] === undefined) throw new NoPlace();
  await appendAudit(statements, audit);
  return secretFrom(rows[0]);
};

export const removeSecret = async (
  statements: Statements,
  clientId: string,
  { secretId, receipt, decide }: Parameters<ClientChanges['removeSecret']>[1],
): Promise<Revoked<Awaited<ReturnType<ClientChanges['removeSecret']>>>> => {
  const none = (answer: NotDone): Revoked<NotDone> => ({ answer, entries: [] });
  const standing = isUuid(secretId) ? await lockClient(statements, clientId) : undefined;
  if (standing === undefined) return none('unknown');
  const named = 'client_id = $1 AND id = $2';
  const { rows } = await statements.run<SecretColumns>(
    `SELECT id, created_at FROM auth.client_secrets WHERE ${named}`,
    [clientId, secretId],
  );
  if (rows[0] === undefined) return none('unknown');
  const secret = secretFrom(rows[0]);
  const { audit, needsAnother } = decide(standing, secret);
  if (needsAnother !== undefined && !(await anotherHolds(statements, clientId, needsAnother))) return none('last');
  await statements.run(`DELETE FROM auth.client_secrets WHERE ${named}`, [clientId, secretId]);
  const act = { actor: audit.actor, receipt };
  const entries = raised(await raiseClient(statements, clientId, act, { cause: audit.kind }));
  await auditWith(statements, audit, entries);
  return { answer: { secret, revocations: entries }, entries };
};
