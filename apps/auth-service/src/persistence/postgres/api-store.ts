/**
 * Owns the registered APIs and their scopes, and puts beside them those that are no row (the admin API).
 * Does not own what a legal registration is.
 */
import type { Api, ApiScope, ApiStore } from '@latchkey/protocol';
import { isSigningAlgorithm } from '@latchkey/tokens';
import type { Database, Statements } from './database.js';

interface ApiColumns {
  readonly identifier: string;
  readonly name: string;
  readonly access_token_lifetime_seconds: number | null;
  readonly access_token_signing_alg: string;
  readonly scopes: ApiScope[];
}

export class PostgresApiStore implements ApiStore {
  /** @param fixed what is known without a row: the admin API, whose identifier and scopes are reserved. */
  constructor(
    private readonly database: Database,
    private readonly fixed: readonly Api[],
  ) {}

  /** @throws Unavailable */
  async all(): Promise<readonly Api[]> {
    const { rows } = await this.database.run<ApiColumns>(
      `SELECT a.identifier, a.name, a.access_token_lifetime_seconds, a.access_token_signing_alg,
         coalesce(json_agg(json_build_object('name', s.name, 'description', s.description) ORDER BY s.position)
           FILTER (WHERE s.name IS NOT NULL), '[]') AS scopes
       FROM auth.apis a LEFT JOIN auth.api_scopes s USING (identifier)
       GROUP BY a.identifier ORDER BY a.created_at, a.identifier`,
    );
    return [...this.fixed, ...rows.map(apiFrom)];
  }

  /** See insertApi. @throws Unavailable; Error when identifier or a scope is reserved. */
  async ensureRegistered(api: Api): Promise<'registered' | 'exists' | 'scope_taken'> {
    const reserved = this.fixed.some(
      (each) =>
        each.identifier === api.identifier ||
        each.scopes.some(({ name }) => api.scopes.some((scope) => scope.name === name)),
    );
    if (reserved) throw new Error(`The identifier or a scope of the API ${api.identifier} is reserved.`);
    return this.database.transaction((statements) => insertApi(statements, api));
  }
}

const apiFrom = (row: ApiColumns): Api => {
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

/**
 * Idempotent, of many at once one writes. A scope name belongs to one API: when another has one of these nothing is
 * written. To be called inside a transaction, under which nothing else was written.
 */
export const insertApi = async (statements: Statements, api: Api): Promise<'registered' | 'exists' | 'scope_taken'> => {
  const names = api.scopes.map(({ name }) => name);
  const { rows: taken } = await statements.run(
    'SELECT 1 FROM auth.api_scopes WHERE name = ANY ($1) AND identifier <> $2 LIMIT 1',
    [names, api.identifier],
  );
  if (taken.length > 0) return 'scope_taken';
  const { affected } = await statements.run(
    `INSERT INTO auth.apis (identifier, name, access_token_lifetime_seconds, access_token_signing_alg)
     VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
    [api.identifier, api.name, api.accessTokenLifetimeSeconds ?? null, api.accessTokenSigningAlg],
  );
  if (affected === 0) return 'exists';
  await statements.run(
    `INSERT INTO auth.api_scopes (name, identifier, description, position)
     SELECT name, $1, description, position FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS s (name, description, position)`,
    [api.identifier, names, api.scopes.map(({ description }) => description)],
  );
  return 'registered';
};
