/**
 * Owns an admin server over clients on PostgreSQL, with guards that hear of what is revoked, and ways to ask it as callers of
 * more or less scope. Does not own any expectation.
 */
import { PostgresApiStore } from '../../persistence/postgres/api-store.js';
import { PostgresAuditTrail } from '../../persistence/postgres/audit-trail.js';
import { PostgresClientChanges } from '../../persistence/postgres/client-changes.js';
import { PostgresClientStore } from '../../persistence/postgres/client-store.js';
import type { Database } from '../../persistence/postgres/database.js';
import { PostgresKeptAnswers } from '../../persistence/postgres/kept-answers.js';
import { Revoking } from '../../persistence/postgres/revoking.js';
import { openTestDatabase, type OpenTestDatabase } from '../../persistence/postgres/testing/open-test-database.js';
import { type GuardedWorld, openGuardedWorld } from '../../test/guarded-world.js';
import { ADMIN_SCOPE_NAMES, adminApi } from '../admin-scopes.js';
import type { AdminServerParts } from '../server.js';
import { ADMIN_URL, adminBench, type AdminBench, type Wire } from './admin-bench.js';

export const CLIENTS = '/admin/v1/clients';

export const NOTES = {
  identifier: 'http://localhost:4002',
  name: 'Notes',
  scopes: [
    { name: 'notes:read', description: 'Read your notes' },
    { name: 'notes:write', description: 'Write notes in your name' },
  ],
  accessTokenLifetimeSeconds: 300,
  accessTokenSigningAlg: 'ES256',
  administrative: false,
} as const;

/** What stands behind `/clients`, on this database. */
export const clientParts = (database: Database, world: GuardedWorld) => ({
  clients: new PostgresClientStore(database),
  clientChanges: new PostgresClientChanges(
    new Revoking(database, (entries, receipt) => {
      world.receipts.push(receipt);
      world.revocation.onRevoked(entries, receipt);
    }),
  ),
  apis: new PostgresApiStore(database, [adminApi(ADMIN_URL)]),
  desk: world.revocation.desk,
  kept: new PostgresKeptAnswers(database),
  trail: new PostgresAuditTrail(database),
});

export interface ClientBench {
  readonly bench: AdminBench;
  readonly test: OpenTestDatabase;
  readonly world: GuardedWorld;
  ask: AdminBench['ask'];
  /** As a caller whose token has these scopes alone. */
  as(scopes: readonly string[]): { readonly authorization: string };
  /** A machine, unless `over` says otherwise. */
  create(over?: object): Promise<CreatedClient>;
  /** One that holds every admin scope. */
  createAdmin(over?: object): Promise<CreatedClient>;
  /** Of one client, in order. */
  audited(target: string): Promise<readonly Audited[]>;
  generation(clientId: string): Promise<number>;
  sql(statement: string, parameters?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  close(): Promise<void>;
}

export interface CreatedClient {
  readonly clientId: string;
  readonly secret: string;
  readonly path: string;
  readonly etag: string;
  readonly wire: Wire;
}

export interface Audited {
  readonly kind: string;
  readonly actor: string;
  readonly outcome: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** @param more in place of what the admin bench has by itself */
export async function clientBench(more: Partial<Pick<AdminServerParts, 'sealSecret'>> = {}): Promise<ClientBench> {
  const test = await openTestDatabase();
  const world = await openGuardedWorld(test.database);
  const parts = clientParts(test.database, world);
  await parts.apis.ensureRegistered(NOTES);
  const bench = await adminBench({ ...parts, ...more });
  const create: ClientBench['create'] = async (over = {}) => {
    const body = { grant_types: ['client_credentials'], scope: 'notes:read notes:write', ...over };
    const wire = await bench.ask('POST', CLIENTS, { body });
    if (wire.status !== 201) throw new Error(`not created: ${wire.status} ${wire.text}`);
    const clientId = String(memberOf(wire.json, 'client_id'));
    const secret = String(memberOf(wire.json, 'client_secret'));
    return { clientId, secret, path: `${CLIENTS}/${clientId}`, etag: wire.headers.get('etag') ?? '', wire };
  };
  const sql: ClientBench['sql'] = async (statement, parameters) =>
    (await test.database.run(statement, parameters)).rows;
  return {
    ...{ bench, test, world, create, sql },
    ask: (...request) => bench.ask(...request),
    as: (scopes) => ({ authorization: `Bearer ${bench.mint({ scope: scopes.join(' ') })}` }),
    createAdmin: (over = {}) => create({ scope: ADMIN_SCOPE_NAMES.join(' '), ...over }),
    audited: async (target) => {
      const { rows } = await test.database.run<Audited>(
        'SELECT kind, actor, outcome, detail FROM auth.audit_events WHERE target = $1 ORDER BY id',
        [target],
      );
      return rows;
    },
    generation: async (clientId) =>
      Number((await sql('SELECT generation FROM auth.clients WHERE client_id = $1', [clientId]))[0]?.['generation']),
    close: async () => {
      await bench.close();
      await world.close();
      await test.close();
    },
  };
}

export const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;
