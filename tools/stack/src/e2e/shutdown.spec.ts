import { Endings } from './endings.js';
import { Installation } from './installation.js';
import { Load } from './load.js';
import { statusSoon } from './main-job.contract.js';
import { NpmStart } from './npm-start.js';
import { Outside, send, textOf, tokensOf } from './outside-client.js';

const endings = new Endings();
let installation: Installation;
beforeAll(async () => {
  installation = endings.keep(await Installation.start());
});
afterAll(() => endings.run());

/** Under load, ends what `end` ends; everything that was accepted was answered, and `begin` finds all that was acknowledged. */
async function losesNothing(
  outside: Outside,
  { end, begin }: { end: () => Promise<number | null>; begin: () => Promise<unknown> },
): Promise<void> {
  const load = await Load.prepare(outside);
  await load.run();
  const exitCode = await end();
  await load.end();
  await begin();
  process.stdout.write(`answered: ${JSON.stringify(load.answered)}\n`);
  expect([exitCode, load.broken]).toEqual([0, []]);

  for (const token of load.revoked) expect((await statusSoon(outside, token, 401)).status).toBe(401);
  let accessToken = '';
  for (const token of load.refreshTokens.values()) {
    ({ access_token: accessToken } = tokensOf(await outside.refresh(load.person, token)));
  }
  const listed = (await outside.notes(accessToken)).text;
  expect(load.notes.filter((text) => !listed.includes(`"${text}"`))).toEqual([]);
}

describe('the end during load loses no request that was accepted, and nothing that was acknowledged', () => {
  it('SIGTERM to the auth-service', () =>
    losesNothing(installation.outside, {
      end: () => installation.stopAuth(),
      begin: () => installation.startAuth(),
    }));

  it('SIGTERM to the resource-service', () =>
    losesNothing(installation.outside, {
      end: () => installation.stopResource(),
      begin: () => installation.startResource(),
    }));

  it('Ctrl-C at npm start', async () => {
    const stack = endings.keep(await NpmStart.prepare());
    const started = await stack.start();
    await losesNothing(new Outside(stack.bootstrap()), {
      end: () => started.stop('SIGINT'),
      begin: () => stack.start(),
    });
  });
});

describe('the end of the auth-service', () => {
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
