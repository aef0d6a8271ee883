import { startTestPostgres, type PostgresServer } from '@latchkey/testbed';
import { Installation } from './installation.js';
import { basic, send, tokensOf } from './outside-client.js';

let postgres: PostgresServer;
let installation: Installation;
beforeAll(async () => {
  postgres = await startTestPostgres();
  installation = await Installation.start({ DATABASE_URL: postgres.url });
});
afterAll(async () => {
  await installation.stop();
  await postgres.stop();
});

describe('a broken world is 503, never 401, and loses nothing that was acknowledged', () => {
  it('Redis down: refreshing, client_credentials and /revoke go on; codes and logins are 503', async () => {
    const { outside, bootstrap, redis } = installation;
    const client = await outside.createClient();
    const tokens = await outside.logIn(client);
    const authorized = await outside.authorize(client);
    await redis.kill();
    const refreshed = tokensOf(await outside.refresh(client, tokens.refresh_token));
    expect((await outside.token(outside.bootstrap.admin, { grant_type: 'client_credentials' })).status).toBe(200);
    expect((await outside.revoke(client, tokens.access_token)).status).toBe(200);
    const code = await outside.redeem(client, authorized);
    expect([code.status, code.json['error']]).toEqual([503, 'temporarily_unavailable']);
    expect(code.headers.has('retry-after')).toBe(true);
    const page = await send(`${bootstrap.issuer}/authorize?${authorized.callback.searchParams.toString()}&client_id=x`);
    expect([400, 503]).toContain(page.status);
    // The operator's brake works while Redis is down (A1).
    expect((await outside.createClient()).client_id).toHaveLength(32);
    await redis.restart();
    expect((await outside.refresh(client, refreshed.refresh_token)).status).toBe(200);
  });

  it('PostgreSQL down: 503 everywhere, nothing half-written; it comes back by itself', async () => {
    const { outside, bootstrap } = installation;
    const client = await outside.createClient();
    const tokens = await outside.logIn(client);
    await postgres.kill();
    for (const answer of [
      await outside.refresh(client, tokens.refresh_token),
      await outside.revoke(client, tokens.access_token),
      await outside.token(bootstrap.admin, { grant_type: 'client_credentials' }),
      await send(`${bootstrap.issuer}/token`, {
        method: 'POST',
        body: new URLSearchParams({ grant_type: 'authorization_code', code: 'x' }),
        headers: { authorization: basic(client) },
      }),
    ]) {
      expect([answer.status, answer.json['error']]).toEqual([503, 'temporarily_unavailable']);
      expect(answer.headers.has('retry-after')).toBe(true);
    }
    const page = await send(`${bootstrap.issuer}/authorize?client_id=${client.client_id}`);
    expect(page.status).toBe(503);
    expect(page.text).not.toMatch(/ECONN|postgres|at [A-Za-z]+ \(/);
    // The API's own data are gone too, but a token is still a token: 503, never 401.
    expect((await outside.notes(tokens.access_token)).status).toBe(503);
    const ready = await send(`${bootstrap.admin_url}/readyz`);
    expect(ready.status).toBe(503);
  });
});
