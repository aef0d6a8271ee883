import { createHash } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { openTestDatabase, type OpenTestDatabase } from '../persistence/postgres/testing/open-test-database.js';
import { PostgresBootstrapStore } from '../persistence/postgres/bootstrap-store.js';
import { PostgresClientStore } from '../persistence/postgres/client-store.js';
import { PostgresPeopleStore } from '../persistence/postgres/people-store.js';
import { ADMIN_SCOPE_NAMES } from './admin-scopes.js';
import { bootstrap, type BootstrapConfig, decideBootstrap, NoAdminClient } from './bootstrap.js';

const ID = 'b'.repeat(32);
const SECRET = 'ab'.repeat(32);
const NOTHING_GIVEN: BootstrapConfig = {
  bootstrapAdminClient: undefined,
  demoUser: undefined,
  apiIdentifier: 'http://localhost:4002',
};
const GIVEN: BootstrapConfig = {
  ...NOTHING_GIVEN,
  bootstrapAdminClient: { clientId: ID, clientSecret: SECRET },
  demoUser: { username: 'ada', password: 'correct horse' },
};

let open: OpenTestDatabase | undefined;
let logged = '';
const log = pino({ level: 'trace' }, { write: (line: string) => void (logged += line) });
const database = (): OpenTestDatabase['database'] => {
  if (open === undefined) throw new Error('no database');
  return open.database;
};
const run = (config: BootstrapConfig): Promise<void> =>
  bootstrap({
    config,
    store: new PostgresBootstrapStore(database()),
    hashPassword: (password) => Promise.resolve(`hash of ${String(password.length)}`),
    log,
  });

beforeEach(async () => {
  await open?.close();
  open = await openTestDatabase();
  logged = '';
});
afterAll(() => open?.close());

describe('admin-api A3 bootstrap', () => {
  it('refuses to start while no admin client exists and none was given, and says how to make one', async () => {
    await expect(run(NOTHING_GIVEN)).rejects.toThrow(NoAdminClient);
    await expect(run(NOTHING_GIVEN)).rejects.toThrow('openssl rand -hex 32');
    await expect(run({ ...GIVEN, bootstrapAdminClient: undefined })).rejects.toThrow('BOOTSTRAP_ADMIN_CLIENT_SECRET');
    expect((await new PostgresClientStore(database()).list({ limit: 5 })).items).toEqual([]);
  });

  it('fills an empty database: an admin client with every admin scope, the sample API, the person', async () => {
    await run(GIVEN);
    const client = await new PostgresClientStore(database()).find(ID);
    expect(client).toMatchObject({
      grantTypes: ['client_credentials'],
      allowedScope: ADMIN_SCOPE_NAMES,
      secretDigests: [createHash('sha256').update(SECRET).digest('hex')],
      enabled: true,
    });
    expect(await new PostgresPeopleStore(database()).findByUsername('Ada')).toMatchObject({
      passwordHash: 'hash of 13',
    });
    const { rows } = await database().run<{ name: string }>('SELECT name FROM auth.api_scopes ORDER BY name');
    expect(rows.map(({ name }) => name)).toEqual(['notes:read', 'notes:write']);
    const { rows: audit } = await database().run<{ kind: string }>('SELECT kind FROM auth.audit_events ORDER BY kind');
    expect(audit.map(({ kind }) => kind)).toEqual(['api.created', 'client.created', 'user.created']);
  });

  it('ignores what is given to a database that is not empty, and warns', async () => {
    await run(GIVEN);
    logged = '';
    await run({ ...GIVEN, bootstrapAdminClient: { clientId: 'd'.repeat(32), clientSecret: 'cd'.repeat(32) } });
    expect(logged).toContain('"level":40');
    expect(logged).toContain('BOOTSTRAP_ADMIN_CLIENT_SECRET');
    expect(await new PostgresClientStore(database()).find('d'.repeat(32))).toBeUndefined();
  });

  it('says nothing on a restart with what was given at first, and warns of another secret or person', async () => {
    await run(GIVEN);
    logged = '';
    await run(GIVEN);
    expect(logged).toBe('');
    await run({ ...GIVEN, bootstrapAdminClient: { clientId: ID, clientSecret: 'cd'.repeat(32) } });
    expect(logged).toContain('BOOTSTRAP_ADMIN_CLIENT_SECRET');
    expect(logged).not.toContain('DEMO_USER');
    logged = '';
    await run({ ...GIVEN, demoUser: { username: 'bob', password: 'correct horse' } });
    expect(logged).toContain('DEMO_USER');
    expect(logged).not.toContain('BOOTSTRAP_ADMIN_CLIENT_ID');
  });

  it('says nothing when nothing is given to a database that is not empty', async () => {
    await run(GIVEN);
    logged = '';
    await run(NOTHING_GIVEN);
    expect(logged).toBe('');
  });

  it('is safe in fifty instances at once', async () => {
    await Promise.all(Array.from({ length: 50 }, () => run(GIVEN)));
    expect((await new PostgresClientStore(database()).list({ limit: 5 })).items).toHaveLength(1);
    const { rows } = await database().run<{ n: string }>('SELECT count(*) AS n FROM auth.audit_events');
    expect(rows[0]?.n).toBe('3');
  });

  it('never logs a secret', async () => {
    await run(GIVEN);
    await run(GIVEN);
    expect(logged).not.toContain(SECRET);
    expect(logged).not.toContain('correct horse');
  });
});

describe('admin-api A3 the decision', () => {
  const decide = (adminClient: boolean, standing: boolean, config: BootstrapConfig) =>
    decideBootstrap({ adminClient, standing: { adminClient: standing, person: standing } }, config);

  it('refuses, fills or goes on', () => {
    expect(decide(false, false, NOTHING_GIVEN)).toEqual({ decision: 'refuse' });
    expect(decide(false, false, GIVEN)).toEqual({ decision: 'fill' });
    expect(decide(true, false, NOTHING_GIVEN)).toEqual({ decision: 'go-on', ignored: [] });
    expect(decide(true, true, GIVEN)).toEqual({ decision: 'go-on', ignored: [] });
    expect(decide(true, false, GIVEN)).toEqual({
      decision: 'go-on',
      ignored: ['BOOTSTRAP_ADMIN_CLIENT_ID', 'BOOTSTRAP_ADMIN_CLIENT_SECRET', 'DEMO_USER', 'DEMO_PASSWORD'],
    });
  });
});
