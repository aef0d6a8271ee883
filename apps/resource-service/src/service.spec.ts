import { Agent, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RevocationFeed, VerificationKeys } from '@latchkey/tokens';
import { testIssuer } from '@latchkey/resource-guard/testing';
import { createTestDatabase, startTestPostgres } from '@latchkey/testbed';
import { mintAccessToken, testKeys, testSecret, until } from '@latchkey/tokens/testing';
import pg from 'pg';
import { readConfig } from './config.js';
import { migrateSchema } from './persistence/migrate-schema.js';
import { startResourceService } from './service.js';
import { runningService, type RunningService } from './test/running-service.js';

const noteIn = (body: unknown): { id: string } => {
  if (typeof body !== 'object' || body === null || !('id' in body) || typeof body.id !== 'string')
    throw new Error('no note');
  return { ...body, id: body.id };
};
const listIn = (body: unknown): { items: unknown[] } => {
  if (typeof body !== 'object' || body === null || !('items' in body) || !Array.isArray(body.items))
    throw new Error('no list');
  return { items: body.items };
};

/** Whatever is wrong, somebody who has only the answer is told what. */
const PROBLEM = { type: 'about:blank', title: expect.any(String), detail: expect.stringContaining(' ') };

describe('DESIGN §2 the sample API', () => {
  let running: RunningService;
  beforeAll(async () => {
    running = await runningService();
  });
  afterAll(() => running.stop());

  const minted = (claims: Record<string, unknown> = {}): string => running.issuer.mint(claims);

  describe('RFC 6750 §3 who may not enter', () => {
    it('answers no token with 401 and where to get one', async () => {
      const response = await running.ask('/notes');
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe(
        'Bearer resource_metadata="http://localhost:4002/.well-known/oauth-protected-resource"',
      );
    });

    it('answers two tokens with 400', async () => {
      const response = await running.ask('/notes', `${minted()} ${minted()}`);
      expect(response.status).toBe(400);
      expect(response.headers.get('www-authenticate')).toContain('error="invalid_request"');
    });

    it('takes no token from the query', async () => {
      expect((await running.ask(`/notes?access_token=${minted()}`)).status).toBe(401);
      expect((await running.ask(`/notes?access_token=${minted()}`, minted())).status).toBe(400);
    });

    it('answers a wrong audience with 401', async () => {
      const response = await running.ask('/notes', minted({ aud: 'http://localhost:4001' }));
      expect([response.status, await response.json()]).toEqual([
        401,
        expect.objectContaining({ error: 'invalid_token' }),
      ]);
    });

    it('answers too little scope with 403, for reading and for writing', async () => {
      const writer = minted({ scope: 'notes:write' });
      const reader = minted({ scope: 'notes:read' });
      expect((await running.ask('/notes', writer)).status).toBe(403);
      const response = await running.write(reader, '{"text":"a"}');
      expect(response.status).toBe(403);
      expect(response.headers.get('www-authenticate')).toContain('scope="notes:write"');
    });

    it('answers a revoked token with 401 from that moment on', async () => {
      const token = minted({ jti: 'stolen' });
      expect((await running.ask('/notes', token)).status).toBe(200);
      await running.issuer.revoke('token', 'stolen');
      expect((await running.ask('/notes', token)).status).toBe(401);
    });
  });

  describe('RFC 9457 §3 bad input, as problem details', () => {
    it.each([
      [400, '{"text":', 'application/json'],
      [400, '', 'application/json'],
      [400, '[]', 'application/json'],
      [400, '{}', 'application/json'],
      [400, '{"text":""}', 'application/json'],
      [400, '{"text":7}', 'application/json'],
      [400, '{"text":"a","owner":"somebody else"}', 'application/json'],
      [400, '{"text":"\\u0000"}', 'application/json'],
      [400, JSON.stringify({ text: 'x'.repeat(10_001) }), 'application/json'],
      [400, '{"__proto__":{"text":"a"}}', 'application/json'],
      [413, JSON.stringify({ text: 'x'.repeat(200_000) }), 'application/json'],
      [415, 'text=a', 'application/x-www-form-urlencoded'],
      [415, '{"text":"a"}', 'text/plain'],
    ])('answers %d to %.40s as %s', async (status, body, contentType) => {
      const response = await running.write(minted(), body, contentType);
      expect(response.status).toBe(status);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
      expect(await response.json()).toEqual({ ...PROBLEM, status });
    });

    it.each(['/notes/nonsense', '/notes/00000000-0000-4000-8000-000000000000', '/nowhere'])(
      'answers 404 to %s',
      async (path) => {
        const response = await running.ask(path, minted());
        expect(await response.json()).toEqual({ ...PROBLEM, status: 404 });
        expect(response.status).toBe(404);
      },
    );

    it.each<[string, string, string | undefined, string | undefined]>([
      ['POST', '/notes', '{"stolen-words":', 'application/json'],
      ['POST', '/notes', '{"text":"a","stolen-words":1}', 'application/json'],
      ['POST', '/notes', 'stolen-words', 'text/stolen-words'],
      ['POST', '/stolen-words?access_token=stolen-words', '{}', 'application/json'],
      ['GET', '/notes/stolen-words?access_token=stolen-words', undefined, undefined],
    ])('repeats nothing of what was sent: %s %s %s', async (method, path, body, contentType = '') => {
      const response = await running.ask(path, minted(), {
        method,
        ...(body === undefined ? {} : { body, headers: { 'content-type': contentType } }),
      });
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(await response.text()).not.toContain('stolen-words');
    });
  });

  describe('RFC 9068 §2.2 notes belong to sub', () => {
    it('keeps them, newest first, and shows them to nobody else', async () => {
      const [alice, machine] = [minted({ sub: 'alice' }), minted({ sub: 'machine', client_id: 'machine' })];
      const longest = '\u{1f511}'.repeat(10_000);
      const written = await running.write(alice, JSON.stringify({ text: 'first' }));
      expect(written.status).toBe(201);
      const note = noteIn(await written.json());
      expect(written.headers.get('location')).toBe(`/notes/${note.id}`);
      expect((await running.write(alice, JSON.stringify({ text: longest }))).status).toBe(201);
      expect(await (await running.ask('/notes', alice)).json()).toMatchObject({ items: [{ text: longest }, note] });
      expect(await (await running.ask(`/notes/${note.id}`, alice)).json()).toEqual(note);
      expect(note).toEqual({ id: expect.any(String), text: 'first', created_at: expect.stringMatching(/Z$/) });
      expect(await (await running.ask('/notes', machine)).json()).toEqual({ items: [] });
      expect((await running.ask(`/notes/${note.id}`, machine)).status).toBe(404);
    });

    it('keeps 50 written at once', async () => {
      const token = minted({ sub: 'busy' });
      const answers = await Promise.all(Array.from({ length: 50 }, () => running.write(token, '{"text":"x"}')));
      expect(answers.every(({ status }) => status === 201)).toBe(true);
      const { items } = listIn(await (await running.ask('/notes', token)).json());
      expect(items).toHaveLength(50);
    });
  });

  it('says that it lives, is ready, and what its guard knows', async () => {
    expect((await running.ask('/healthz')).status).toBe(200);
    const ready = await running.ask('/readyz');
    expect([ready.status, await ready.json()]).toMatchObject([
      200,
      { status: 'ready', missing: [], guard: { registered: true, lease_held: true, fenced: false } },
    ]);
    const metrics = await (await running.ask('/metrics')).text();
    expect(metrics).toMatch(/^latchkey_guard_fenced 0$/m);
    expect(metrics).toMatch(/^latchkey_guard_registered 1$/m);
    expect(metrics).toMatch(/^latchkey_guard_lease_held 1$/m);
    expect(metrics).toMatch(/^latchkey_guard_lease_age_seconds [0-9.e-]+$/m);
    expect(metrics).toMatch(/^latchkey_guard_knowledge_age_seconds [0-9.e-]+$/m);
    expect(metrics).toMatch(/^latchkey_guard_revocation_entries [0-9]+$/m);
    expect(metrics).toMatch(/^latchkey_guard_answers_total\{answer="admitted"\} [1-9]/m);
  });

  it('RFC 9728 §3.2: describes itself', async () => {
    expect(await (await running.ask('/.well-known/oauth-protected-resource')).json()).toEqual({
      resource: 'http://localhost:4002',
      authorization_servers: ['http://localhost:4000'],
      bearer_methods_supported: ['header'],
      scopes_supported: ['notes:read', 'notes:write'],
      resource_name: 'Latchkey notes',
    });
  });

  it('logs no token and no note', async () => {
    const token = minted({ sub: 'a secret person' });
    await running.write(token, '{"text":"a secret note"}');
    await running.ask(`/notes?access_token=${token}`, token);
    await running.ask(`/notes/${token}`, `${token}x`);
    const log = running.log();
    expect(log).toContain('"msg":"answered"');
    for (const part of [...token.split('.'), 'a secret']) expect(log).not.toContain(part);
  });
});

describe('RFC 9110 §15.6.4 a world that is not whole', () => {
  it('V12 answers 503 with Retry-After when the feed is silent, and serves again by itself', async () => {
    const running = await runningService({ MAX_STALENESS_MS: '2000' });
    try {
      running.issuer.silence();
      const deadline = performance.now() + 30_000;
      let response: Response;
      do response = await running.ask('/notes', running.issuer.mint());
      while (response.status === 200 && performance.now() < deadline);
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
      await running.issuer.resume();
      expect((await running.ask('/notes', running.issuer.mint())).status).toBe(200);
    } finally {
      await running.stop();
    }
  });

  it('V12 says in capital letters at start that it allows stale knowledge', async () => {
    const running = await runningService({ ON_STALE: 'allow' });
    expect(running.log()).toContain('ON STALE: ALLOW');
    await running.stop();
  });

  it('V13 is not ready and answers 503 before keys and revocations are loaded, and says which is missing', async () => {
    const keys: VerificationKeys = { ...testKeys(), loaded: false, find: () => undefined };
    const feed: RevocationFeed = {
      start: () => undefined,
      writeLease: () => Promise.reject(new Error('nobody is there')),
      close: () => Promise.resolve(),
    };
    const running = await runningService({}, { keys, feed });
    try {
      expect((await running.ask('/notes', running.issuer.mint())).status).toBe(503);
      const ready = await running.ask('/readyz');
      expect([ready.status, await ready.json()]).toMatchObject([
        503,
        { missing: ['keys', 'revocations', 'registration'] },
      ]);
      expect((await running.ask('/healthz')).status).toBe(200);
    } finally {
      await running.stop();
    }
  });

  it('K5 answers an unknown kid with 503, and not 401, while newer keys are on their way', async () => {
    const running = await runningService({}, { keys: { ...testKeys(), outdated: true } });
    try {
      const response = await running.ask('/notes', running.issuer.mint());
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
      const metrics = await (await running.ask('/metrics')).text();
      expect(metrics).toMatch(/^latchkey_guard_keys_outdated 1$/m);
      expect(metrics).toMatch(/^latchkey_guard_answers_total\{answer="keys_outdated"\} 1$/m);
    } finally {
      await running.stop();
    }
  });

  it('K2 admits by the secrets that it shares with the issuer, for itself alone, and never says them', async () => {
    const [old, next] = [testSecret(), testSecret()];
    const texts = [old, next].map(({ kid, secret }) => `${kid}:${secret.toString('base64url')}`);
    const running = await runningService({ API_SHARED_SECRETS: texts.join(',') });
    const audience = running.issuer.audience;
    const statusOf = async (one: typeof old, claims: Readonly<Record<string, unknown>>): Promise<number> => {
      return (await running.ask('/notes', mintAccessToken(claims, { signer: one.signer }))).status;
    };
    try {
      for (const one of [old, next]) expect(await statusOf(one, { aud: audience })).toBe(200);
      expect((await running.ask('/notes', running.issuer.mint())).status).toBe(200);
      expect(await statusOf(old, { aud: [audience, running.issuer.issuer] })).toBe(401);
      expect(await statusOf(testSecret(old.kid), { aud: audience })).toBe(401);
      const said = `${running.log()}${await (await running.ask('/metrics')).text()}`;
      for (const { secret } of [old, next]) expect(said).not.toContain(secret.toString('base64url'));
    } finally {
      await running.stop();
    }
  });

  it('V16 is not ready and answers 503 before the issuer has acknowledged it, and serves by itself afterwards', async () => {
    const issuer = await testIssuer();
    issuer.silence();
    const running = await runningService({}, { feed: issuer.feed(), keys: issuer.keys });
    try {
      const ask = (): Promise<Response> => running.ask('/notes', issuer.mint());
      expect([(await ask()).status, (await ask()).headers.get('retry-after')]).toEqual([503, '1']);
      const ready = await running.ask('/readyz');
      expect([ready.status, await ready.json()]).toMatchObject([503, { missing: ['registration'] }]);
      expect(await (await running.ask('/metrics')).text()).toMatch(/^latchkey_guard_registered 0$/m);
      await issuer.resume();
      await until(async () => (await running.ask('/readyz')).status === 200, 'it is ready');
      expect((await ask()).status).toBe(200);
    } finally {
      await running.stop();
      issuer.close();
    }
  });

  it('answers 503, never 401 or 500, when PostgreSQL is down', async () => {
    const postgres = await startTestPostgres();
    const running = await runningService({ DATABASE_URL: postgres.url });
    try {
      expect((await running.ask('/notes', running.issuer.mint())).status).toBe(200);
      await postgres.stop();
      const response = await running.ask('/notes', running.issuer.mint());
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
      expect((await running.write(running.issuer.mint(), '{"text":"a"}')).status).toBe(503);
      expect((await running.ask('/notes')).status).toBe(401);
      const ready = await running.ask('/readyz');
      expect([ready.status, await ready.json()]).toMatchObject([503, { missing: ['database'] }]);
    } finally {
      await running.stop();
      await postgres.stop();
    }
  });

  it('refuses to start without a feed, and says so', async () => {
    const config = readConfig({ DATABASE_URL: 'postgres://127.0.0.1:1/none' });
    await expect(startResourceService(config)).rejects.toThrow('FEED_REDIS_URL is missing');
  });
});

describe('DESIGN §7 the schema', () => {
  it('is made by ten instances at once', async () => {
    const database = await createTestDatabase();
    const urls = { databaseUrl: database.url, migrationDatabaseUrl: database.url };
    await Promise.all(Array.from({ length: 10 }, () => migrateSchema(urls)));
    await database.drop();
  });

  it('is made by its owner and served by a role that may do no more than it needs', async () => {
    const database = await createTestDatabase();
    const superuser = new pg.Client({ connectionString: database.superuserUrl });
    await superuser.connect();
    const role = `serving_${database.url.slice(-16)}`;
    await superuser.query(`CREATE ROLE ${role} LOGIN PASSWORD 'p'`);
    await superuser.query(`GRANT CONNECT ON DATABASE ${new URL(database.url).pathname.slice(1)} TO ${role}`);
    const serving = new URL(database.url);
    serving.username = role;
    serving.password = 'p';
    const running = await runningService({ DATABASE_URL: serving.href, MIGRATION_DATABASE_URL: database.url });
    expect((await running.write(running.issuer.mint(), '{"text":"a"}')).status).toBe(201);
    await running.stop();
    const client = new pg.Client({ connectionString: serving.href });
    await client.connect();
    await expect(client.query('DROP TABLE notes.notes')).rejects.toThrow('must be owner');
    await expect(client.query('CREATE TABLE notes.more ()')).rejects.toThrow('permission denied');
    await client.end();
    await superuser.query(`DROP OWNED BY ${role}`);
    await superuser.query(`DROP ROLE ${role}`);
    await superuser.end();
    await database.drop();
  });
});

/** Asks on one connection; tells the status, and whether the server calls the answer the last on it. */
const writeOn = (agent: Agent, url: string, token: string): Promise<{ status: number | undefined; last: boolean }> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    request(`${url}/notes`, { method: 'POST', agent, headers }, (response) => {
      response
        .resume()
        .on('error', reject)
        .on('end', () => {
          resolve({ status: response.statusCode, last: response.headers.connection === 'close' });
        });
    })
      .on('error', reject)
      .end('{"text":"x"}');
  });

describe('RFC 9112 §9.6, the end of the process', () => {
  it('answers every request that it accepted on 50 connections, and says which answer is the last', async () => {
    const running = await runningService();
    const token = running.issuer.mint();
    const agents = Array.from({ length: 50 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
    const established = await Promise.all(agents.map((agent) => writeOn(agent, running.service.url, token)));
    expect(established).toEqual(agents.map(() => ({ status: 201, last: false })));
    let answers = 0;
    let begin = (): void => undefined;
    const busy = new Promise<void>((resolve) => (begin = resolve));
    const clients = agents.map(async (agent) => {
      for (;;) {
        const { status, last } = await writeOn(agent, running.service.url, token);
        expect(status).toBe(201);
        answers += 1;
        if (answers === agents.length) begin();
        if (last) return;
      }
    });
    await Promise.race([busy, Promise.all(clients)]);
    // Each of the 50 has asked again by now, or does so while the end goes on.
    await Promise.all([running.service.close(), ...clients]);
    const { port, hostname } = new URL(running.service.url);
    await expect(fetch(`http://${hostname}:${port}/healthz`)).rejects.toThrow();
    for (const agent of agents) agent.destroy();
    await running.stop();
  });
});
