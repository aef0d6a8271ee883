import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Outside, refusalOf, scopeOf, textOf } from './test/outside.js';
import { ADMIN, MAIL, NOTES, type ProtocolApp, startProtocolApp, type TestClient } from './test/protocol-app.js';

let app: ProtocolApp;
let outside: Outside;
let client: TestClient;
beforeAll(async () => {
  app = await startProtocolApp();
  outside = new Outside(app);
  client = await app.addClient();
});
afterAll(() => app.close());

describe('RFC 6749 §4.4.2 and §3.3 the scope of a machine', () => {
  it.each([
    ['an admin scope that is not allowed for it', 'clients:write', 'clients:write'],
    ['an admin scope beside one that is allowed', 'notes:read clients:write', 'clients:write'],
    ['a scope that nobody owns', 'notes:burn', 'notes:burn'],
    ['openid, which speaks of a person', 'openid', 'openid'],
    ['openid beside a scope that is allowed', 'openid notes:read', 'openid'],
    ['offline_access', 'notes:read offline_access', 'offline_access'],
  ])('refuses %s, and says which', async (_, scope, which) => {
    const answer = await outside.machine(client, { scope });
    expect(refusalOf(answer)).toEqual([400, 'invalid_scope']);
    expect(textOf(answer, 'error_description')).toMatch(new RegExp(`\\b${which}\\b`));
    expect(answer.json).not.toHaveProperty('access_token');
  });

  it('refuses a malformed scope', async () => {
    const answer = await outside.machine(client, { scope: 'notes:read "' });
    expect(refusalOf(answer)).toEqual([400, 'invalid_scope']);
    expect(answer.json).not.toHaveProperty('access_token');
  });

  it('refuses a scope of an API that is allowed to other clients', async () => {
    const narrow = await app.addClient({ allowedScope: ['notes:read'] });
    expect(refusalOf(await outside.machine(narrow, { scope: 'notes:write' }))).toEqual([400, 'invalid_scope']);
    expect(refusalOf(await outside.machine(narrow, { scope: 'mail:read' }))).toEqual([400, 'invalid_scope']);
  });

  it('refuses a client that may have nothing by itself, rather than give a token for nothing', async () => {
    for (const allowedScope of [[], ['openid', 'profile']]) {
      const idle = await app.addClient({ allowedScope });
      expect(refusalOf(await outside.machine(idle))).toEqual([400, 'invalid_scope']);
    }
  });

  it('gives what was asked for, and no more', async () => {
    const answer = await outside.machine(client, { scope: 'notes:read' });
    const { claims } = await outside.verified(textOf(answer, 'access_token'), NOTES.identifier);
    expect([answer.json['scope'], claims['scope']]).toEqual(['notes:read', 'notes:read']);
  });

  it('gives, where the scope is omitted, all that is allowed at the resource and nothing of OpenID', async () => {
    const answer = await outside.machine(client, { resource: NOTES.identifier });
    const { claims } = await outside.verified(textOf(answer, 'access_token'), NOTES.identifier);
    expect(scopeOf(answer.json['scope'])).toEqual(['notes:read', 'notes:write']);
    expect(scopeOf(claims['scope'])).toEqual(['notes:read', 'notes:write']);
    expect(claims.aud).toBe(NOTES.identifier);
  });
});

describe('RFC 8707 §2 the resource of a machine', () => {
  it('refuses an omitted scope that belongs to several APIs unless a resource is named', async () => {
    expect(refusalOf(await outside.machine(client))).toEqual([400, 'invalid_target']);
    expect(refusalOf(await outside.machine(client, { scope: 'notes:read mail:read' }))).toEqual([
      400,
      'invalid_target',
    ]);
  });

  it.each<[string, string | readonly string[]]>([
    ['that is no API of this server', 'https://unknown.example'],
    ['of which no scope is allowed', ADMIN.identifier],
    ['beside another', [NOTES.identifier, MAIL.identifier]],
  ])('refuses a resource %s', async (_, resource) => {
    expect(refusalOf(await outside.machine(client, { resource }))).toEqual([400, 'invalid_target']);
  });

  it('refuses a resource whose scopes were not asked for', async () => {
    const answer = await outside.machine(client, { scope: 'notes:read', resource: MAIL.identifier });
    expect(refusalOf(answer)).toEqual([400, 'invalid_target']);
  });

  it('leaves the scopes of other APIs out of the token', async () => {
    const answer = await outside.machine(client, { scope: 'notes:read mail:read', resource: MAIL.identifier });
    const { claims } = await outside.verified(textOf(answer, 'access_token'), MAIL.identifier);
    expect([answer.json['scope'], claims['scope'], claims.aud]).toEqual(['mail:read', 'mail:read', MAIL.identifier]);
  });

  it('keeps the audience of the admin API alone', async () => {
    const admin = await app.addClient({ allowedScope: ['clients:write', 'notes:read'] });
    expect(refusalOf(await outside.machine(admin))).toEqual([400, 'invalid_target']);
    const answer = await outside.machine(admin, { scope: 'clients:write notes:read', resource: ADMIN.identifier });
    const { claims } = await outside.verified(textOf(answer, 'access_token'), ADMIN.identifier);
    expect([claims.aud, claims['scope'], answer.json['scope']]).toEqual([
      ADMIN.identifier,
      'clients:write',
      'clients:write',
    ]);
  });
});

describe('RFC 6749 §4.4 who may use the client credentials grant', () => {
  it('refuses a public client, even one that is registered for it', async () => {
    const open = await app.addClient({ tokenEndpointAuthMethod: 'none' });
    expect(refusalOf(await outside.machine(open, { scope: 'notes:read' }))).toEqual([400, 'unauthorized_client']);
  });

  it('refuses a client that is not registered for it', async () => {
    const other = await app.addClient({ grantTypes: ['authorization_code', 'refresh_token'] });
    expect(refusalOf(await outside.machine(other, { scope: 'notes:read' }))).toEqual([400, 'unauthorized_client']);
  });
});

describe('RFC 6749 §4.4.3 and RFC 9068 §2.2 what a machine gets', () => {
  it('is one access token: "A refresh token SHOULD NOT be included", and no ID token', async () => {
    const answer = await outside.machine(client, { scope: 'notes:read' });
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.json).sort()).toEqual(['access_token', 'expires_in', 'scope', 'token_type']);
    expect([answer.headers.get('cache-control'), answer.headers.get('pragma')]).toEqual(['no-store', 'no-cache']);
  });

  it('names the client as its subject, and no grant, session, login or person', async () => {
    const answer = await outside.machine(client, { scope: 'notes:read' });
    const { claims } = await outside.verified(textOf(answer, 'access_token'), NOTES.identifier);
    expect(claims).toEqual({
      iss: 'http://localhost:4000',
      sub: client.clientId,
      client_id: client.clientId,
      aud: NOTES.identifier,
      iat: app.nowSeconds(),
      exp: app.nowSeconds() + 240,
      jti: expect.any(String),
      scope: 'notes:read',
      gen: { iss: 0, cli: 0 },
    });
  });

  it('carries the generations of issuer and client as they stand now', async () => {
    const raised = await app.addClient();
    await app.sql('UPDATE auth.clients SET generation = 3 WHERE client_id = $1', [raised.clientId]);
    await app.sql('UPDATE auth.issuer_state SET generation = 2');
    const answer = await outside.machine(raised, { scope: 'notes:read' });
    await app.sql('UPDATE auth.issuer_state SET generation = 0');
    const { claims } = await outside.verified(textOf(answer, 'access_token'), NOTES.identifier);
    expect(claims['gen']).toEqual({ iss: 2, cli: 3 });
  });

  it('leaves no row behind', async () => {
    await outside.machine(client, { scope: 'notes:read' });
    expect(await app.sql('SELECT * FROM auth.grants')).toEqual([]);
  });
});
