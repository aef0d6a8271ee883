import { anApi } from '@latchkey/protocol/testing';
import { PostgresApiStore } from './api-store.js';
import { PostgresBootstrapStore, type Bootstrap } from './bootstrap-store.js';
import { openDatabase } from './data-source.js';
import { PostgresClientStore } from './client-store.js';
import { PostgresPeopleStore } from './people-store.js';
import { addClient, aNewClient, openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';
import { PATIENT } from './testing/patient.js';

const ADMIN_SCOPES = ['clients:read', 'clients:write'];

let test: OpenTestDatabase;
beforeAll(async () => {
  test = await openTestDatabase(4);
});
afterAll(() => test.close());

const wanted = (): Bootstrap => ({
  adminScopes: ADMIN_SCOPES,
  adminClient: aNewClient({ allowedScope: ADMIN_SCOPES }),
  person: { username: 'Demo', passwordHash: '$argon2id$stand-in' },
  api: anApi(),
});

describe('admin-api.md A3 bootstrap', () => {
  it('makes one of everything although ten instances start at once, each with secrets of its own', async () => {
    // A client that may have only some admin scopes is no admin client.
    await addClient(test.database, { allowedScope: ['clients:read'] });
    const store = new PostgresBootstrapStore(test.database);
    const given = { username: 'demo' };
    const nothing = { adminClient: false, person: false };
    expect(await store.state(ADMIN_SCOPES, given)).toEqual({ adminClient: false, standing: nothing });

    const instances = await Promise.all(
      Array.from({ length: 10 }, () => openDatabase({ url: test.url, poolSize: 2, ...PATIENT })),
    );
    const offers = instances.map(() => wanted());
    const outcomes = await Promise.all(
      instances.map((instance, index) => new PostgresBootstrapStore(instance).bootstrap(offers[index] ?? wanted())),
    );
    await Promise.all(instances.map((instance) => instance.close()));

    const made = outcomes.flatMap((outcome, index) => (outcome.adminClient === 'created' ? [index] : []));
    expect(made).toHaveLength(1);
    expect(outcomes.filter(({ person }) => person === 'created')).toHaveLength(1);
    expect(outcomes.filter(({ api }) => api === 'created')).toHaveLength(1);

    const winner = offers[made[0] ?? -1]?.adminClient;
    const clients = new PostgresClientStore(test.database);
    expect((await clients.list({ limit: 10 })).items).toHaveLength(2);
    expect((await clients.find(winner?.clientId ?? ''))?.secretDigests).toEqual([winner?.secretDigest]);
    expect(await new PostgresPeopleStore(test.database).findByUsername('demo')).toMatchObject({ enabled: true });
    expect(await new PostgresApiStore(test.database, []).all()).toEqual([anApi()]);
    expect(await store.state(ADMIN_SCOPES, given)).toEqual({
      adminClient: true,
      standing: { adminClient: false, person: true },
    });
    const { rows } = await test.database.run(
      `SELECT kind FROM auth.audit_events WHERE detail->>'bootstrap' = 'true' ORDER BY kind`,
    );
    expect(rows).toEqual([{ kind: 'api.created' }, { kind: 'client.created' }, { kind: 'user.created' }]);
  });

  it('changes nothing in a database that is not empty', async () => {
    const outcome = await new PostgresBootstrapStore(test.database).bootstrap(wanted());
    expect(outcome).toEqual({ adminClient: 'exists', person: 'exists', api: 'exists' });
  });
});
