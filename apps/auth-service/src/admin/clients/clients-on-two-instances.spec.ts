import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@latchkey/tokens/testing';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createClient } from 'redis';
import { startInstallation, type Installation, type LinedGuard } from '../../test/installation.js';

let installation: Installation;
let guard: LinedGuard;
beforeAll(async () => {
  installation = await startInstallation(5000);
  guard = await installation.addGuard();
});
afterAll(() => installation.stop());

const clientIdOf = (token: string): string => {
  const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  return typeof claims === 'object' && claims !== null && 'client_id' in claims ? String(claims.client_id) : '';
};

/** Where it was committed it is in force with the next request, at the other when the feed has said so. */
describe('A9 a change of a client is in force on every instance', () => {
  it.each([
    ['disabled', 'POST', '/disable', undefined, 401],
    ['deleted', 'DELETE', '', undefined, 401],
    ['stripped of what it had', 'PATCH', '', { scope: '' }, 400],
    [
      'not to act by itself',
      'PATCH',
      '',
      { grant_types: ['authorization_code'], redirect_uris: ['https://a.example/'] },
      400,
    ],
    ['to prove itself in another way', 'PATCH', '', { token_endpoint_auth_method: 'client_secret_post' }, 401],
  ] as const)('%s at one, refused there at once, at the other soon, and by a guard', async (...row) => {
    const [, method, action, body, status] = row;
    const machine = await installation.addMachine('notes:read');
    const token = await machine.token(0);
    expect(await guard.judge(token)).toBe('admit');
    const path = `/clients/${clientIdOf(token)}${action}`;
    const answer = await installation.admin(method, path, { instance: 1, ...(body === undefined ? {} : { body }) });
    expect(answer.status).toBe(200);
    expect((await machine.ask(1)).status).toBe(status);
    await until(async () => (await machine.ask(0)).status === status, 'the other instance refuses');
    await until(async () => (await guard.judge(token)) === 'refuse', 'the guard refuses');
  });

  it('enabled at one, served at the other, and no token from before comes back', async () => {
    const machine = await installation.addMachine('notes:read');
    const token = await machine.token(0);
    const path = `/clients/${clientIdOf(token)}`;
    await installation.admin('POST', `${path}/disable`, { instance: 0 });
    // What is given after it is admitted also by a guard that has not heard of it.
    await until(async () => (await guard.judge(token)) === 'refuse', 'the guard refuses');
    await installation.admin('POST', `${path}/enable`, { instance: 1 });
    await until(async () => (await machine.ask(0)).status === 200, 'the other instance serves');
    const fresh = await machine.token(0);
    await until(async () => (await guard.judge(fresh)) === 'admit', 'the guard admits');
    expect(await guard.judge(token)).toBe('refuse');
  });
});

describe('R37 RFC 7523 §3 an assertion is used once over all instances', () => {
  it('V7 of 50 at once at both of them one is, and after FLUSHALL none from before', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const { issuer, publicUrls, redis } = installation;
    const body = {
      ...{ token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [await exportJWK(publicKey)] } },
      ...{ grant_types: ['client_credentials'], scope: 'notes:read' },
    };
    const clientId = String((await installation.admin('POST', '/clients', { body })).json['client_id']);
    const assertion = (jti: string): Promise<string> =>
      new SignJWT({ jti })
        .setProtectedHeader({ alg: 'ES256' })
        .setIssuer(clientId)
        .setSubject(clientId)
        .setAudience(issuer)
        .setIssuedAt()
        .setExpirationTime('5 minutes')
        .sign(privateKey);
    const statusOf = async (sent: string, instance: number): Promise<number> => {
      const form = {
        ...{ grant_type: 'client_credentials', scope: 'notes:read', client_assertion: sent },
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      };
      const url = `${publicUrls[instance % 2] ?? publicUrls[0]}/token`;
      return (await fetch(url, { method: 'POST', body: new URLSearchParams(form) })).status;
    };
    const unused = await assertion('unused');
    let used = '';
    let served = 0;
    // A busy machine may answer 503 to the one that was first: then it has used the assertion up in vain, and needs another.
    for (let time = 0; served === 0; time += 1) {
      used = await assertion(`used ${time}`);
      const sent = used;
      const all = await Promise.all(Array.from({ length: 50 }, (_, index) => statusOf(sent, index)));
      served = all.filter((status) => status === 200).length;
      // The others are refused, and soon limited, as those of a wrong secret are.
      const refused = all.filter((status) => status === 401 || status === 429).length;
      const busy = all.filter((status) => status === 503).length;
      expect([served + refused + busy, served > 1, served + busy > 0]).toEqual([50, false, true]);
    }

    const client = await createClient({ url: redis.url }).connect();
    await client.flushAll();
    client.destroy();
    // At once: nobody has had the time to see that anything was lost.
    expect([await statusOf(used, 0), await statusOf(used, 1), await statusOf(unused, 1)]).not.toContain(200);
    // One that was made a second later, by the clock of the client, is served again.
    await until(async () => (await statusOf(await assertion(String(Math.random())), 0)) === 200, 'it is served');
  });
});
