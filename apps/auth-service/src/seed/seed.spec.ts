import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { digestOf } from '@latchkey/protocol';
import { KeyEncryption } from '@latchkey/tokens/issuing';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { pino } from 'pino';
import { ADMIN_SCOPE_NAMES } from '../admin/admin-scopes.js';
import { hashPassword, Passwords } from '../interaction/passwords.js';
import { appendAudit } from '../persistence/postgres/audit-store.js';
import { PostgresClientMacKeys } from '../persistence/postgres/client-mac-keys.js';
import { openStores, type Stores } from '../persistence/postgres/stores.js';
import { dumpOf } from '../persistence/postgres/testing/database-dump.js';
import { openTestDatabase, type OpenTestDatabase } from '../persistence/postgres/testing/open-test-database.js';
import { seed, type SeedParts } from './seed.js';

const own = { issuer: 'http://localhost:4000', adminUrl: 'http://localhost:4001' };
const SECRET = randomBytes(32).toString('hex');
const PASSWORD = 'correct horse battery';
const ID = { robot: '0'.repeat(31) + '1', web: '0'.repeat(31) + '2', admin: '0'.repeat(31) + '3' };
const CODE = { redirect_uris: ['https://app.example/cb'], grant_types: ['authorization_code', 'refresh_token'] };

const PAYROLL = {
  identifier: 'https://payroll.example',
  name: 'Payroll',
  scopes: [
    { name: 'payroll:read', description: 'Read payslips' },
    { name: 'payroll:write', description: 'Write payslips' },
  ],
};
const WHOLE = {
  apis: [PAYROLL],
  clients: [
    {
      ...{ client_id: ID.robot, client_secret: SECRET, client_name: 'Robot', grant_types: ['client_credentials'] },
      scope: 'payroll:read payroll:write',
    },
    {
      client_id: ID.web,
      client_name: 'Web',
      token_endpoint_auth_method: 'none',
      ...CODE,
      scope: 'openid payroll:read',
    },
  ],
  users: [
    { username: 'Ada', password: PASSWORD, name: 'Ada Lovelace', email: 'ada@example.com', email_verified: true },
    { username: 'grace', password_hash: '$2b$10$abcdefghijklmnopqrstuuuzE7q6NdIVNLZPjlPPP2QzQdhS.6QAq' },
  ],
};

const ENCRYPTION = new KeyEncryption(Buffer.alloc(32, 7));

let test: OpenTestDatabase;
let stores: Stores;
let said: string[];
beforeEach(async () => {
  test = await openTestDatabase();
  stores = openStores(test.database, own, test.onRevoked);
  said = [];
});
afterEach(() => test.close());

const dump = (): Promise<string> => dumpOf(test.database);

const sow = (given: unknown, over: Partial<SeedParts> = {}): Promise<void> =>
  seed({
    ...{ given, name: 'SEED_FILE', own, store: stores.seed, hashPassword },
    readSecret: (path) => {
      throw new Error(`there is no ${path}`);
    },
    ensureRing: () => Promise.resolve(),
    raiseLongestLifetime: (seconds) => stores.issuerState.noteLifetimes({ accessToken: seconds }),
    raiseLongestRefresh: (seconds) => stores.issuerState.noteLifetimes({ refresh: seconds }),
    sealSecret: (clientId, secret) => new PostgresClientMacKeys(test.database, ENCRYPTION).seal(clientId, secret),
    log: pino({ level: 'info' }, { write: (line: string) => said.push(line) }),
    ...over,
  });

const refusalOf = async (given: unknown, over: Partial<SeedParts> = {}): Promise<string> => {
  const before = await dump();
  const refusal = await sow(given, over).then(
    () => 'it was accepted',
    (error: unknown) => String(error),
  );
  expect(await dump()).toBe(before);
  return refusal;
};

const audited = async (): Promise<readonly string[]> =>
  (await test.database.run<{ kind: string }>('SELECT kind FROM auth.audit_events ORDER BY id')).rows.map(
    ({ kind }) => kind,
  );

describe('SEED_FILE refuses to start, says everything at once, and has written nothing', () => {
  it('whatever has not its form, and whatever has not its meaning, in one pass', async () => {
    const refusal = await refusalOf({
      colour: 'red',
      apis: [
        { identifier: 'no uri', scopes: [{ name: 'a b', description: 'x' }] },
        { identifier: own.issuer },
        { identifier: 'https://a.example', scopes: [{ name: 'openid', description: 'x' }] },
        { identifier: 'https://b.example', access_token_signing_alg: 'HS256' },
      ],
      clients: [
        { client_id: 'short', client_secret: SECRET, shape: 'round', grant_types: ['client_credentials'] },
        { client_id: ID.robot, client_secret: SECRET, redirect_uris: ['http://app.example/cb'], scope: 'nobody:knows' },
        { client_id: ID.robot, grant_types: ['client_credentials'] },
        { client_id: ID.web, token_endpoint_auth_method: 'none', client_secret: SECRET, ...CODE },
        { client_id: ID.admin, client_secret_file: '/run/nothing', grant_types: ['client_credentials'] },
      ],
      users: [
        { username: 'ada' },
        { username: ' ADA', password: PASSWORD },
        { username: 'Ada', password: PASSWORD, birthdate: '2001-02-30', email_verified: true },
        { username: 'bob', password: PASSWORD, password_hash: 'x' },
        { username: 'cid', password_hash: '$1$weak' },
      ],
    });
    for (const pointer of [
      ...['/colour', '/apis/0/identifier', '/apis/0/scopes/0/name', '/apis/1/identifier', '/apis/2/scopes/0/name'],
      ...['/apis/3/access_token_signing_alg', '/clients/0/client_id', '/clients/0/shape', '/clients/1/redirect_uris/0'],
      ...['/clients/1/scope', '/clients/2/client_id', '/clients/2/client_secret', '/clients/3/client_secret'],
      ...['/clients/4/client_secret_file', '/users/0/password', '/users/1/username', '/users/2/birthdate'],
      ...['/users/2/email_verified', '/users/2/username', '/users/3/password_hash', '/users/4/password_hash'],
    ]) {
      expect(refusal).toContain(`  * ${pointer} `);
    }
    for (const secret of [SECRET, PASSWORD, '$1$weak', 'nothing\n']) expect(refusal).not.toContain(secret);
    expect(said.join('')).not.toContain(SECRET);
  });

  it.each([null, [], 'text', { apis: {} }, { users: [null] }, JSON.parse('{"__proto__": {"apis": []}}')])(
    'what is no seed: %j',
    async (given) => {
      expect(await refusalOf(given)).toContain('cannot be used');
    },
  );

  it('one faulty entry keeps every other from being written, also of those that stand', async () => {
    await sow(WHOLE);
    const changed = {
      ...WHOLE,
      apis: [{ ...PAYROLL, name: 'Pay' }],
      users: [{ ...WHOLE.users[0], birthdate: 'soon' }],
    };
    expect(await refusalOf(changed)).toContain('/users/0/birthdate');
  });

  it('A2 what would leave nobody who can administer', async () => {
    const admin = { client_id: ID.admin, client_secret: SECRET, grant_types: ['client_credentials'] };
    await sow({ clients: [{ ...admin, scope: ADMIN_SCOPE_NAMES.join(' ') }] });
    expect(await refusalOf({ clients: [{ ...admin, scope: 'clients:read' }] })).toContain(
      '/clients/0 is the last client',
    );
  });
});

describe('SEED_FILE is made true', () => {
  it('whoever is not there is created, with an audit event each, and can come in', async () => {
    await sow(WHOLE);
    expect(await audited()).toEqual([
      'api.created',
      'client.created',
      'client.created',
      'user.created',
      'user.created',
    ]);
    const robot = await stores.clients.find(ID.robot);
    expect(robot).toMatchObject({
      clientName: 'Robot',
      secretDigests: [digestOf(SECRET)],
      allowedScope: ['payroll:read', 'payroll:write'],
    });
    expect(await stores.clients.find(ID.web)).toMatchObject({ secretDigests: [], requirePkce: true });
    const ada = await stores.people.findByUsername('ADA');
    expect(await (await Passwords.create()).verify(ada?.passwordHash, PASSWORD)).toBe(true);
    const trail = await test.database.run('SELECT actor, detail FROM auth.audit_events');
    expect(trail.rows.every((row) => JSON.stringify(row).includes('"seed":true'))).toBe(true);
    expect(JSON.stringify(trail.rows)).not.toMatch(/lovelace|ada@/i);
    const everything = `${await dump()}${said.join('')}`;
    for (const secret of [SECRET, PASSWORD]) expect(everything).not.toContain(secret);
  });

  it('a file that is true already writes nothing at all', async () => {
    await sow(WHOLE);
    const before = await dump();
    await sow(WHOLE);
    expect(await dump()).toBe(before);
  });

  it('ten instances at once have one effect', async () => {
    await Promise.all(Array.from({ length: 10 }, () => sow(WHOLE)));
    expect(await audited()).toHaveLength(5);
  });

  it('a secret may lie in a file of its own', async () => {
    const client = { client_id: ID.robot, client_secret_file: '/run/robot', grant_types: ['client_credentials'] };
    await sow({ clients: [client] }, { readSecret: () => `${SECRET}\n` });
    expect((await stores.clients.find(ID.robot))?.secretDigests).toEqual([digestOf(SECRET)]);
    expect(await refusalOf({ clients: [client] }, { readSecret: () => 'a letter' })).not.toContain('letter');
  });

  it('what the file names is made so, and what it does not name is left as it is', async () => {
    await sow(WHOLE);
    await sow({
      apis: [{ ...PAYROLL, name: 'Pay', scopes: [...PAYROLL.scopes, { name: 'payroll:sign', description: 'Sign' }] }],
      clients: [{ client_id: ID.web, logo_uri: 'https://app.example/logo.png' }],
      users: [{ username: 'ada', password: 'another one', nickname: 'Countess' }],
    });
    expect((await audited()).slice(5)).toEqual(['api.changed', 'client.changed', 'user.changed']);
    expect(await stores.apis.find(PAYROLL.identifier)).toMatchObject({
      name: 'Pay',
      scopes: [{}, {}, { name: 'payroll:sign' }],
    });
    expect(await stores.clients.find(ID.web)).toMatchObject({
      clientName: 'Web',
      logoUri: 'https://app.example/logo.png',
    });
    expect(await stores.clients.find(ID.robot)).toBeDefined();
    const { rows } = await test.database.run(
      `SELECT username, claims FROM auth.users WHERE normalized_username = 'ada'`,
    );
    expect(rows).toMatchObject([
      { username: 'ada', claims: { name: 'Ada Lovelace', nickname: 'Countess', email_verified: true } },
    ]);
    expect(test.revoked).toEqual([]);
  });

  it('A9 a scope that is gone from a client ends what was given under it, in the same transaction', async () => {
    await sow(WHOLE);
    await sow({ clients: [{ ...WHOLE.clients[0], scope: 'payroll:read' }] });
    expect(test.revoked).toMatchObject([{ kind: 'client', value: ID.robot, generation: 1 }]);
    const { rows } = await test.database.run(`SELECT detail FROM auth.audit_events WHERE kind = 'client.changed'`);
    expect(rows).toMatchObject([{ detail: { taken: ['scope'], revocations: [test.revoked[0]?.id], seed: true } }]);
  });
});

describe('A9 SEED_FILE takes away from an API', () => {
  it('a scope: every client that had it loses it, and what was given to it ends', async () => {
    await sow(WHOLE);
    const [robot, web] = WHOLE.clients;
    const one = { apis: [{ ...PAYROLL, scopes: PAYROLL.scopes.slice(0, 1) }] };
    expect(await refusalOf({ ...one, clients: [robot, web] })).toContain('/clients/0/scope payroll:write');
    await sow(one);
    expect((await stores.clients.find(ID.robot))?.allowedScope).toEqual(['payroll:read']);
    expect(test.revoked).toMatchObject([{ kind: 'client', value: ID.robot }]);
  });
});

describe('SEED_FILE gives nothing back that an operator has taken', () => {
  const order = { actor: 'operator', address: '::1', receipt: false };

  it('a password that was changed, a secret that was deleted, a client and a person that are disabled', async () => {
    await sow(WHOLE);
    const ada = await stores.people.findByUsername('ada');
    await stores.endings.people.resetPassword(ada?.sub ?? '', await hashPassword('new'), order, () => undefined);
    await stores.endings.people.disable(ada?.sub ?? '', order, () => undefined);
    await test.database.run('DELETE FROM auth.client_secrets');
    await test.database.run('UPDATE auth.clients SET enabled = false');
    const before = await dump();
    await sow(WHOLE);
    expect(await dump()).toBe(before);
    expect(said.join('')).toContain('/clients/0/client_secret');
    expect(said.join('')).not.toContain(SECRET);
  });

  it('a client that was deleted: it stays so, and that is said', async () => {
    await sow(WHOLE);
    await test.database.run('UPDATE auth.clients SET enabled = false, deleted_at = now() WHERE client_id = $1', [
      ID.robot,
    ]);
    const before = await dump();
    await sow(WHOLE);
    expect(await dump()).toBe(before);
    expect(said.join('')).toContain('was deleted over the admin API');
  });

  it('a client that was deleted so long ago that its row has been swept', async () => {
    await sow(WHOLE);
    await test.database.transaction((statements) =>
      appendAudit(statements, { actor: 'an-operator', kind: 'client.deleted', target: ID.robot, outcome: 'done' }),
    );
    await test.database.run('DELETE FROM auth.clients WHERE client_id = $1', [ID.robot]);
    const before = await dump();
    await sow(WHOLE);
    expect(await dump()).toBe(before);
    expect(said.join('')).toContain('was deleted over the admin API');
  });
});

describe('deploy/seed.example.json', () => {
  const read = (name: string): unknown =>
    JSON.parse(readFileSync(new URL(`../../../../deploy/${name}`, import.meta.url), 'utf8')) as unknown;

  it('obeys the schema that is published, and is really sown', async () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const schema = read('seed.schema.json');
    const isSeed = ajv.compile(typeof schema === 'object' && schema !== null ? schema : {});
    const example = read('seed.example.json');
    isSeed(example);
    expect(isSeed.errors ?? []).toEqual([]);
    expect(isSeed({ users: [{ username: 'ada', colour: 'red' }] })).toBe(false);
    await sow(example, { readSecret: () => SECRET });
    expect(await audited()).toHaveLength(4);
  });
});
