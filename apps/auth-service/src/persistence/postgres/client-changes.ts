/**
 * Owns the changing of a client, each change one transaction: the row is locked and read, a pure function says what becomes
 * of it, and what was given under what is taken away is revoked by raising the generation (admin-api.md A9, A10; revocation.md
 * V4: `client`). Does not own who may do it (A2), what a legal client is, nor the sweeping of a deleted one (expired-rows).
 */
import type { RevocationEntry } from '@latchkey/tokens';
import type {
  ChangedClient,
  ClientChange,
  ClientChanges,
  ClientSecret,
  NotDone,
} from '../../admin/clients/client-ports.js';
import { anotherHolds } from './client-administrators.js';
import { holdLeaning } from './client-leaning.js';
import { auditWith, lockClient, raised } from './client-locked.js';
import { assignmentsOf } from './client-row.js';
import { addSecret, listSecrets, NoPlace, removeSecret } from './client-secrets.js';
import type { Statements } from './database.js';
import { raiseClient } from './generations.js';
import { standingRevocation } from './revocation-row.js';
import type { Revoked, Revoking } from './revoking.js';

type Order = Parameters<ClientChanges['change']>[1];

export class PostgresClientChanges implements ClientChanges {
  constructor(private readonly revoking: Revoking) {}

  /** @throws Unavailable; whatever `decide` and `leaning` throw */
  async change(clientId: string, order: Order): Promise<ChangedClient | NotDone> {
    return this.revoking.commit(order.receipt, (statements) => changeClient(statements, clientId, order));
  }

  /** @throws Unavailable */
  async listSecrets(page: Parameters<ClientChanges['listSecrets']>[0]): ReturnType<ClientChanges['listSecrets']> {
    return listSecrets(this.revoking.database, page);
  }

  /** @throws Unavailable; KeptBefore; whatever `decide` throws */
  async addSecret(...secret: Parameters<ClientChanges['addSecret']>): Promise<ClientSecret | 'unknown' | 'full'> {
    try {
      return await this.revoking.database.transaction((statements) => addSecret(statements, ...secret));
    } catch (error) {
      if (error instanceof NoPlace) return 'full';
      throw error;
    }
  }

  /** @throws Unavailable; whatever `decide` throws */
  async removeSecret(...secret: Parameters<ClientChanges['removeSecret']>): ReturnType<ClientChanges['removeSecret']> {
    const [, { receipt }] = secret;
    return this.revoking.commit(receipt, (statements) => removeSecret(statements, ...secret));
  }
}

/** The same inside of another transaction, under which no client is locked yet. @throws whatever `decide` and `leaning` throw */
export const changeClient = async (
  statements: Statements,
  clientId: string,
  { receipt, leaning, decide }: Order,
): Promise<Revoked<ChangedClient | NotDone>> => {
  await holdLeaning(statements, leaning);
  const standing = await lockClient(statements, clientId);
  if (standing === undefined) return { answer: 'unknown', entries: [] };
  const change = decide(standing);
  if (change === undefined) {
    const stands = await standingRevocation(statements, { kind: 'client', value: clientId });
    const revocations = stands === undefined ? [] : [stands];
    return { answer: { outcome: 'unchanged', client: standing, revocations }, entries: [] };
  }
  const { needsAnother } = change;
  if (needsAnother !== undefined && !(await anotherHolds(statements, clientId, needsAnother))) {
    return { answer: 'last', entries: [] };
  }
  const entries = await write(statements, change, receipt);
  if (change.after.secretDigests.length === 0 && standing.secretDigests.length > 0) {
    await statements.run('DELETE FROM auth.client_secrets WHERE client_id = $1', [clientId]);
  }
  await auditWith(statements, change.audit, entries);
  const generation = entries[0]?.generation ?? standing.generation;
  return { answer: { outcome: 'changed', client: { ...change.after, generation }, revocations: entries }, entries };
};

const write = async (
  statements: Statements,
  { after, deleted, takes, audit }: ClientChange,
  receipt: boolean,
): Promise<readonly RevocationEntry[]> => {
  const { set: fields, parameters } = assignmentsOf(after);
  const gone = deleted === true ? ', deleted_at = clock_timestamp()' : '';
  const set = `${fields}, enabled = ${after.enabled ? 'true' : 'false'}${gone}`;
  if (!takes) {
    await statements.run(`UPDATE auth.clients SET ${set} WHERE client_id = $1`, [after.clientId, ...parameters]);
    return [];
  }
  const along = { set, when: 'true', parameters };
  return raised(
    await raiseClient(statements, after.clientId, { actor: audit.actor, receipt }, { cause: audit.kind, along }),
  );
};
