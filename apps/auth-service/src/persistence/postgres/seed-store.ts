/**
 * Owns the one transaction in which a seed is made true, under an advisory lock, with its revocations published after it. Does
 * not own what a seed says. The order of locks is that of the admin API: keys, APIs, then clients, then people.
 */
import type { Api } from '@latchkey/protocol';
import type { RevocationEntry } from '@latchkey/tokens';
import type { SeedStore, SeedTransaction } from '../../seed/seed-ports.js';
import { normalizedUsername } from '../../interaction/username.js';
import { writeApi } from './api-changes.js';
import { API_COLUMNS, apiFrom, insertApi, type ApiColumns } from './api-row.js';
import { appendAudit } from './audit-store.js';
import { changeClient } from './client-changes.js';
import { lockClient } from './client-locked.js';
import { insertClient } from './client-row.js';
import { insertFirstSecret } from './client-secrets.js';
import type { Statements } from './database.js';
import type { Revoking } from './revoking.js';
import { lockKeys } from './secret-endings.js';
import { USER_COLUMNS, userFrom, type UserColumns } from './user-row.js';

/** The number means nothing ("latchs"). */
const SEED_LOCK = 0x6c6174636873;

/** Undoes what was only tried. */
class Undo<Result> extends Error {
  constructor(readonly result: Result) {
    super('undone');
  }
}
/** Another instance is at it. */
class Busy extends Error {}

export class PostgresSeedStore implements SeedStore {
  /** @param fixed what is known without a row: the admin API */
  constructor(
    private readonly revoking: Revoking,
    private readonly fixed: readonly Api[],
  ) {}

  /** @throws Unavailable; whatever `work` throws */
  async run<Result>(
    commit: boolean,
    work: (transaction: SeedTransaction) => Promise<Result>,
  ): Promise<{ readonly result: Result } | 'busy'> {
    const tried: { undo?: Undo<Result> } = {};
    try {
      return await this.revoking.commit(false, async (statements) => {
        // Never waited for: a statement has its time limit, and a large seed may take longer.
        const { rows } = await statements.run<{ readonly mine: boolean }>(
          'SELECT pg_try_advisory_xact_lock($1) AS mine',
          [SEED_LOCK],
        );
        if (rows[0]?.mine !== true) throw new Busy();
        const entries: RevocationEntry[] = [];
        const result = await work(transactionOn(statements, this.fixed, entries));
        if (!commit) throw (tried.undo = new Undo(result));
        return { answer: { result }, entries };
      });
    } catch (error) {
      if (error instanceof Busy) return 'busy';
      if (tried.undo !== undefined && error === tried.undo) return { result: tried.undo.result };
      throw error;
    }
  }
}

const transactionOn = (statements: Statements, fixed: readonly Api[], entries: RevocationEntry[]): SeedTransaction => ({
  apis: async () => {
    await lockKeys(statements);
    // Whoever takes an API or a scope away waits, or is waited for, here and not among the clients.
    await statements.run('SELECT FROM auth.apis ORDER BY identifier COLLATE "C" FOR UPDATE');
    const { rows } = await statements.run<ApiColumns>(`SELECT ${API_COLUMNS} FROM auth.apis a`);
    return [...fixed, ...rows.map(apiFrom)];
  },
  createApi: async (api, audit) => {
    const outcome = await insertApi(statements, api);
    if (outcome !== 'registered') throw new Error(`The API ${api.identifier} was not registered: ${outcome}.`);
    await appendAudit(statements, audit);
  },
  changeApi: async (before, change) => {
    const act = { actor: 'system', receipt: false };
    const { entries: written } = await writeApi(statements, before, change, act);
    entries.push(...written);
  },
  client: async (clientId) => {
    const client = await lockClient(statements, clientId);
    if (client !== undefined) return client;
    // The row of a deleted client is swept one day; what was done to it stands in the trail for ever.
    const { rows } = await statements.run(
      `SELECT 1 FROM auth.clients WHERE client_id = $1 UNION ALL
       SELECT 1 FROM auth.audit_events WHERE target = $1 AND kind = 'client.deleted' AND outcome = 'done' LIMIT 1`,
      [clientId],
    );
    return rows.length > 0 ? 'deleted' : undefined;
  },
  createClient: async (client, audit) => {
    await insertClient(statements, client);
    await appendAudit(statements, audit);
  },
  changeClient: async (change) => {
    const { answer, entries: written } = await changeClient(statements, change.after.clientId, {
      receipt: false,
      decide: () => change,
    });
    entries.push(...written);
    return answer === 'last' ? 'last' : 'changed';
  },
  giveSecret: (clientId, secret) => insertFirstSecret(statements, clientId, secret),
  person: async (username) => {
    const { rows } = await statements.run<UserColumns>(
      `SELECT ${USER_COLUMNS} FROM auth.users WHERE normalized_username = $1 AND deleted_at IS NULL FOR UPDATE`,
      [normalizedUsername(username)],
    );
    return rows[0] === undefined ? undefined : userFrom(rows[0]);
  },
  createPerson: async ({ sub, username, passwordHash, claims }, audit) => {
    await statements.run(
      `INSERT INTO auth.users (sub, username, normalized_username, password_hash, claims) VALUES ($1, $2, $3, $4, $5)`,
      [sub, username, normalizedUsername(username), passwordHash, JSON.stringify(claims)],
    );
    await appendAudit(statements, audit);
  },
  changePerson: async (sub, { username, claims, audit }) => {
    await statements.run(
      'UPDATE auth.users SET username = $2, claims = $3, updated_at = clock_timestamp() WHERE sub = $1',
      [sub, username, JSON.stringify(claims)],
    );
    await appendAudit(statements, audit);
  },
});
