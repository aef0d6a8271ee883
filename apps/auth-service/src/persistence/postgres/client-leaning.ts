/**
 * Owns that what a client names of the APIs stands while the client is committed: their rows are held until then. Does not
 * own what is said when it is gone.
 */
import type { Leaning } from '../../admin/clients/client-ports.js';
import { isStorable } from './act.js';
import type { Statements } from './database.js';

/**
 * To be called first in a transaction, before any client is locked: whoever takes an API or a scope away holds its row, and
 * then turns to the clients that have it. In this order nobody waits in a circle, and no client gets what is being taken.
 */
export const holdLeaning = async (statements: Statements, leaning: Leaning | undefined): Promise<void> => {
  if (leaning === undefined) return;
  const { scopes, api } = leaning;
  const stands = api === undefined || (await heldApi(statements, api));
  const there = scopes.length === 0 ? new Set<string>() : await heldScopes(statements, scopes);
  leaning.judge({ api: !stands, scopes: scopes.filter((name) => !there.has(name)) });
};

const heldApi = async (statements: Statements, identifier: string): Promise<boolean> =>
  isStorable(identifier) &&
  (await statements.run('SELECT 1 FROM auth.apis WHERE identifier = $1 FOR KEY SHARE', [identifier])).rows.length > 0;

const heldScopes = async (statements: Statements, names: readonly string[]): Promise<ReadonlySet<string>> => {
  const { rows } = await statements.run<{ readonly name: string }>(
    'SELECT name FROM auth.api_scopes WHERE name = ANY ($1) ORDER BY name COLLATE "C" FOR KEY SHARE',
    [names],
  );
  return new Set(rows.map(({ name }) => name));
};
