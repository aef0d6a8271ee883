/**
 * Owns how an API and its scopes are written as rows and read back. Does not own when (api-store, api-changes,
 * bootstrap-store), nor what a legal registration is.
 */
import type { Api, ApiScope } from '@latchkey/protocol';
import { isSigningAlgorithm } from '@latchkey/tokens';
import type { Statements } from './database.js';
import { endScopes } from './scope-endings.js';

export interface ApiColumns {
  readonly identifier: string;
  readonly name: string;
  readonly access_token_lifetime_seconds: number | null;
  readonly access_token_signing_alg: string;
  readonly created_at: Date;
  readonly scopes: ApiScope[];
}

/** `a` is its row. */
export const API_COLUMNS = `a.identifier, a.name, a.access_token_lifetime_seconds, a.access_token_signing_alg, a.created_at,
  (SELECT coalesce(json_agg(json_build_object('name', s.name, 'description', s.description) ORDER BY s.position), '[]')
   FROM auth.api_scopes s WHERE s.identifier = a.identifier) AS scopes`;

export const apiFrom = (row: ApiColumns): Api => {
  const { access_token_signing_alg: algorithm } = row;
  if (!isSigningAlgorithm(algorithm)) throw new Error(`The API ${row.identifier} has an unknown algorithm.`);
  return {
    identifier: row.identifier,
    name: row.name,
    scopes: row.scopes,
    ...(row.access_token_lifetime_seconds === null
      ? {}
      : { accessTokenLifetimeSeconds: row.access_token_lifetime_seconds }),
    accessTokenSigningAlg: algorithm,
    administrative: false,
  };
};

/** Another API was quicker with a scope: the transaction is rolled back. */
export class ScopeTaken extends Error {}

/**
 * Idempotent, of many at once one writes. A scope name belongs to one API: when another has one of these nothing is
 * written. To be called inside a transaction.
 * @throws ScopeTaken, so that the transaction is rolled back, when another one takes a name at the same moment
 */
export const insertApi = async (statements: Statements, api: Api): Promise<'registered' | 'exists' | 'scope_taken'> => {
  const { rows: taken } = await statements.run(
    'SELECT 1 FROM auth.api_scopes WHERE name = ANY ($1) AND identifier <> $2 LIMIT 1',
    [api.scopes.map(({ name }) => name), api.identifier],
  );
  if (taken.length > 0) return 'scope_taken';
  const { affected } = await statements.run(
    `INSERT INTO auth.apis (identifier, name, access_token_lifetime_seconds, access_token_signing_alg)
     VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
    [api.identifier, api.name, api.accessTokenLifetimeSeconds ?? null, api.accessTokenSigningAlg],
  );
  if (affected === 0) return 'exists';
  await writeScopes(statements, api, []);
  return 'registered';
};

/**
 * The scopes of an API that stands, in their order; those that it had and has no more are gone.
 * @param standing what it had before
 * @throws ScopeTaken
 */
export const writeScopes = async (
  statements: Statements,
  { identifier, scopes }: Pick<Api, 'identifier' | 'scopes'>,
  standing: readonly ApiScope[],
): Promise<void> => {
  const names = scopes.map(({ name }) => name);
  await statements.run('DELETE FROM auth.api_scopes WHERE identifier = $1 AND name <> ALL ($2::text[])', [
    identifier,
    names,
  ]);
  // By name: two that want the same names wait for one another in one order, and never for each other.
  const { affected } = await statements.run(
    `INSERT INTO auth.api_scopes AS s (name, identifier, description, position)
     SELECT name, $1, description, position
     FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS wanted (name, description, position)
     ORDER BY name COLLATE "C"
     ON CONFLICT (name) DO UPDATE SET description = EXCLUDED.description, position = EXCLUDED.position
     WHERE s.identifier = EXCLUDED.identifier`,
    [identifier, names, scopes.map(({ description }) => description)],
  );
  if (affected < names.length) throw new ScopeTaken(`Another API has a scope of ${identifier}.`);
  await forgetBefore(
    statements,
    names.filter((name) => !standing.some((scope) => scope.name === name)),
  );
};

/** Whoever was given a name while its API was being removed was given nothing, and has nothing of its new owner. */
const forgetBefore = async (statements: Statements, added: readonly string[]): Promise<void> => {
  const { rows } = await statements.run(
    `SELECT FROM auth.clients WHERE allowed_scope && $1::text[] AND deleted_at IS NULL
     UNION ALL SELECT FROM auth.consents WHERE scope && $1::text[] LIMIT 1`,
    [added],
  );
  if (rows.length === 0) return;
  await endScopes(statements, { held: added, removed: added }, BY_ITSELF, 'api.scope_registered');
};

const BY_ITSELF = { actor: 'system', receipt: false } as const;
