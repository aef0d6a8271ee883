import { setTimeout as sleep } from 'node:timers/promises';
import { Installation } from './installation.js';
import { type RegisteredClient, send, textOf, tokensOf } from './outside-client.js';

let installation: Installation;
beforeAll(async () => {
  installation = await Installation.start();
});
afterAll(async () => {
  await installation.stop();
});

/** Twenty clients ask for tokens, one request after another each, until the server takes no more connections. */
async function load(client: RegisteredClient): Promise<{ answered: number; broken: string[] }> {
  const broken: string[] = [];
  let answered = 0;
  let refusedConnection = false;
  const worker = async (): Promise<void> => {
    while (!refusedConnection) {
      try {
        const answer = await installation.outside.token(client, { grant_type: 'client_credentials' });
        if (answer.status === 200) answered++;
        else broken.push(String(answer.status));
      } catch (error) {
        const cause = error instanceof Error && error.cause instanceof Error ? error.cause : undefined;
        const code = cause !== undefined && 'code' in cause ? cause.code : undefined;
        // A connection that was never accepted lost nothing; one that broke after the request was sent did.
        if (code === 'ECONNREFUSED') refusedConnection = true;
        else broken.push(String(code ?? cause ?? error));
      }
    }
  };
  await Promise.all(Array.from({ length: 20 }, worker));
  return { answered, broken };
}

describe('SIGTERM during load', () => {
  it('loses no request that was accepted, and exits by itself', async () => {
    const client = await installation.outside.createClient({
      grant_types: ['client_credentials'],
      redirect_uris: [],
      scope: 'notes:read',
    });
    const running = load(client);
    await sleep(700);
    const exitCode = await installation.stopAuth();
    const { answered, broken } = await running;
    expect(exitCode).toBe(0);
    expect(broken).toEqual([]);
    expect(answered).toBeGreaterThan(50);
    await installation.startAuth();
  });

  it('finds clients, grants, keys and revocations again after a restart', async () => {
    const { outside } = installation;
    const client = await outside.createClient();
    const kept = await outside.logIn(client);
    const revoked = await outside.logIn(client);
    await outside.revoke(client, revoked.refresh_token);
    const keysBefore = await send(`${installation.bootstrap.issuer}/jwks`);

    expect(await installation.stopAuth()).toBe(0);
    // The API goes on by itself meanwhile, and fences when its knowledge is too old.
    expect((await outside.notes(kept.access_token)).status).toBe(200);
    await installation.startAuth();
    await installation.restartResource();

    expect((await send(`${installation.bootstrap.issuer}/jwks`)).text).toBe(keysBefore.text);
    expect((await outside.notes(kept.access_token)).status).toBe(200);
    expect((await outside.notes(revoked.access_token)).status).toBe(401);
    const refreshed = tokensOf(await outside.refresh(client, kept.refresh_token));
    expect((await outside.notes(refreshed.access_token)).status).toBe(200);
    expect((await outside.refresh(client, revoked.refresh_token)).json['error']).toBe('invalid_grant');
    expect(
      textOf(await outside.token(outside.bootstrap.admin, { grant_type: 'client_credentials' }), 'scope'),
    ).toContain('clients:write');
  });
});
