import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@latchkey/tokens/testing';
import type { TestGuard } from '../test/guarded-world.js';
import { formOf, Outside, textOf } from './test/outside.js';
import { type ProtocolApp, startProtocolApp, type TestClient } from './test/protocol-app.js';

let app: ProtocolApp;
let outside: Outside;
let client: TestClient;
let allow: TestGuard;
let refuse: TestGuard;
beforeAll(async () => {
  app = await startProtocolApp();
  outside = new Outside(app);
  client = await app.addClient();
  [refuse, allow] = await Promise.all([app.world.addGuard(), app.world.addGuard({ onStale: 'allow' })]);
});
afterAll(() => app.close());
beforeEach(() => {
  app.world.receipts.length = 0;
});

const machineToken = async (of = client): Promise<string> =>
  textOf(await outside.machine(of, { scope: 'notes:read' }), 'access_token');
const refreshTokenOf = async (of: TestClient): Promise<string> =>
  textOf(await outside.logIn(of, { scope: 'notes:read' }), 'refresh_token');
const applied = (response: Response): string | null => response.headers.get('preference-applied');

describe('revocation.md V17, RFC 7240: /revoke waits for nobody', () => {
  it.each([
    [{}],
    [{ prefer: 'wait=11' }],
    [{ prefer: 'wait=0' }],
    [{ prefer: 'wait=20, wait=2' }],
    [{ prefer: 'x=2' }],
  ])('who sends %j', async (headers: Record<string, string>) => {
    const response = await outside.revoke(client, await machineToken(), headers);
    expect([response.status, applied(response), await response.text()]).toEqual([200, null, '']);
    expect(app.world.receipts).toEqual([false]);
  });

  it('who is a public client: it has proven nothing', async () => {
    const open = await app.addClient({ tokenEndpointAuthMethod: 'none' });
    const response = await outside.revoke(open, await refreshTokenOf(open), { prefer: 'wait=2' });
    expect([response.status, applied(response)]).toEqual([200, null]);
    expect(app.world.receipts).toEqual([false]);
  });

  it.each(['no token at all', `${'a'.repeat(40)}.b.c`, 'lk_refresh'])('for an invalid token: %s', async (token) => {
    const response = await outside.revoke(client, token, { prefer: 'wait=2' });
    expect([response.status, applied(response), await response.text()]).toEqual([200, null, '']);
    expect(app.world.receipts).toEqual([]);
  });

  it('for a token of somebody else, which it refuses (RFC 7009 §2.1)', async () => {
    const other = await app.addClient();
    const tokens = [await machineToken(other), await refreshTokenOf(other)];
    for (const token of tokens) {
      const response = await outside.revoke(client, token, { prefer: 'wait=2' });
      expect([response.status, applied(response)]).toEqual([400, null]);
    }
    expect(app.world.receipts).toEqual([]);
  });

  it('who is not authenticated', async () => {
    const stranger = { clientId: client.clientId, secret: 'f'.repeat(64) };
    const response = await outside.revoke(stranger, await machineToken(), { prefer: 'wait=2' });
    expect([response.status, applied(response)]).toEqual([401, null]);
  });
});

describe('revocation.md V17: the preference was not applied', () => {
  it('while a guard that admits when stale is cut off: it "never counts as fenced"', async () => {
    allow.hold();
    const response = await outside.revoke(client, await machineToken(), { prefer: 'wait=1' });
    expect([response.status, applied(response), await response.text()]).toEqual([200, null, '']);
    expect(app.world.receipts).toEqual([true]);
    allow.release();
  });

  it('for those beyond 64 at once, who are answered without waiting', async () => {
    const tokens = await Promise.all(Array.from({ length: 70 }, () => machineToken()));
    allow.hold();
    let early = 0;
    const answers = tokens.map(async (token) => {
      const response = await outside.revoke(client, token, { prefer: 'wait=10' });
      early += 1;
      return [response.status, applied(response)];
    });
    await until(() => early === 6, 'six are answered');
    expect(app.world.revocation.desk.full()).toBe(true);
    allow.release();
    const all = await Promise.all(answers);
    expect(all.filter(([status]) => status === 200)).toHaveLength(70);
    expect(all.filter(([, preference]) => preference === 'wait=10')).toHaveLength(64);
    expect(all.filter(([, preference]) => preference === null)).toHaveLength(6);
  });
});

describe('RFC 7240 §3: the preference was applied, and every guard refuses the token', () => {
  it('of an access token', async () => {
    const response = await outside.revoke(client, await machineToken(), { prefer: 'wait=10' });
    expect([response.status, applied(response), await response.text()]).toEqual([200, 'wait=10', '']);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(app.world.receipts).toEqual([true]);
  });

  it('of a refresh token, with all tokens of its grant (RFC 7009 §2.1)', async () => {
    const answer = await outside.logIn(client, { scope: 'notes:read' });
    const response = await outside.revoke(client, textOf(answer, 'refresh_token'), { prefer: 'wait=10' });
    expect(applied(response)).toBe('wait=10');
    const { claims } = await outside.verified(textOf(answer, 'access_token'), 'https://notes.example');
    const revocable = {
      ...{
        jti: String(claims.jti),
        sub: String(claims.sub),
        client_id: client.clientId,
        gen: { iss: 0, cli: 0, sub: 0 },
      },
      grant_id: String(claims['grant_id']),
    };
    for (const { membership } of [refuse, allow]) expect(membership.match(revocable, 'kid')).toBe('grant');
  });

  it('of what was revoked before', async () => {
    const token = await machineToken();
    await outside.revoke(client, token);
    expect(applied(await outside.revoke(client, token, { prefer: 'wait=10' }))).toBe('wait=10');
    const refreshToken = await refreshTokenOf(client);
    await outside.revoke(client, refreshToken);
    expect(applied(await outside.revoke(client, refreshToken, { prefer: 'wait=10' }))).toBe('wait=10');
  });

  it('although a guard is cut off: after its lease it can admit nothing (V18)', async () => {
    refuse.hold();
    const response = await outside.revoke(client, await machineToken(), { prefer: 'wait=10' });
    expect(applied(response)).toBe('wait=10');
    expect(refuse.membership.judgeable()).toBe(false);
    refuse.release();
    await until(() => refuse.membership.judgeable(), 'it has registered again');
  });

  it('in several header lines, which are one list (§2)', async () => {
    const token = await machineToken();
    const preference = await new Promise((resolve, reject) => {
      const basic = Buffer.from(`${client.clientId}:${client.secret ?? ''}`).toString('base64');
      const asked = request(`${app.url}/revoke`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${basic}`,
          'content-type': 'application/x-www-form-urlencoded',
          prefer: ['respond-async', 'WAIT = "9"; a=b'],
        },
      });
      asked.on('response', (response) => {
        resolve(response.headers['preference-applied']);
        response.resume();
      });
      asked.on('error', reject);
      asked.end(formOf({ token }).toString());
    });
    expect(preference).toBe('wait=9');
  });
});
