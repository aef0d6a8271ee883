import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Installation } from './installation.js';
import { basic, type RegisteredClient, send, textOf, tokensOf } from './outside-client.js';

let installation: Installation;
beforeAll(async () => {
  installation = await Installation.start();
});
afterAll(async () => {
  await installation.stop();
});

/**
 * Twenty clients, each on one connection that the server has accepted, ask for tokens one after another until the server
 * says that an answer is the last. Whatever breaks before that was accepted and lost.
 */
async function load(client: RegisteredClient): Promise<{ answered: number; broken: string[] }> {
  const broken: string[] = [];
  let answered = 0;
  const worker = async (): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let last = false; !last;) {
      try {
        const { status, connection } = await askForToken(client, agent);
        if (status === 200) answered++;
        else broken.push(String(status));
        last = connection === 'close';
      } catch (error) {
        broken.push(String(error));
        last = true;
      }
    }
    agent.destroy();
  };
  await Promise.all(Array.from({ length: 20 }, worker));
  return { answered, broken };
}

function askForToken(client: RegisteredClient, agent: Agent): Promise<{ status: number; connection: string }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: basic(client), 'content-type': 'application/x-www-form-urlencoded' };
    const asking = request(`${installation.bootstrap.issuer}/token`, { method: 'POST', agent, headers }, (response) => {
      response.resume().on('end', () => {
        resolve({ status: response.statusCode ?? 0, connection: response.headers.connection ?? '' });
      });
    });
    asking.on('error', reject).end('grant_type=client_credentials');
  });
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
