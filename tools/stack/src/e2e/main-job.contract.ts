// Owns: what every shape of the product must show of its main job, seen by an outside client. Does not own: how it was started.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Outside, tokensOf } from './outside-client.js';

const ROUNDS = 20;
/** A busy machine may delay any round; how soon it is on one that is not, `npm run bench:revocation` measures. */
const PATIENCE_MS = 30_000;

/** The status that the API gives in the end, and how many milliseconds from now it took. */
export async function statusSoon(
  outside: Outside,
  token: string,
  wanted: number,
  patienceMs = PATIENCE_MS,
): Promise<{ status: number; ms: number }> {
  const start = performance.now();
  for (;;) {
    const { status } = await outside.notes(token);
    const ms = performance.now() - start;
    if (status === wanted || ms > patienceMs) return { status, ms };
    await sleep(2);
  }
}

export async function refusesRevokedTokensTwentyTimes(outside: Outside): Promise<void> {
  const client = await outside.createClient();
  let tokens = await outside.logIn(client);
  expect((await outside.notes(tokens.access_token, 'a note')).status).toBe(201);
  const took: number[] = [];
  const statuses: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    expect((await outside.notes(tokens.access_token)).status).toBe(200);
    expect((await outside.revoke(client, tokens.access_token)).status).toBe(200);
    const refused = await statusSoon(outside, tokens.access_token, 401);
    statuses.push(refused.status);
    took.push(refused.ms);
    tokens = tokensOf(await outside.refresh(client, tokens.refresh_token));
  }
  process.stdout.write(`acknowledged to refused, ms: ${took.map((ms) => ms.toFixed(1)).join(' ')}\n`);
  expect(statuses).toEqual(Array.from({ length: ROUNDS }, () => 401));
}

/** RFC 6749 §4.1.2: a code that is used twice is denied, and "SHOULD revoke (when possible) all tokens previously issued". */
export async function replayedCodeKillsItsTokens(outside: Outside): Promise<void> {
  const client = await outside.createClient();
  const authorized = await outside.authorize(client);
  const tokens = tokensOf(await outside.redeem(client, authorized));
  expect((await outside.notes(tokens.access_token)).status).toBe(200);
  const replay = await outside.redeem(client, authorized);
  expect([replay.status, replay.json['error']]).toEqual([400, 'invalid_grant']);
  expect((await statusSoon(outside, tokens.access_token, 401)).status).toBe(401);
  const refresh = await outside.refresh(client, tokens.refresh_token);
  expect([refresh.status, refresh.json['error']]).toEqual([400, 'invalid_grant']);
}
