import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, freePort, type TestDatabase } from '@latchkey/testbed';
import { MemoryWire } from '@latchkey/tokens';
import { until } from '@latchkey/tokens/testing';
import { readConfig } from './config.js';
import { machineClock } from './machine-clock.js';
import { openDatabase } from './persistence/postgres/data-source.js';
import { type AuthService, startAuthService } from './service.js';

const ADMIN = { id: randomBytes(16).toString('hex'), secret: randomBytes(32).toString('hex') };
const [KEY, NEXT_KEY] = [randomBytes(32).toString('base64url'), randomBytes(32).toString('base64url')];

let database: TestDatabase;
let service: AuthService;
let [issuer, adminUrl, logged] = ['', '', ''];
const start = async (settings: Readonly<Record<string, string>>): Promise<void> => {
  const [port, adminPort] = await Promise.all([freePort(), freePort()]);
  [issuer, adminUrl, logged] = [`http://localhost:${port}`, `http://localhost:${adminPort}`, ''];
  const config = readConfig({
    ...{ ISSUER: issuer, ADMIN_URL: adminUrl, PORT: String(port), ADMIN_PORT: String(adminPort) },
    ...{ DATABASE_URL: database.url, REDIS_URL: 'redis://127.0.0.1:1', LOG_LEVEL: 'info', ...settings },
    ...{ BOOTSTRAP_ADMIN_CLIENT_ID: ADMIN.id, BOOTSTRAP_ADMIN_CLIENT_SECRET: ADMIN.secret },
  });
  const logTo = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      logged += chunk.toString('utf8');
      done();
    },
  });
  service = await startAuthService(config, { wire: new MemoryWire(machineClock), logTo });
};
beforeAll(async () => {
  database = await createTestDatabase();
  await start({ KEY_ENCRYPTION_KEY: KEY, DEMO_USER: 'Ada', DEMO_PASSWORD: 'a long pass phrase' });
});
afterAll(async () => {
  await service.close();
  await database.drop();
});

const ask = async (path: string) => {
  const granted = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${ADMIN.id}:${ADMIN.secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'audit:read' }),
  });
  const { access_token: token } = (await granted.json()) as { access_token: string };
  const answer = await fetch(`${adminUrl}/admin/v1${path}`, { headers: { authorization: `Bearer ${token}` } });
  return (await answer.json()) as Record<string, unknown>;
};
const gauge = async (name: string): Promise<number> => {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  return Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
};
const heads = (): readonly string[] =>
  logged
    .split('\n')
    .filter((line) => line.includes('audit events are sealed'))
    .map((line) => String((JSON.parse(line) as { head: unknown }).head));
const allSealed = () => until(async () => (await gauge('latchkey_audit_unsealed_events')) === 0, 'it is sealed');

describe('A11 a whole service', () => {
  it('records what an empty database was given, seals it, and logs a head that its chain contains', async () => {
    await allSealed();
    const { items } = (await ask('/audit-events?actor=system')) as { items: readonly { kind: string }[] };
    const given = items.filter((item) => 'detail' in item && JSON.stringify(item.detail).includes('"bootstrap":true'));
    expect(given.map(({ kind }) => kind).sort()).toEqual(['api.created', 'client.created', 'user.created']);
    expect(items).toEqual(items.map((item) => ({ ...item, sealed: true })));
    const head = heads().at(-1);
    expect(head).toMatch(/^[0-9a-f]{64}$/);
    expect(await ask(`/audit-events/verify?head=${head}`)).toMatchObject({ valid: true, contains_head: true });
    expect(await gauge('latchkey_audit_oldest_unsealed_age_seconds')).toBe(0);
  });

  it('goes on with the chain after KEY_ENCRYPTION_KEY was replaced', async () => {
    const head = heads().at(-1);
    await service.close();
    await start({ KEY_ENCRYPTION_KEY: NEXT_KEY, KEY_ENCRYPTION_KEY_PREVIOUS: KEY });
    await until(() => heads().length > 0, 'it is sealed anew');
    await allSealed();
    await service.close();
    await start({ KEY_ENCRYPTION_KEY: NEXT_KEY });
    expect(await ask(`/audit-events/verify?head=${head}`)).toMatchObject({ valid: true, contains_head: true });
  });

  it('A12 refuses, where every key has been killed, a KEY_ENCRYPTION_KEY that is not the one of this trail', async () => {
    await allSealed();
    await service.close();
    const rows = await openDatabase({ url: database.url, poolSize: 1, onIdleError: () => undefined });
    const keys = async () => (await rows.run('SELECT kid, state FROM auth.keys ORDER BY kid')).rows;
    await rows.run(
      `UPDATE auth.keys SET state = 'dropped', dropped_at = now(), sealed_key = NULL WHERE state <> 'dropped'`,
    );
    const before = await keys();
    expect(before.length).toBeGreaterThan(0);
    await expect(start({ KEY_ENCRYPTION_KEY: KEY })).rejects.toThrow('sealed under another KEY_ENCRYPTION_KEY');
    expect(await keys()).toEqual(before);
    await rows.close();
    await start({ KEY_ENCRYPTION_KEY: NEXT_KEY });
    expect(await ask('/audit-events/verify')).toMatchObject({ valid: true });
  });
});
