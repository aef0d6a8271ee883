import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@latchkey/tokens/testing';
import { decodeJwt } from 'jose';
import { type Answer, Outside, refusalOf, textOf } from './http/test/outside.js';
import { PERSON, type TestClient } from './http/test/protocol-app.js';
import { type Installation, startInstallation } from './test/installation.js';
import { openDatabase } from './persistence/postgres/data-source.js';
import type { Database } from './persistence/postgres/database.js';
import { PATIENT } from './persistence/postgres/testing/patient.js';

const GRANTS = 30;
const AT_ONCE = 20;
/** Wide enough for twenty uses of one token on a machine that is ten times as slow. */
const TOLERANCE_SECONDS = 60;

let world: Installation;
let database: Database;
let instances: readonly [Outside, Outside];
let client: TestClient;
let notes: TestClient;

beforeAll(async () => {
  world = await startInstallation(5000, {
    ...{ DEMO_USER: PERSON.username, DEMO_PASSWORD: PERSON.password },
    REFRESH_TOLERANCE_SECONDS: String(TOLERANCE_SECONDS),
  });
  const outsideAt = (url: string) => new Outside({ url, nowSeconds: () => Math.floor(Date.now() / 1000) });
  instances = [outsideAt(world.publicUrls[0]), outsideAt(world.publicUrls[1])];
  database = await openDatabase({ url: world.databaseUrl, poolSize: 2, ...PATIENT });
  const added = async (metadata: object): Promise<TestClient> => {
    const { json } = await world.admin('POST', '/clients', { body: { client_name: 'A client', ...metadata } });
    return { clientId: String(json['client_id']), secret: String(json['client_secret']) };
  };
  client = await added({
    ...{ redirect_uris: ['https://client.example/cb'], grant_types: ['authorization_code', 'refresh_token'] },
    scope: 'openid notes:read',
  });
  notes = await added({ grant_types: [], resource_server: 'http://localhost:4002' });
});
afterAll(async () => {
  await database.close();
  await world.stop();
});

/** Each at the next instance, as behind a balancer. RFC 9110 §15.6.4: whoever is told that it was too much comes again. */
const refreshAt = async (index: number, token: string): Promise<Answer> => {
  for (;;) {
    const answer = await (index % 2 === 0 ? instances[0] : instances[1]).refresh(client, token);
    if (answer.status !== 503) return answer;
  }
};
const storm = (token: string): Promise<Answer[]> =>
  Promise.all(Array.from({ length: AT_ONCE }, (_, index) => refreshAt(index, token)));
const grantOf = (answer: Answer): string => String(decodeJwt(textOf(answer, 'access_token'))['grant_id']);
const logIn = async (): Promise<{ readonly grantId: string; readonly token: string }> => {
  const answer = await instances[0].logIn(client, { scope: 'notes:read' });
  return { grantId: grantOf(answer), token: textOf(answer, 'refresh_token') };
};
const generationsOf = async (grantIds: readonly string[]): Promise<readonly unknown[]> => {
  const { rows } = await database.run<{ readonly refresh_generation: number }>(
    'SELECT refresh_generation FROM auth.grants WHERE grant_id = ANY ($1::uuid[])',
    [grantIds],
  );
  return rows.map(({ refresh_generation }) => refresh_generation);
};
const revokedAmong = async (grantIds: readonly string[]): Promise<readonly unknown[]> => {
  const { rows } = await database.run<{ readonly cause: string }>(
    `SELECT r.cause FROM auth.revocations r JOIN auth.grants g ON r.kind = 'grant' AND r.value = g.grant_id::text
     WHERE g.grant_id = ANY ($1::uuid[]) AND g.revoked_at IS NOT NULL`,
    [grantIds],
  );
  return rows.map(({ cause }) => cause);
};
const many = (value: unknown, length: number): readonly unknown[] => Array.from({ length }, () => value);

describe('RFC 9700 §4.14.2, DESIGN "Refresh token": a storm of uses of one token at two instances', () => {
  it('has one line of succession for each grant, logs no good user out, and notices a thief', async () => {
    const grants: { grantId: string; token: string }[] = [];
    for (let n = 0; n < GRANTS; n += 1) grants.push(await logIn());
    const grantIds = grants.map(({ grantId }) => grantId);
    const first = grants.map(({ token }) => token);

    // 1. Twenty tabs use one token at once: all are answered, with one successor.
    const second = await Promise.all(
      first.map(async (token) => {
        const answers = await storm(token);
        expect(answers.map(({ status }) => status)).toEqual(many(200, AT_ONCE));
        expect(new Set(answers.map(({ json }) => json['access_token'])).size).toBe(AT_ONCE);
        const successors = new Set(answers.map((answer) => textOf(answer, 'refresh_token')));
        expect(successors.size).toBe(1);
        return [...successors].join();
      }),
    );
    expect(await generationsOf(grantIds)).toEqual(many(1, GRANTS));

    // 2. No answer arrives: whoever asks again with what it has gets the same successor, and goes on.
    const third = await Promise.all(
      second.map(async (token) => {
        const lost = textOf(await refreshAt(0, token), 'refresh_token');
        const again = await refreshAt(1, token);
        expect([again.status, again.json['refresh_token']]).toEqual([200, lost]);
        return lost;
      }),
    );
    expect(await generationsOf(grantIds)).toEqual(many(2, GRANTS));
    expect(await revokedAmong(grantIds)).toEqual([]);

    // 3. Later. Of every second grant somebody has an old token: twenty uses at once are noticed once.
    await database.run('UPDATE auth.grants SET rotation_bucket = rotation_bucket - $1::bigint', [
      10 * TOLERANCE_SECONDS,
    ]);
    const robbed = (_: unknown, index: number): boolean => index % 2 === 0;
    const theft = await Promise.all(first.filter(robbed).map((token) => storm(token)));
    for (const answers of theft) expect(answers.map(refusalOf)).toEqual(many([400, 'invalid_grant'], AT_ONCE));
    expect(await revokedAmong(grantIds)).toEqual(many('refresh_token_reused', GRANTS / 2));

    // 4. Their grants have ended, for the thief and for them; everybody else goes on.
    const goingOn = await Promise.all(third.map((token, index) => refreshAt(index >> 1, token)));
    expect(goingOn.map(({ status }) => status)).toEqual(
      third.map((token, index) => (robbed(token, index) ? 400 : 200)),
    );
  }, 300_000);

  it('a thief who uses the current token first is noticed when its owner comes later than a retry would', async () => {
    const { grantId, token } = await logIn();
    const stolen = textOf(await refreshAt(0, token), 'refresh_token');
    await database.run('UPDATE auth.grants SET rotation_bucket = rotation_bucket - $1::bigint', [
      10 * TOLERANCE_SECONDS,
    ]);
    expect(refusalOf(await refreshAt(1, token))).toEqual([400, 'invalid_grant']);
    expect(await revokedAmong([grantId])).toEqual(['refresh_token_reused']);
    expect(refusalOf(await refreshAt(0, stolen))).toEqual([400, 'invalid_grant']);
  });
});

describe('RFC 7662 §4 what one instance has revoked', () => {
  it('is inactive at the other, whatever kind of token it is', async () => {
    const answer = await instances[0].logIn(client, { scope: 'notes:read' });
    const [access, refresh] = [textOf(answer, 'access_token'), textOf(answer, 'refresh_token')];
    const active = async (): Promise<readonly unknown[]> => [
      ...(await Promise.all(instances.map(async (at) => (await at.introspect(notes, access)).json['active']))),
      ...(await Promise.all(instances.map(async (at) => (await at.introspect(client, refresh)).json['active']))),
    ];
    expect(await active()).toEqual([true, true, true, true]);
    expect((await instances[0].revoke(client, access)).status).toBe(200);
    expect((await instances[0].introspect(notes, access)).json).toEqual({ active: false });
    // The other hears of it over the feed, as every guard does.
    const heard = async (): Promise<boolean> => (await instances[1].introspect(notes, access)).json['active'] === false;
    await until(heard, 'the other has heard');
    expect(await active()).toEqual([false, false, true, true]);
    expect((await instances[1].revoke(client, refresh)).status).toBe(200);
    expect(await active()).toEqual([false, false, false, false]);
  });

  it('is inactive at the other while Redis is away', async () => {
    const token = textOf(await instances[0].logIn(client, { scope: 'notes:read' }), 'access_token');
    await world.redis.kill();
    try {
      expect((await instances[1].introspect(notes, token)).json['active']).toBe(true);
      expect((await instances[0].revoke(client, token)).status).toBe(200);
      // What it has heard is fresh for a moment; then it asks PostgreSQL.
      const asks = async (): Promise<boolean> => (await instances[1].introspect(notes, token)).json['active'] === false;
      await until(asks, 'what it has heard is stale');
    } finally {
      await world.redis.restart();
    }
    const another = randomBytes(8).toString('hex');
    await until(async () => (await instances[1].introspect(notes, another)).status === 200, 'it goes on');
  });
});
