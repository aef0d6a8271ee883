import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Outside, refusalOf, textOf } from './test/outside.js';
import { type ProtocolApp, startProtocolApp, type TestClient } from './test/protocol-app.js';

let app: ProtocolApp;
let outside: Outside;
let client: TestClient;
beforeAll(async () => {
  app = await startProtocolApp();
  outside = new Outside(app);
  client = await app.addClient();
});
afterAll(() => app.close());

const recorded = (): Promise<readonly Record<string, unknown>[]> =>
  app.sql('SELECT scope FROM auth.consents WHERE client_id = $1 AND withdrawn_at IS NULL', [client.clientId]);

describe('revocation.md V4 consent withdrawn → `grant`, from outside', () => {
  it('takes the refresh tokens and the code that is under way, and not what is allowed afterwards', async () => {
    const tokens = await outside.logIn(client, { scope: 'openid notes:read' });
    expect(await recorded()).toEqual([{ scope: ['notes:read', 'openid'] }]);
    const underway = await outside.authorize(client);
    // Allowed, and not redeemed: what is recorded is what gave a grant.
    expect(await recorded()).toEqual([{ scope: ['notes:read', 'openid'] }]);

    expect(await app.withdrawConsent(client.clientId)).toBe(1);
    expect(await recorded()).toEqual([]);
    expect(refusalOf(await outside.redeem(client, underway))).toEqual([400, 'invalid_grant']);
    expect(refusalOf(await outside.refresh(client, textOf(tokens, 'refresh_token')))).toEqual([400, 'invalid_grant']);

    const anew = await outside.logIn(client, { scope: 'openid notes:write' });
    expect(anew.status).toBe(200);
    expect((await outside.refresh(client, textOf(anew, 'refresh_token'))).status).toBe(200);
    expect(await recorded()).toEqual([{ scope: ['notes:write', 'openid'] }]);
  });

  it('leaves the code of another client alone', async () => {
    const other = await app.addClient();
    await outside.logIn(client);
    const underway = await outside.authorize(other);
    expect(await app.withdrawConsent(client.clientId)).toBeGreaterThan(0);
    expect((await outside.redeem(other, underway)).status).toBe(200);
  });
});
