import { setTimeout as sleep } from 'node:timers/promises';
import { Endings } from './endings.js';
import { Installation } from './installation.js';
import { refusesRevokedTokensTwentyTimes, replayedCodeKillsItsTokens, statusSoon } from './main-job.contract.js';
import { textOf, tokensOf } from './outside-client.js';

const PATIENCE_MS = 30_000;

const endings = new Endings();
let installation: Installation;
beforeAll(async () => {
  installation = endings.keep(await Installation.start({ LOG_LEVEL: 'trace' }));
});
afterAll(() => endings.run());

describe('the main job, on separate processes with real PostgreSQL and Redis', () => {
  it('logs a person in, serves the API, and refuses a revoked token, twenty times in a row', () =>
    refusesRevokedTokensTwentyTimes(installation.outside));

  it('R32 a replayed code answers invalid_grant and kills the tokens that it had given', () =>
    replayedCodeKillsItsTokens(installation.outside));

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
    expect((await statusSoon(outside, textOf(winner, 'access_token'), 401)).status).toBe(401);
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
    expect((await statusSoon(outside, bad.access_token, 401)).status).toBe(401);
    await redis.kill();
    const other = await outside.logIn(client).catch(() => undefined);
    expect(other).toBeUndefined();
    expect((await outside.revoke(client, good.access_token)).status).toBe(200);
    await redis.restart();
    const backAt = performance.now();
    const elapsed = (): number => performance.now() - backAt;
    const fresh = tokensOf(await outside.refresh(client, good.refresh_token));

    // 1. The guard may still answer from old knowledge. That it refuses what was revoked meanwhile shows that it was told.
    const ofBad = new Set<number>();
    const ofGood: number[] = [];
    while (ofGood.at(-1) !== 401 && elapsed() < PATIENCE_MS) {
      ofGood.push((await outside.notes(good.access_token)).status);
      ofBad.add((await outside.notes(bad.access_token)).status);
      await sleep(5);
    }
    expect(ofGood.at(-1)).toBe(401);
    // 2. What was known to be revoked was never served, not even for a moment.
    expect([...ofBad]).not.toContain(200);
    // 3. And the good are not shut out.
    const served = await statusSoon(outside, fresh.access_token, 200, PATIENCE_MS);
    const ms = elapsed();
    process.stdout.write(`Redis back and empty to served again, ms: ${ms.toFixed(0)}\n`);
    expect(served.status).toBe(200);
    expect((await outside.notes(bad.access_token)).status).toBe(401);
    expect((await outside.notes(good.access_token)).status).toBe(401);

    // 4. A guard that starts now knows the wire alone: it must have been told by the refill.
    await installation.restartResource();
    expect((await outside.notes(bad.access_token)).status).toBe(401);
    expect((await outside.notes(good.access_token)).status).toBe(401);
    expect((await outside.notes(fresh.access_token)).status).toBe(200);
  });
});
