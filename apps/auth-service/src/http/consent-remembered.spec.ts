import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { admitSilentCode } from '@latchkey/protocol';
import { fakeClock } from '@latchkey/tokens/testing';
import { decodeJwt } from 'jose';
import type { NewClient } from '../admin/ports.js';
import { InProcessEphemeral } from '../persistence/in-process/ephemeral.js';
import { AUDIT_EVENTS } from '../persistence/postgres/testing/audit-columns.js';
import { fifty, tally } from '../persistence/postgres/testing/open-test-database.js';
import type { Seen } from '../interaction/test/script-browser.js';
import {
  type Authorized,
  authorizePath,
  Outside,
  REDIRECT_URI,
  refusalOf,
  textOf,
  type Words,
} from './test/outside.js';
import { ISSUER, type ProtocolApp, startProtocolApp, type TestClient } from './test/protocol-app.js';

const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const ALLOWED = ['openid', 'offline_access', 'profile', 'email', 'notes:read', 'notes:write'];

let app: ProtocolApp;
/** With a person who is logged in. */
let outside: Outside;
beforeAll(async () => {
  app = await startProtocolApp();
});
afterAll(() => app.close());
let client: TestClient;
beforeEach(async () => {
  outside = new Outside(app);
  client = await app.addClient({ allowedScope: ALLOWED });
  expect((await outside.logIn(client, { scope: 'openid notes:read' })).status).toBe(200);
});

const ask = (words: Words = {}): Promise<Seen> =>
  outside.browser.get(authorizePath(client, { scope: 'openid notes:read', ...words }));
const inUri = (seen: Seen, name: string): string | null =>
  seen.location.startsWith('/') ? null : new URL(seen.location).searchParams.get(name);
const codeIn = (seen: Seen): Authorized => ({
  code: inUri(seen, 'code') ?? '',
  verifier: VERIFIER,
  callback: new URL(seen.location, ISSUER),
});
/** The consent page that waits; undefined where none does. */
async function consentFor(words: Words): Promise<Seen | undefined> {
  const begun = await ask(words);
  const page = begun.location.startsWith('/') ? await outside.browser.get(begun.location) : begun;
  return page.body.includes('id="consent-approve"') ? page : undefined;
}
const consents = () => app.sql('SELECT * FROM auth.consents WHERE client_id = $1', [client.clientId]);

describe('P5 a remembered consent', () => {
  it('R18 lets prompt=none succeed at once, with the same sub and auth_time, and without a cookie being set', async () => {
    const before = decodeJwt(textOf(await outside.redeem(client, codeIn(await ask())), 'id_token'));
    app.advance(5);
    const seen = await ask({ prompt: 'none' });
    expect([seen.status, seen.headers.getSetCookie()]).toEqual([303, []]);
    const after = decodeJwt(textOf(await outside.redeem(client, codeIn(seen)), 'id_token'));
    expect([after.sub, after['auth_time']]).toEqual([before.sub, before['auth_time']]);
  });

  it('asks nothing of whoever is logged in, for less too, with state and iss', async () => {
    for (const scope of ['openid notes:read', 'notes:read openid', 'openid']) {
      const seen = await ask({ scope });
      expect(Object.fromEntries(new URL(seen.location).searchParams)).toEqual({
        ...{ code: expect.stringMatching(/^[\w-]{43}$/), state: 'a state', iss: ISSUER },
      });
    }
  });

  it('is asked again for what is new alone to be allowed, and shows all that is asked', async () => {
    expect(inUri(await ask({ scope: 'openid notes:read notes:write', prompt: 'none' }), 'error')).toBe(
      'consent_required',
    );
    const page = await consentFor({ scope: 'openid notes:read notes:write' });
    expect(page?.body).toMatch(/Read your notes\s*<span class="before">\(allowed before\)<\/span>/);
    expect(page?.body).toMatch(/Write notes in your name\s*<\/li>/);
    await outside.logIn(client, { scope: 'openid notes:write' });
    expect(inUri(await ask({ scope: 'openid notes:read notes:write', prompt: 'none' }), 'code')).not.toBeNull();
  });

  it('is none until a code has given a grant', async () => {
    await outside.authorize(client, { scope: 'openid notes:write' });
    expect(inUri(await ask({ scope: 'openid notes:write', prompt: 'none' }), 'error')).toBe('consent_required');
  });

  it('is of one client, and of one person', async () => {
    const first = client;
    client = await app.addClient();
    expect(inUri(await ask({ prompt: 'none' }), 'error')).toBe('consent_required');
    client = first;
    await app.sql('UPDATE auth.consents SET sub = gen_random_uuid() WHERE client_id = $1', [client.clientId]);
    expect(inUri(await ask({ prompt: 'none' }), 'error')).toBe('consent_required');
  });

  it('R22 asks again for offline_access always, and with prompt=consent', async () => {
    expect(await consentFor({ prompt: 'consent' })).toBeDefined();
    const scope = 'openid notes:read offline_access';
    expect(textOf(await outside.logIn(client, { scope }), 'refresh_token')).toMatch(/./);
    expect(await consentFor({ scope })).toBeDefined();
    expect(inUri(await ask({ scope, prompt: 'none' }), 'error')).toBe('consent_required');
    expect(await consentFor({})).toBeUndefined();
  });

  it('says in words which claims are asked for one by one, and covers them afterwards', async () => {
    const claims = JSON.stringify({ userinfo: { email: { essential: true } }, id_token: { name: null } });
    expect(inUri(await ask({ claims, prompt: 'none' }), 'error')).toBe('consent_required');
    const page = await consentFor({ claims });
    for (const words of ['See your email address', 'See your name and profile']) expect(page?.body).toContain(words);
    const answer = await outside.logIn(client, { scope: 'openid notes:read', claims });
    expect(String(answer.json['scope']).split(' ').sort()).toEqual(['notes:read', 'openid']);
    expect(inUri(await ask({ claims, prompt: 'none' }), 'code')).not.toBeNull();
  });

  it('moves neither what was allowed nor when', async () => {
    const before = await consents();
    expect((await outside.redeem(client, codeIn(await ask({ scope: 'openid' })))).status).toBe(200);
    expect(await consents()).toEqual(before);
  });

  it('stands in the audit trail before the code leaves, by a kind of its own', async () => {
    await ask({ scope: 'openid' });
    const [event] = await app.sql(
      `SELECT * FROM ${AUDIT_EVENTS} WHERE target = $1 AND kind LIKE 'consent.%' ORDER BY id DESC LIMIT 1`,
      [client.clientId],
    );
    expect(event).toMatchObject({ kind: 'consent.remembered', outcome: 'done', address: '127.0.0.1' });
    expect(event?.['detail']).toEqual({ scope: ['openid'], sid: expect.any(String) });
  });
});

describe('RFC 8252 §8.6 a client that anybody may pose as is never answered without the person', () => {
  const PUBLIC: Partial<NewClient> = {
    tokenEndpointAuthMethod: 'none',
    applicationType: 'native',
    allowedScope: ALLOWED,
  };

  it.each([
    ['a loopback address', PUBLIC, 'http://127.0.0.1/cb', true],
    ['a loopback address by its other name', PUBLIC, 'http://[::1]/cb', true],
    ['a name of the device, over https', PUBLIC, 'https://app.localhost/cb', true],
    ['an address of the device, over https', PUBLIC, 'https://127.0.0.2/cb', true],
    ['a scheme of its own', PUBLIC, 'com.example.app:/cb', true],
    ['a host of its own', PUBLIC, 'https://app.example/cb', false],
    [
      'a loopback address and a secret',
      { applicationType: 'native', allowedScope: ALLOWED },
      'http://127.0.0.1/cb',
      false,
    ],
  ] as const)('with %s', async (_, over, redirectUri, asked) => {
    client = await app.addClient({ ...over, redirectUris: [redirectUri] });
    const words = { redirect_uri: redirectUri };
    const authorized = await outside.authorize(client, { ...words, scope: 'openid notes:read' });
    expect((await outside.redeem(client, authorized, words)).status).toBe(200);
    expect((await consentFor(words)) !== undefined).toBe(asked);
    const error = inUri(await ask({ ...words, prompt: 'none' }), 'error');
    expect(error).toBe(asked ? 'consent_required' : null);
  });
});

describe('revocation.md V4 a consent that was taken back', () => {
  it('is gone: the person is asked again', async () => {
    await app.withdrawConsent(client.clientId);
    expect(inUri(await ask({ prompt: 'none' }), 'error')).toBe('consent_required');
    expect(await consentFor({})).toBeDefined();
  });

  it('gives no grant to the 50 codes that were given without a question before', async () => {
    const codes = await fifty(() => ask({ prompt: 'none' }));
    await app.withdrawConsent(client.clientId);
    const answers = await fifty(async (index) => {
      const [code] = codes.slice(index);
      return code === undefined ? [] : refusalOf(await outside.redeem(client, codeIn(code)));
    });
    expect(tally(answers.map(String))).toEqual({ '400,invalid_grant': 50 });
    expect(await consents()).toMatchObject([{ scope: [] }]);
  });

  it('while 50 such codes are redeemed, leaves no grant alive and nothing allowed', async () => {
    const codes = await fifty(() => ask({ prompt: 'none' }));
    const [, ...answers] = await Promise.all([
      app.withdrawConsent(client.clientId),
      ...codes.map(async (code) => (await outside.redeem(client, codeIn(code))).status),
    ]);
    expect(answers.filter((status) => ![200, 400].includes(status))).toEqual([]);
    const alive = await app.sql('SELECT 1 FROM auth.grants WHERE client_id = $1 AND revoked_at IS NULL', [
      client.clientId,
    ]);
    expect(alive).toEqual([]);
    const [row] = await consents();
    expect([row?.['scope'], row?.['withdrawn_at'] === null]).toEqual([[], false]);
  });

  it('is allowed again by a code that a person was asked for, and not by one of before', async () => {
    const old = codeIn(await ask());
    await app.withdrawConsent(client.clientId);
    expect((await outside.logIn(client, { scope: 'openid notes:read' })).status).toBe(200);
    expect(refusalOf(await outside.redeem(client, old))).toEqual([400, 'invalid_grant']);
  });

  it('gives no grant for a scope that the consent has lost since', async () => {
    const old = codeIn(await ask());
    await app.sql("UPDATE auth.consents SET scope = array_remove(scope, 'notes:read') WHERE client_id = $1", [
      client.clientId,
    ]);
    expect(refusalOf(await outside.redeem(client, old))).toEqual([400, 'invalid_grant']);
  });
});

describe('RFC 6749 §4.1.2.1 temporarily_unavailable: codes without a question do not fill the Redis of the feed', () => {
  it('gives so many to one log-in, and then no more; another goes on', async () => {
    const answers: (string | null)[] = [];
    for (let round = 0; round < 7; round += 1) {
      answers.push(...(await fifty(async () => inUri(await ask({ prompt: 'none' }), 'error'))));
    }
    expect(tally(answers.map(String))).toEqual({ null: 300, temporarily_unavailable: 50 });
    outside = new Outside(app);
    await outside.logIn(client, { scope: 'openid notes:read' });
    expect(inUri(await ask({ prompt: 'none' }), 'code')).not.toBeNull();
  });

  it('bounds those of all, and the long ones first', async () => {
    const clock = fakeClock();
    const ephemeral = new InProcessEphemeral(clock);
    for (let count = 0; count < 9_999; count += 1) await ephemeral.count('silent-codes-long', 120);
    await admitSilentCode(ephemeral, 'one', 4000);
    await expect(admitSilentCode(ephemeral, 'two', 4000)).rejects.toThrow('temporarily_unavailable');
    await admitSilentCode(ephemeral, 'two', 800);
    clock.advance(120_000);
    await admitSilentCode(ephemeral, 'two', 4000);
  });
});

describe('RFC 9700 §2.1.1 a client that must use PKCE from now on', () => {
  const plain = { code_challenge: undefined, code_challenge_method: undefined };
  const requirePkce = () =>
    app.sql('UPDATE auth.clients SET require_pkce = true WHERE client_id = $1', [client.clientId]);
  beforeEach(async () => {
    client = await app.addClient({ requirePkce: false });
  });

  it('R47 may leave it out before, and redeems without a verifier', async () => {
    const page = await consentFor(plain);
    if (page === undefined) throw new Error('no page');
    const code = codeIn(await outside.browser.approve(page)).code;
    const parameters = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI };
    expect((await outside.token(client, parameters)).status).toBe(200);
  });

  it('gets no code for a request that waited without a challenge', async () => {
    const page = await consentFor(plain);
    if (page === undefined) throw new Error('no page');
    await requirePkce();
    const seen = await outside.browser.approve(page);
    expect([inUri(seen, 'error'), inUri(seen, 'code'), inUri(seen, 'state')]).toEqual([
      'invalid_request',
      null,
      'a state',
    ]);
  });

  it('gets no tokens for a code that was born without a challenge, and consumes nothing', async () => {
    const page = await consentFor(plain);
    if (page === undefined) throw new Error('no page');
    const { code } = codeIn(await outside.browser.approve(page));
    await requirePkce();
    const parameters = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI };
    expect(refusalOf(await outside.token(client, parameters))).toEqual([400, 'invalid_grant']);
    expect(await app.sql('SELECT 1 FROM auth.grants WHERE client_id = $1', [client.clientId])).toEqual([]);
  });
});
