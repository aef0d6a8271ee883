import { createPrivateKey, randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, freePort, startRedis, type RedisServer, type TestDatabase } from '@latchkey/testbed';
import { KeyEncryption, KeyEncryptionError, LocalSigner } from '@latchkey/tokens/issuing';
import { mintAccessToken, until } from '@latchkey/tokens/testing';
import { decodeProtectedHeader } from 'jose';
import pg from 'pg';
import { readConfig } from './config.js';
import { type AuthService, startAuthService } from './service.js';
import { type Installation, type LinedGuard, startInstallation } from './test/installation.js';

const kidOf = (token: string): string => String(decodeProtectedHeader(token).kid);
interface KeyView {
  readonly kid: string;
  readonly algorithm: string;
  readonly state: string;
}
const kidsIn = async (url: string): Promise<readonly string[]> => {
  const set = (await (await fetch(`${url}/jwks`)).json()) as { readonly keys: readonly { readonly kid: string }[] };
  return set.keys.map(({ kid }) => kid);
};

describe('K3, K5, K7 two instances and a guard', () => {
  const sealing = randomBytes(32);
  let world: Installation;
  let guard: LinedGuard;
  beforeAll(async () => {
    world = await startInstallation(5000, { KEY_ENCRYPTION_KEY: sealing.toString('base64url') });
    guard = await world.addGuard();
  });
  afterAll(() => world.stop());

  const keys = async (instance: 0 | 1 = 0): Promise<readonly KeyView[]> =>
    (await world.admin('GET', '/keys?limit=200', { instance })).json['items'] as readonly KeyView[];
  const inState = async (state: string, instance: 0 | 1 = 0): Promise<KeyView | undefined> =>
    (await keys(instance)).find((key) => key.algorithm === 'ES256' && key.state === state);

  /** As whoever has the database. */
  const sql = async <Row extends pg.QueryResultRow>(statement: string, parameters: readonly unknown[] = []) => {
    const client = new pg.Client({ connectionString: world.databaseUrl });
    await client.connect();
    const { rows } = await client.query<Row>(statement, [...parameters]);
    await client.end();
    return rows;
  };
  /** As if it had been announced its whole span ago: until somebody says so, it is announced, however long that takes. */
  const announcedLongAgo = async (kid: string): Promise<void> => {
    await sql(
      `UPDATE auth.keys SET announced_at = announced_at - interval '1 h', active_from = active_from - interval '1 h'
       WHERE kid = $1`,
      [kid],
    );
    await sql('UPDATE auth.key_revision SET revision = revision + 1');
  };

  it('a successor is in the JWKS of both before it signs, and then both sign with it', async () => {
    const before = await world.token();
    expect(await inState('announced')).toBeUndefined();
    expect((await world.admin('POST', '/keys/rotate')).status).toBe(200);
    const announced = await inState('announced', 1);
    if (announced === undefined) throw new Error('nothing was announced');
    for (const url of world.publicUrls) {
      await until(async () => (await kidsIn(url)).includes(announced.kid), 'the instance shows the announced key');
    }
    expect((await inState('active'))?.kid).toBe(kidOf(before));

    await announcedLongAgo(announced.kid);
    await until(async () => (await inState('active'))?.kid === announced.kid, 'the announced key is active');
    for (const instance of [0, 1] as const) {
      await until(
        async () => kidOf(await world.adminToken(instance)) === announced.kid,
        'the instance signs with the new key',
      );
    }
    // Tokens of both keys are good.
    expect([await guard.judge(before), await guard.judge(await world.token())]).toEqual(['admit', 'admit']);
  });

  /** Whoever has the database and KEY_ENCRYPTION_KEY has this. */
  const stolen = async (kid: string): Promise<LocalSigner> => {
    const [row] = await sql<{ sealed_key: string }>('SELECT sealed_key FROM auth.keys WHERE kid = $1', [kid]);
    const sealed = row?.sealed_key ?? '';
    const key = new KeyEncryption(sealing).open(sealed, `key:${kid}:ES256`);
    return new LocalSigner(kid, 'ES256', createPrivateKey({ key, format: 'der', type: 'pkcs8' }));
  };

  it('nobody who holds the private half of a killed key enters, whatever exp he writes', async () => {
    const signer = await stolen(kidOf(await world.token()));
    const [iat, api] = [Math.floor(Date.now() / 1000), 'http://localhost:4002'];
    const forge = (aud: string, scope: string, exp: number) =>
      mintAccessToken({ iss: world.issuer, aud, scope, iat, exp, gen: { iss: 99, cli: 99, sub: 99 } }, { signer });
    const [near, far] = [iat + 200, 4_102_444_800];
    // The theft is one: before the kill the key opens the door.
    expect(await guard.judge(forge(api, 'notes:read', near))).toBe('admit');
    expect((await world.admin('DELETE', `/keys/${signer.kid}`, { headers: { prefer: 'wait=10' } })).status).toBe(200);
    const operator = await world.adminToken();
    for (const exp of [near, far]) {
      expect(await guard.judge(forge(api, 'notes:read', exp))).toBe('refuse');
      for (const instance of [0, 1] as const) {
        const token = forge(`http://localhost:${new URL(world.adminUrls[0]).port}`, 'keys:read', exp);
        expect((await world.admin('GET', '/keys', { instance, token })).status).toBe(401);
        expect((await world.admin('GET', '/keys', { instance, token: operator })).status).toBe(200);
      }
    }
  });

  it('a killed key is refused everywhere, the admin door included, and its successor signs at once', async () => {
    const [token, operator] = [await world.token(), await world.adminToken()];
    const kid = kidOf(token);
    expect(kidOf(operator)).toBe(kid);
    const killed = await world.admin('DELETE', `/keys/${kid}`, { headers: { prefer: 'wait=10' }, token: operator });
    expect([killed.status, killed.preferenceApplied]).toEqual([200, 'wait=10']);
    expect(killed.json).toMatchObject({
      ...{ kid, state: 'dropped', killed: true },
      revocation: { kind: 'key', state: 'applied' },
      successor: { announced_for_seconds: expect.any(Number), announced_whole_span: false },
    });
    // Not one more token of it, at the instance that has answered.
    expect(kidOf(await world.token())).not.toBe(kid);
    expect(await guard.judge(token)).toBe('refuse');
    for (const instance of [0, 1] as const) {
      expect((await world.admin('GET', '/keys', { instance, token: operator })).status).toBe(401);
      await until(async () => kidOf(await world.adminToken(instance)) !== kid, 'the instance knows of the kill');
      const fresh = await world.adminToken(instance);
      expect((await world.admin('GET', '/keys', { instance, token: fresh })).status).toBe(200);
    }
    expect(await guard.judge(await world.token())).toBe('admit');
    for (const url of world.publicUrls) expect(await kidsIn(url)).not.toContain(kid);
  });
});

describe('K4 KEY_ENCRYPTION_KEY is replaced', () => {
  let database: TestDatabase;
  let redis: RedisServer;
  const running: AuthService[] = [];
  const [first, second] = [randomBytes(32).toString('base64url'), randomBytes(32).toString('base64url')];
  const [clientId, clientSecret] = [randomBytes(16).toString('hex'), randomBytes(32).toString('hex')];
  beforeAll(async () => {
    [database, redis] = await Promise.all([createTestDatabase(), startRedis()]);
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((service) => service.close()));
  });
  afterAll(async () => {
    await redis.stop();
    await database.drop();
  });

  const start = async (
    key: string,
    previous?: string,
  ): Promise<{ readonly token: () => Promise<string>; readonly admits: (token: string) => Promise<boolean> }> => {
    const [port, adminPort] = [await freePort(), await freePort()];
    const settings = {
      ...{ ISSUER: 'http://localhost:4000', DATABASE_URL: database.url, REDIS_URL: redis.url, LOG_LEVEL: 'silent' },
      ...{ KEY_ENCRYPTION_KEY: key, BOOTSTRAP_ADMIN_CLIENT_ID: clientId, BOOTSTRAP_ADMIN_CLIENT_SECRET: clientSecret },
      ...{ PORT: String(port), ADMIN_PORT: String(adminPort) },
      ...(previous === undefined ? {} : { KEY_ENCRYPTION_KEY_PREVIOUS: previous }),
    };
    running.push(await startAuthService(readConfig(settings)));
    return {
      admits: async (token) => {
        const headers = { authorization: `Bearer ${token}` };
        let status = 503;
        await until(async () => {
          ({ status } = await fetch(`http://127.0.0.1:${adminPort}/admin/v1/keys`, { headers }));
          return status !== 503;
        }, 'the door of this instance can tell');
        return status === 200;
      },
      token: async () => {
        const response = await fetch(`http://127.0.0.1:${port}/token`, {
          method: 'POST',
          headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
          body: new URLSearchParams({ grant_type: 'client_credentials' }),
        });
        const { access_token: token } = (await response.json()) as { readonly access_token?: string };
        if (token === undefined) throw new Error(`no token: ${response.status}`);
        return token;
      },
    };
  };
  const close = async (): Promise<void> => {
    await Promise.all(running.splice(0).map((service) => service.close()));
  };

  it('does not start with another key alone, says how to go on, and has changed nothing', async () => {
    const kid = kidOf(await (await start(first)).token());
    await close();
    await expect(start(second)).rejects.toThrow(KeyEncryptionError);
    await expect(start(second)).rejects.toThrow(/KEY_ENCRYPTION_KEY_PREVIOUS/);
    expect(kidOf(await (await start(first)).token())).toBe(kid);
  });

  it('signs with the same keys before, while and after it, and an instance that still has the old one goes on', async () => {
    const old = await start(first);
    const before = await old.token();
    const kid = kidOf(before);
    const both = await start(second, first);
    expect([await old.admits(before), await both.admits(before)]).toEqual([true, true]);
    expect([kidOf(await both.token()), kidOf(await old.token())]).toEqual([kid, kid]);
    await close();
    await expect(start(first)).rejects.toThrow(KeyEncryptionError);
    const after = await start(second);
    expect([kidOf(await after.token()), await after.admits(before)]).toEqual([kid, true]);
  });

  it('opens with the next one given beforehand, so that many instances can be changed one after the other', async () => {
    const [one, other] = [await start(second, first), await start(second, first)];
    const kid = kidOf(await one.token());
    // The third is changed, and seals anew what the two others still read.
    const changed = await start(first, second);
    expect([kidOf(await one.token()), kidOf(await other.token()), kidOf(await changed.token())]).toEqual([
      kid,
      kid,
      kid,
    ]);
  });
});
