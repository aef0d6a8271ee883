import { randomUUID } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestPostgres, type TestPostgres } from '@latchkey/testbed';
import pg from 'pg';
import { Endings } from './endings.js';
import { Installation } from './installation.js';
import { type Answer, send, tokensOf } from './outside-client.js';

const BACK_WITHIN_MS = 30_000;

const endings = new Endings();
let postgres: TestPostgres;
let installation: Installation;
beforeAll(async () => {
  postgres = endings.keep(await startTestPostgres());
  installation = endings.keep(await Installation.start({ DATABASE_URL: postgres.url }));
});
afterAll(() => endings.run());

/** How many rows each table has that a request of these specs could have written to. */
async function rows(): Promise<unknown> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  try {
    const tables = ['auth.grants', 'auth.revocations', 'auth.clients', 'auth.client_secrets', 'notes.notes'];
    const counts = tables.map((table) => `(SELECT count(*) FROM ${table}) AS "${table}"`);
    return (await client.query(`SELECT ${counts.join(', ')}`)).rows;
  } finally {
    await client.end();
  }
}

/** The answer as soon as it is no 503 any more; the last one when it stays 503. */
async function healed(ask: () => Promise<Answer>): Promise<Answer> {
  const start = performance.now();
  for (;;) {
    const answer = await ask();
    if (answer.status !== 503 || performance.now() - start > BACK_WITHIN_MS) return answer;
    await sleep(50);
  }
}

function expectUnavailablePage(page: Answer): void {
  expect(page.status).toBe(503);
  expect(page.headers.get('content-type')).toContain('text/html');
  expect(page.headers.get('retry-after')).toMatch(/^[0-9]+$/);
  expect(page.text).not.toMatch(/ECONN|postgres|redis|at [A-Za-z]+ \(/i);
}

function expectUnavailable(answer: Answer): void {
  expect([answer.status, answer.json['error']]).toEqual([503, 'temporarily_unavailable']);
  expect(answer.headers.get('retry-after')).toMatch(/^[0-9]+$/);
}

/** Well answered, or 503, and nothing else; in the end 503. */
async function expectUnavailableSoon(ask: () => Promise<Answer>): Promise<void> {
  const deadline = performance.now() + BACK_WITHIN_MS;
  let answer = await ask();
  while (answer.status === 200 && performance.now() < deadline) {
    await sleep(50);
    answer = await ask();
  }
  expectUnavailable(answer);
}

/** Everything that reads or writes PostgreSQL, asked for at once; nothing of it may have happened afterwards. */
async function prepareRequests() {
  const { outside, bootstrap } = installation;
  const client = await outside.createClient();
  const tokens = await outside.logIn(client);
  const authorized = await outside.authorize(client);
  const adminToken = await outside.adminToken();
  const metadata = { client_name: 'Never made', grant_types: ['client_credentials'], scope: 'notes:read' };
  const asks = {
    token: [
      () => outside.refresh(client, tokens.refresh_token),
      () => outside.revoke(client, tokens.access_token),
      () => outside.revoke(client, tokens.refresh_token),
      () => outside.introspect(client, tokens.refresh_token),
      () => outside.redeem(client, authorized),
    ],
    // What is answered from memory goes on for as long as the feed is fresh: a second (A9, ADR 15).
    remembered: [
      () => outside.introspect(client, tokens.access_token),
      () => outside.token(bootstrap.admin, { grant_type: 'client_credentials' }),
    ],
    page: [() => send(outside.authorizationRequest(client).url)],
    other: [
      () => outside.postClient(adminToken, metadata),
      // The API's own data are gone too, but a token is still a token: 503, never 401.
      () => outside.notes(tokens.access_token),
      () => outside.notes(tokens.access_token, 'never kept'),
      () => send(`${bootstrap.admin_url}/readyz`),
    ],
  };
  /** A browser's script can tell a broken world from a refusal; that its origin is registered cannot be told now. */
  const expectReadableAcrossOrigins = async (): Promise<void> => {
    const origin = `https://${randomUUID()}.example`;
    const answer = await send(`${bootstrap.issuer}/token`, { method: 'POST', headers: { origin } });
    expectUnavailable(answer);
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
  };
  const expectAllUnavailable = async (): Promise<void> => {
    const askAll = (list: readonly (() => Promise<Answer>)[]): Promise<Answer[]> =>
      Promise.all(list.map((ask) => ask()));
    const [token, page, other] = await Promise.all([
      askAll(asks.token),
      askAll(asks.page),
      askAll(asks.other),
      expectReadableAcrossOrigins(),
      ...asks.remembered.map(expectUnavailableSoon),
    ]);
    for (const answer of token) expectUnavailable(answer);
    for (const answer of page) expectUnavailablePage(answer);
    expect(other.map((answer) => answer.status)).toEqual(other.map(() => 503));
  };
  const expectAllWell = async (): Promise<void> => {
    const refreshed = tokensOf(await healed(() => outside.refresh(client, tokens.refresh_token)));
    expect((await healed(() => outside.notes(refreshed.access_token, 'kept'))).status).toBe(201);
    expect((await healed(() => outside.notes(refreshed.access_token))).text).not.toContain('never kept');
    expect((await healed(() => outside.postClient(adminToken, metadata))).status).toBe(201);
    expect((await healed(() => outside.revoke(client, refreshed.refresh_token))).status).toBe(200);
    const dead = await outside.refresh(client, refreshed.refresh_token);
    expect([dead.status, dead.json['error']]).toEqual([400, 'invalid_grant']);
    expect((await healed(() => send(outside.authorizationRequest(client).url))).status).toBe(303);
    expect((await healed(() => send(`${bootstrap.admin_url}/readyz`))).status).toBe(200);
  };
  return { expectAllUnavailable, expectAllWell };
}

/** The server first, so that it starts no worker meanwhile, then those that it has, its children: those of this spec alone. */
function signalPostgres(signal: NodeJS.Signals): void {
  process.kill(postgres.pid, signal);
  const table = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' });
  for (const line of table.trim().split('\n')) {
    const [pid = 0, parent = 0] = line.trim().split(/\s+/).map(Number);
    if (parent !== postgres.pid) continue;
    try {
      process.kill(pid, signal);
    } catch {
      // A worker that has ended by itself.
    }
  }
}

describe('a broken world is 503, never 401, and loses nothing that was acknowledged', () => {
  it('Redis down: refreshing, client_credentials, /introspect and /revoke go on; codes and logins are 503', async () => {
    const { outside, redis } = installation;
    const client = await outside.createClient();
    const tokens = await outside.logIn(client);
    const authorized = await outside.authorize(client);
    await redis.kill();
    const refreshed = tokensOf(await outside.refresh(client, tokens.refresh_token));
    expect((await outside.token(outside.bootstrap.admin, { grant_type: 'client_credentials' })).status).toBe(200);
    expect((await outside.introspect(client, tokens.access_token)).json['active']).toBe(true);
    expect((await outside.revoke(client, tokens.access_token)).status).toBe(200);
    expect((await outside.introspect(client, tokens.access_token)).json).toEqual({ active: false });
    expectUnavailable(await outside.redeem(client, authorized));
    expectUnavailablePage(await send(outside.authorizationRequest(client).url));
    // The operator's brake works while Redis is down (A1).
    expect((await outside.createClient()).client_id).toHaveLength(32);
    await redis.restart();
    expect((await outside.refresh(client, refreshed.refresh_token)).status).toBe(200);
    expect((await healed(() => send(outside.authorizationRequest(client).url))).status).toBe(303);
  });

  it('PostgreSQL down: 503 everywhere, nothing half-written; it comes back by itself', async () => {
    const requests = await prepareRequests();
    const before = await rows();
    await postgres.kill();
    await requests.expectAllUnavailable();
    await postgres.restart();
    expect(await rows()).toEqual(before);
    await requests.expectAllWell();
  });

  it('PostgreSQL paused: 503 when the statement timeout is over, no hang; it comes back by itself', async () => {
    const requests = await prepareRequests();
    const before = await rows();
    const pausedAt = performance.now();
    try {
      signalPostgres('SIGSTOP');
      // A hang would outlast the test.
      await requests.expectAllUnavailable();
      const ms = performance.now() - pausedAt;
      process.stdout.write(`PostgreSQL paused to everything answered, ms: ${ms.toFixed(0)}\n`);
    } finally {
      signalPostgres('SIGCONT');
    }
    // What lay in its sockets meanwhile is read now; that too may write nothing, for its caller was told 503.
    await sleep(500);
    expect(await rows()).toEqual(before);
    await requests.expectAllWell();
  });
});
