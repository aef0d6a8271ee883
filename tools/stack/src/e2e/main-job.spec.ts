import { setTimeout as sleep } from 'node:timers/promises';
import { Installation } from './installation.js';
import { textOf, tokensOf } from './outside-client.js';

const REFUSED_AT_THE_LATEST_MS = 2000;

let installation: Installation;
beforeAll(async () => {
  installation = await Installation.start({ LOG_LEVEL: 'trace' });
});
afterAll(async () => {
  await installation.stop();
});

/** The status that the API gives in the end, and how long after now. */
async function statusSoon(token: string, wanted: number): Promise<{ status: number; ms: number }> {
  const start = performance.now();
  for (;;) {
    const { status } = await installation.outside.notes(token);
    const ms = performance.now() - start;
    if (status === wanted || ms > REFUSED_AT_THE_LATEST_MS) return { status, ms };
    await sleep(2);
  }
}

describe('the main job, on separate processes with real PostgreSQL and Redis', () => {
  it('logs a person in, serves the API, and refuses a revoked token, twenty times in a row', async () => {
    const { outside } = installation;
    const client = await outside.createClient();
    let tokens = await outside.logIn(client);
    expect((await outside.notes(tokens.access_token, 'a note')).status).toBe(201);
    const took: number[] = [];
    for (let round = 0; round < 20; round++) {
      expect((await outside.notes(tokens.access_token)).status).toBe(200);
      expect((await outside.revoke(client, tokens.access_token)).status).toBe(200);
      const refused = await statusSoon(tokens.access_token, 401);
      expect(refused.status).toBe(401);
      took.push(refused.ms);
      tokens = tokensOf(await outside.refresh(client, tokens.refresh_token));
    }
    process.stdout.write(`acknowledged to refused, ms: ${took.map((ms) => ms.toFixed(1)).join(' ')}\n`);
  });

  it('R32 a replayed code answers invalid_grant and kills the tokens that it had given', async () => {
    const { outside } = installation;
    const client = await outside.createClient();
    const authorized = await outside.authorize(client);
    const tokens = tokensOf(await outside.redeem(client, authorized));
    expect((await outside.notes(tokens.access_token)).status).toBe(200);
    const replay = await outside.redeem(client, authorized);
    expect([replay.status, replay.json['error']]).toEqual([400, 'invalid_grant']);
    expect((await statusSoon(tokens.access_token, 401)).status).toBe(401);
    const refresh = await outside.refresh(client, tokens.refresh_token);
    expect([refresh.status, refresh.json['error']]).toEqual([400, 'invalid_grant']);
  });

  it('RFC 6749 §4.1.2 fifty redemptions of one code at once: one gets tokens, and they are dead a moment later', async () => {
    const { outside } = installation;
    const client = await outside.createClient();
    const authorized = await outside.authorize(client);
    const answers = await Promise.all(Array.from({ length: 50 }, () => outside.redeem(client, authorized)));
    const won = answers.filter((answer) => answer.status === 200);
    const lost = answers.filter((answer) => answer.status === 400 && answer.json['error'] === 'invalid_grant');
    expect([won.length, lost.length]).toEqual([1, 49]);
    const [winner] = won;
    if (winner === undefined) throw new Error('nobody won');
    expect((await statusSoon(textOf(winner, 'access_token'), 401)).status).toBe(401);
  });

  it('RFC 9700 §4.14 fifty refreshes with one token at once get the same successor', async () => {
    const { outside } = installation;
    const client = await outside.createClient();
    const tokens = await outside.logIn(client);
    const answers = await Promise.all(Array.from({ length: 50 }, () => outside.refresh(client, tokens.refresh_token)));
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    expect(new Set(answers.map((answer) => answer.json['refresh_token'])).size).toBe(1);
    const [first] = answers;
    if (first === undefined) throw new Error('no answer');
    expect((await outside.notes(textOf(first, 'access_token'))).status).toBe(200);
  });

  it('V6, V7 a Redis that is killed and comes back empty is refilled: nothing is un-revoked, good tokens are served again', async () => {
    const { outside, redis } = installation;
    const client = await outside.createClient();
    const good = await outside.logIn(client);
    const bad = await outside.logIn(client);
    await outside.revoke(client, bad.access_token);
    expect((await statusSoon(bad.access_token, 401)).status).toBe(401);
    await redis.kill();
    const other = await outside.logIn(client).catch(() => undefined);
    expect(other).toBeUndefined();
    expect((await outside.revoke(client, good.access_token)).status).toBe(200);
    await redis.restart();
    const fresh = tokensOf(await outside.refresh(client, good.refresh_token));
    const deadline = performance.now() + 10_000;
    let status = 0;
    while (status !== 200 && performance.now() < deadline) {
      ({ status } = await outside.notes(fresh.access_token));
      await sleep(20);
    }
    expect(status).toBe(200);
    expect((await outside.notes(bad.access_token)).status).toBe(401);
    expect((await outside.notes(good.access_token)).status).toBe(401);
    // A guard that starts now knows the wire alone: it must have been told by the refill.
    await installation.restartResource();
    expect((await outside.notes(fresh.access_token)).status).toBe(200);
    expect((await outside.notes(bad.access_token)).status).toBe(401);
    expect((await outside.notes(good.access_token)).status).toBe(401);
  });
});
