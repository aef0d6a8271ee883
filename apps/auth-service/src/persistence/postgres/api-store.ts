/**
 * Owns the registered APIs and their scopes, and puts beside them those that are no row (the admin API).
 * Does not own what a legal registration is.
 */
import type { Api, ApiScope } from '@latchkey/protocol';
import { isSigningAlgorithm } from '@latchkey/tokens';
import type { ApiPage, ApiPosition, ApiRegistry } from '../../admin/ports.js';
import { isStorable } from './act.js';
import { appendAudit, type AuditEvent } from './audit-store.js';
import type { Database, Statements } from './database.js';

interface ApiColumns {
  readonly identifier: string;
  readonly name: string;
  readonly access_token_lifetime_seconds: number | null;
  readonly access_token_signing_alg: string;
  readonly created_at: Date;
  readonly scopes: ApiScope[];
}

/** `a` is its row. */
const API_COLUMNS = `a.identifier, a.name, a.access_token_lifetime_seconds, a.access_token_signing_alg, a.created_at,
  (SELECT coalesce(json_agg(json_build_object('name', s.name, 'description', s.description) ORDER BY s.position), '[]')
   FROM auth.api_scopes s WHERE s.identifier = a.identifier) AS scopes`;

export class PostgresApiStore implements ApiRegistry {
  /** @param fixed what is known without a row: the admin API, whose identifier and scopes are reserved. */
  constructor(
    private readonly database: Database,
    private readonly fixed: readonly Api[],
  ) {}

  /** @throws Unavailable */
  async all(): Promise<readonly Api[]> {
    const { rows } = await this.database.run<ApiColumns>(
      `SELECT ${API_COLUMNS} FROM auth.apis a ORDER BY a.created_at, a.identifier COLLATE "C"`,
    );
    return [...this.fixed, ...rows.map(apiFrom)];
  }

  /** Oldest first, by keyset: no row twice, and as fast with a million rows. @throws Unavailable */
  async list(page: { readonly limit: number; readonly after?: ApiPosition }): Promise<ApiPage> {
    const { rows } = await this.database.run<ApiColumns>(
      `SELECT ${API_COLUMNS} FROM auth.apis a
       WHERE (a.created_at, a.identifier COLLATE "C") > ($1::timestamptz, $2::text)
       ORDER BY a.created_at, a.identifier COLLATE "C" LIMIT $3`,
      [new Date(page.after?.createdAt ?? 0), page.after?.identifier ?? '', page.limit + 1],
    );
    const items = rows.slice(0, page.limit);
    const last = items.at(-1);
    return {
      items: items.map(apiFrom),
      ...(rows.length > page.limit && last !== undefined
        ? { next: { createdAt: last.created_at.getTime(), identifier: last.identifier } }
        : {}),
    };
  }

  /** @throws Unavailable */
  async find(identifier: string): Promise<Api | undefined> {
    if (!isStorable(identifier)) return undefined;
    const { rows } = await this.database.run<ApiColumns>(
      `SELECT ${API_COLUMNS} FROM auth.apis a WHERE a.identifier = $1`,
      [identifier],
    );
    return rows[0] === undefined ? undefined : apiFrom(rows[0]);
  }

  /** The API, its scopes and the audit event commit together. @throws Unavailable; Error when identifier or a scope is reserved. */
  async insert(api: Api, audit: AuditEvent): Promise<'registered' | 'exists' | 'scope_taken'> {
    return this.#insert(api, [audit]);
  }

  /** See insertApi. @throws Unavailable; Error when identifier or a scope is reserved. */
  async ensureRegistered(api: Api): Promise<'registered' | 'exists' | 'scope_taken'> {
    return this.#insert(api, []);
  }

  async #insert(api: Api, events: readonly AuditEvent[]): Promise<'registered' | 'exists' | 'scope_taken'> {
    const reserved = this.fixed.some(
      (each) =>
        each.identifier === api.identifier ||
        each.scopes.some(({ name }) => api.scopes.some((scope) => scope.name === name)),
    );
    if (reserved) throw new Error(`The identifier or a scope of the API ${api.identifier} is reserved.`);
    try {
      return await this.database.transaction(async (statements) => {
        const outcome = await insertApi(statements, api);
        if (outcome === 'registered') await appendAudit(statements, ...events);
        return outcome;
      });
    } catch (error) {
      if (error instanceof ScopeTaken) return 'scope_taken';
      throw error;
    }
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

/** Another registration was quicker: the transaction is rolled back. */
class ScopeTaken extends Error {}

/**
 * Idempotent, of many at once one writes. A scope name belongs to one API: when another has one of these nothing is
 * written. To be called inside a transaction, under which nothing else was written.
 * @throws ScopeTaken, so that the transaction is rolled back, when another one takes a name at the same moment
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
  // By name: two that want the same names wait for one another in one order, and never for each other.
  const { affected: own } = await statements.run(
    `INSERT INTO auth.api_scopes (name, identifier, description, position)
     SELECT name, $1, description, position
     FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS s (name, description, position)
     ORDER BY name COLLATE "C" ON CONFLICT (name) DO NOTHING`,
    [api.identifier, names, api.scopes.map(({ description }) => description)],
  );
  if (own < names.length) throw new ScopeTaken(`Another API has a scope of ${api.identifier}.`);
  return 'registered';
};
