/**
 * Owns the changing and the removing of an API, each in one transaction with everything that it takes away (admin-api.md A9,
 * A10). Does not own what is decided (the operation), the rows (api-row), nor what becomes of clients (scope-endings).
 */
import type { Api } from '@latchkey/protocol';
import type { RevocationEntry } from '@latchkey/tokens';
import type { ApiChange, ApiChanges, ChangedApi, DecideChange, DecideRemoval } from '../../admin/apis/api-ports.js';
import { auditOf, isStorable, type Act } from './act.js';
import { API_COLUMNS, apiFrom, ScopeTaken, writeScopes, type ApiColumns } from './api-row.js';
import { appendAudit } from './audit-store.js';
import type { Statements } from './database.js';
import type { Revoked, Revoking } from './revoking.js';
import { endResourceServers, endScopes } from './scope-endings.js';
import { hasSecret, killSecrets, lockKeys } from './secret-endings.js';

type Changed = ChangedApi | 'unknown' | 'scope_taken' | 'no_secret';

export class PostgresApiChanges implements ApiChanges {
  constructor(private readonly revoking: Revoking) {}

  /** @throws Unavailable; what `decide` throws */
  async change(identifier: string, act: Act, decide: DecideChange): Promise<Changed> {
    try {
      return await this.#locked<Changed>(identifier, act, async (statements, standing) => {
        const change = decide(standing);
        if (change === undefined) return nothing({ api: standing, revocations: [] });
        const { accessTokenSigningAlg: algorithm } = change.api;
        if (algorithm === 'HS256' && !(await hasSecret(statements, identifier))) return nothing('no_secret');
        return writeApi(statements, standing, change, act);
      });
    } catch (error) {
      if (error instanceof ScopeTaken) return 'scope_taken';
      throw error;
    }
  }

  /** @throws Unavailable; what `decide` throws */
  async remove(identifier: string, act: Act, decide: DecideRemoval): Promise<ChangedApi | 'unknown'> {
    return this.#locked<ChangedApi | 'unknown'>(identifier, act, async (statements, standing) => {
      decide(standing);
      await statements.run('DELETE FROM auth.apis WHERE identifier = $1', [identifier]);
      const names = namesOf(standing);
      await endResourceServers(statements, identifier, act);
      const clients = await endScopes(statements, { held: names, removed: names }, act, 'api.deleted');
      const entries = [...clients, ...(await killSecrets(statements, identifier, act))];
      const event = { kind: 'api.deleted', target: identifier };
      await appendAudit(statements, auditOf(act, event, { name: standing.name, scopes: names, ...sumOf(entries) }));
      return { answer: { api: standing, revocations: entries }, entries };
    });
  }

  /**
   * Keys before the API, as whoever adds a secret does, and the API before its scopes and any client, as whoever gives a scope
   * to a client does: nobody waits in a circle, and nobody is given what is being taken.
   */
  async #locked<Answer>(
    identifier: string,
    act: Act,
    work: (statements: Statements, standing: Api) => Promise<Revoked<Answer | 'unknown'>>,
  ): Promise<Answer | 'unknown'> {
    if (!isStorable(identifier)) return 'unknown';
    return this.revoking.commit<Answer | 'unknown'>(act.receipt, async (statements) => {
      await lockKeys(statements);
      await statements.run('SELECT FROM auth.apis WHERE identifier = $1 FOR UPDATE', [identifier]);
      await statements.run('SELECT FROM auth.api_scopes WHERE identifier = $1 ORDER BY name COLLATE "C" FOR UPDATE', [
        identifier,
      ]);
      // After the lock: what others have done to its scopes meanwhile is seen.
      const { rows } = await statements.run<ApiColumns>(
        `SELECT ${API_COLUMNS} FROM auth.apis a WHERE a.identifier = $1`,
        [identifier],
      );
      return rows[0] === undefined ? nothing('unknown') : work(statements, apiFrom(rows[0]));
    });
  }
}

/** Inside of another transaction, under which the API and the keys are locked. */
export const writeApi = async (
  statements: Statements,
  standing: Api,
  { api, detail }: ApiChange,
  act: Act,
): Promise<Revoked<ChangedApi>> => {
  // 1. Its rows.
  await statements.run(
    `UPDATE auth.apis SET name = $2, access_token_lifetime_seconds = $3, access_token_signing_alg = $4
     WHERE identifier = $1`,
    [api.identifier, api.name, api.accessTokenLifetimeSeconds ?? null, api.accessTokenSigningAlg],
  );
  await writeScopes(statements, api, standing.scopes);

  // 2. What is taken away with that.
  const entries = await takeAway(statements, standing, api, act);

  // 3. The trail.
  const event = { kind: 'api.changed', target: api.identifier };
  await appendAudit(statements, auditOf(act, event, { ...detail, ...sumOf(entries) }));
  return { answer: { api, revocations: entries }, entries };
};

/** Whoever may have a token with a scope that is gone, or of an algorithm that is not the API's any more. */
const takeAway = async (
  statements: Statements,
  before: Api,
  after: Api,
  act: Act,
): Promise<readonly RevocationEntry[]> => {
  const removed = namesOf(before).filter((name) => !namesOf(after).includes(name));
  if (before.accessTokenSigningAlg === after.accessTokenSigningAlg) {
    return endScopes(statements, { held: removed, removed }, act, 'api.scope_removed');
  }
  // A secret signs for its API alone, so that its end is the end of every token. Others sign for many.
  if (before.accessTokenSigningAlg === 'HS256') {
    const clients = await endScopes(statements, { held: removed, removed }, act, 'api.scope_removed');
    return [...clients, ...(await killSecrets(statements, before.identifier, act))];
  }
  return endScopes(statements, { held: namesOf(before), removed }, act, 'api.algorithm_changed');
};

const namesOf = ({ scopes }: Api): readonly string[] => scopes.map(({ name }) => name);

/** For one line of the trail: each client and each secret has a line of its own. */
const sumOf = (entries: readonly RevocationEntry[]): Readonly<Record<string, number>> => ({
  revoked_clients: entries.filter(({ kind }) => kind === 'client').length,
  killed_secrets: entries.filter(({ kind }) => kind === 'key').length,
});

const nothing = <Answer>(answer: Answer): Revoked<Answer> => ({ answer, entries: [] });
