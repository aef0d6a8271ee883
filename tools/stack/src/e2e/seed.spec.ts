// docs/operating.md "The seed": the built service with SEED_FILE, as compose and an operator give it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type StartedProcess } from '@latchkey/testbed';
import pg from 'pg';
import { logInAndApprove, PlainBrowser } from '../person/plain-browser.js';
import { Endings } from './endings.js';
import { Installation } from './installation.js';
import { until } from './keys/until.js';

const EXAMPLE = new URL('../../../../deploy/seed.example.json', import.meta.url);
const GRACE = { username: 'grace', password: 'the person of the seed' };
const GRACE_HASH = '$2b$10$LX2Ect897wFy9.t1QbQdlev3BJ9dlQoVpCntE3uW6XZeZon8zWreS';
const ROBOT = { client_id: '5eed0000000000000000000000000001', client_secret: 'a'.repeat(64) };
const WEB = { client_id: '5eed0000000000000000000000000002' };
const CALLBACK = 'https://payroll.example/callback';

const endings = new Endings();
const folder = mkdtempSync(join(tmpdir(), 'latchkey-seed-'));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
let databaseUrl: string;
let installation: Installation;
let output: string;

beforeAll(async () => {
  endings.add(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const database = await createTestDatabase();
  endings.add(() => database.drop());
  databaseUrl = database.url;
  const path = file('robot', `${ROBOT.client_secret}\n`);
  const example = readFileSync(EXAMPLE, 'utf8').replace('/run/secrets/payroll-robot', path);
  expect(example).toContain(path);
  const person = `{ "username": "grace", "password_hash": "${GRACE_HASH}" },`;
  const seed = file('seed.json', example.replace('"users": [', `"users": [ ${person}`));
  installation = endings.keep(await Installation.start({ DATABASE_URL: databaseUrl, SEED_FILE: seed }));
  output = installation.output();
});
afterAll(() => endings.run());

async function sql(text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}
const hashOfGrace = async (): Promise<unknown> =>
  (await sql(`SELECT password_hash FROM auth.users WHERE username = 'grace'`))[0]?.['password_hash'];
const seeded = (): Promise<readonly Record<string, unknown>[]> =>
  sql(`SELECT id, kind FROM auth.audit_events WHERE detail @> '{"seed": true}' ORDER BY id`);

async function logInGrace(): Promise<void> {
  const { outside, bootstrap } = installation;
  const extra = { redirect_uri: CALLBACK };
  const { url, verifier } = outside.authorizationRequest(WEB, { scope: 'openid payroll:read', extra });
  const callback = await logInAndApprove(new PlainBrowser(bootstrap.issuer), url, GRACE);
  const tokens = await outside.token(WEB, {
    ...{ grant_type: 'authorization_code', redirect_uri: CALLBACK, code_verifier: verifier },
    code: callback.searchParams.get('code') ?? '',
  });
  expect([tokens.status, String(tokens.json['scope']).split(' ').sort()]).toEqual([200, ['openid', 'payroll:read']]);
}

describe('SEED_FILE of the built service', () => {
  it('makes the example true before the first request, and nothing when it is true already', async () => {
    expect(output).toContain('the seed was made true');
    const events = await seeded();
    expect(events.map(({ kind }) => kind)).toEqual([
      ...['api.created', 'client.created', 'client.created', 'user.created', 'user.created'],
    ]);
    const token = await installation.outside.token(ROBOT, { grant_type: 'client_credentials', scope: 'payroll:read' });
    expect(token.status).toBe(200);

    // The hash of an earlier system lets its owner in, once: then it is ours.
    expect(await hashOfGrace()).toBe(GRACE_HASH);
    await logInGrace();
    const renewed = await hashOfGrace();
    expect(renewed).toMatch(/^\$argon2id\$/);

    await installation.stopAuth();
    const again: StartedProcess = await installation.startAuth();
    expect(again.output()).not.toContain('the seed was made true');
    expect(await seeded()).toEqual(events);
    expect(await hashOfGrace()).toBe(renewed);
    await logInGrace();
    await installation.stopAuth();
  });

  it.each([
    [
      'that is no JSON, by line and column',
      '{\n  "users": [],\n}',
      'SEED_FILE names a file that must be JSON: it cannot be read at line 3, column 1',
    ],
    [
      'that names a member twice',
      '{"users": [], "users": []}',
      'SEED_FILE names a file that must not name a member twice: /users',
    ],
    ['with a fault', '{"colour": 1}', 'The seed (SEED_FILE) cannot be used; nothing of it was written:\n  * /colour'],
  ])('refuses a file %s, in a sentence and no more', async (_what, text, sentence) => {
    const other = endings.keep(installation.on(databaseUrl, { SEED_FILE: file('other.json', text) }));
    const refusal = String(await other.startAuth().catch((error: unknown) => error));
    expect(refusal).toContain(sentence);
    expect(refusal.split('\n').filter((line) => /^\s+at /.test(line) && line.includes('/dist/'))).toEqual([]);
  });

  it('DESIGN §2 warns of a role and of a Redis user that may do more than they need', async () => {
    expect(output).toContain('the role of DATABASE_URL owns the tables');
    // No start waits for Redis, so this may be said after the service is ready.
    await until('it warns of the user of REDIS_URL', () =>
      installation.output().includes('the user of REDIS_URL may administer Redis'),
    );
  });
});
