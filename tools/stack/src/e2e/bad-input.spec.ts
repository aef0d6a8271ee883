import { createHash, randomBytes } from 'node:crypto';
import { PlainBrowser } from '../person/plain-browser.js';
import { Endings } from './endings.js';
import { Installation } from './installation.js';
import { basic, REDIRECT_URI, type RegisteredClient, send, tokensOf } from './outside-client.js';

const endings = new Endings();
let installation: Installation;
let client: RegisteredClient;
let issuer: string;
beforeAll(async () => {
  installation = endings.keep(await Installation.start());
  client = await installation.outside.createClient({ redirect_uris: [REDIRECT_URI, `${REDIRECT_URI}2`] });
  ({ issuer } = installation.bootstrap);
});
afterAll(() => endings.run());

const challenge = createHash('sha256').update('v'.repeat(43)).digest('base64url');
const authorizeUrl = (over: Record<string, string | undefined>, raw = ''): string => {
  const parameters: Record<string, string | undefined> = {
    client_id: client.client_id,
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope: 'openid notes:read',
    state: 'st',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...over,
  };
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) search.set(name, value);
  return `${issuer}/authorize?${search.toString()}${raw}`;
};

describe('P2 RFC 6749 §4.1.2.1 requests that must not be redirected', () => {
  it.each<[string, Record<string, string | undefined>, string]>([
    ['an unknown client', { client_id: 'f'.repeat(32) }, ''],
    ['no client', { client_id: undefined }, ''],
    ['an unregistered redirect URI', { redirect_uri: 'https://evil.example/cb' }, ''],
    ['a longer redirect URI', { redirect_uri: `${REDIRECT_URI}/x` }, ''],
    ['a missing redirect URI of two', { redirect_uri: undefined }, ''],
    ['a repeated redirect URI', {}, `&redirect_uri=${encodeURIComponent(REDIRECT_URI)}`],
    ['a repeated client_id', {}, `&client_id=${'f'.repeat(32)}`],
    ['bytes that are no text', {}, '&x=%ff'],
  ])('shows a page for %s', async (_, over, raw) => {
    const answer = await send(authorizeUrl(over, raw));
    expect(answer.status).toBe(400);
    expect(answer.headers.get('location')).toBeNull();
    expect(answer.headers.get('content-type')).toContain('text/html');
    expect(answer.text).toContain('invalid_request');
    expect(answer.text).not.toContain('evil.example/cb"');
  });
});

describe('RFC 6749 §4.1.2.1 errors that go back to the client', () => {
  it.each<[string, Record<string, string | undefined>, string, string]>([
    ['no response_type', { response_type: undefined }, '', 'invalid_request'],
    ['a response type of nobody', { response_type: 'ticket' }, '', 'unsupported_response_type'],
    ['no challenge', { code_challenge: undefined, code_challenge_method: undefined }, '', 'invalid_request'],
    ['the plain method', { code_challenge_method: 'plain' }, '', 'invalid_request'],
    ['no scope', { scope: undefined }, '', 'invalid_scope'],
    ['a scope that is not allowed', { scope: 'openid email' }, '', 'invalid_scope'],
    ['an admin scope', { scope: 'clients:write' }, '', 'invalid_scope'],
    ['an unknown resource', { resource: 'https://unknown.example' }, '', 'invalid_target'],
    ['a repeated parameter', {}, '&nonce=1&nonce=2', 'invalid_request'],
    ['a request object', { request: 'e30.e30.' }, '', 'request_not_supported'],
    ['a request by reference', { request_uri: 'https://x.example' }, '', 'request_uri_not_supported'],
    ['prompt none beside another', { prompt: 'none login' }, '', 'invalid_request'],
    ['prompt none with nobody logged in', { prompt: 'none' }, '', 'login_required'],
    ['a fragment response', { response_mode: 'fragment' }, '', 'invalid_request'],
  ])('%s', async (_, over, raw, error) => {
    const answer = await send(authorizeUrl(over, raw));
    expect([302, 303]).toContain(answer.status);
    const location = new URL(answer.headers.get('location') ?? '');
    expect(location.href.startsWith(`${REDIRECT_URI}?`)).toBe(true);
    expect(location.searchParams.get('error')).toBe(error);
    expect(location.searchParams.get('state')).toBe('st');
    expect(location.searchParams.get('iss')).toBe(issuer);
    const names = [...location.searchParams.keys()].sort();
    expect(names).toEqual(['error', 'error_description', 'iss', 'state']);
  });

  it('R14 RFC 6749 §4.2.2.1 for the implicit grant in the fragment, where its client looks', async () => {
    const answer = await send(authorizeUrl({ response_type: 'token' }));
    const location = new URL(answer.headers.get('location') ?? '');
    expect(location.href.startsWith(`${REDIRECT_URI}#`)).toBe(true);
    const told = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
    expect(told).toMatchObject({ error: 'unsupported_response_type', state: 'st', iss: issuer });
  });

  it('gives no state back when it was repeated', async () => {
    const answer = await send(authorizeUrl({}, '&state=other'));
    const location = new URL(answer.headers.get('location') ?? '');
    expect(location.searchParams.get('error')).toBe('invalid_request');
    expect(location.searchParams.has('state')).toBe(false);
  });
});

describe('RFC 6749 §5.2 the token endpoint', () => {
  const post = (body: string, headers: Record<string, string> = {}) =>
    send(`${issuer}/token`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded', authorization: basic(client), ...headers },
    });

  it.each<[string, string, Record<string, string>, number, string]>([
    ['no grant_type', '', {}, 400, 'invalid_request'],
    ['an unknown grant_type', 'grant_type=password', {}, 400, 'unsupported_grant_type'],
    ['a grant of Object.prototype', 'grant_type=constructor', {}, 400, 'unsupported_grant_type'],
    ['a grant that is not registered', 'grant_type=client_credentials', {}, 400, 'unauthorized_client'],
    ['a repeated parameter', 'grant_type=refresh_token&grant_type=refresh_token', {}, 400, 'invalid_request'],
    ['JSON', '{"grant_type":"refresh_token"}', { 'content-type': 'application/json' }, 400, 'invalid_request'],
    ['broken JSON', '{', { 'content-type': 'application/json' }, 400, 'invalid_request'],
    ['no code', 'grant_type=authorization_code', {}, 400, 'invalid_request'],
    ['an invented code', 'grant_type=authorization_code&code=x&code_verifier=y', {}, 400, 'invalid_grant'],
    ['an invented refresh token', `grant_type=refresh_token&refresh_token=${'A'.repeat(74)}`, {}, 400, 'invalid_grant'],
    ['wrong credentials', 'grant_type=refresh_token', { authorization: 'Basic eDp5' }, 401, 'invalid_client'],
    ['a Bearer header', 'grant_type=refresh_token', { authorization: 'Bearer x' }, 401, 'invalid_client'],
  ])('%s', async (_, body, headers, status, error) => {
    const answer = await post(body, headers);
    expect([answer.status, answer.json['error']]).toEqual([status, error]);
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.has('www-authenticate')).toBe(status === 401);
  });

  it('RFC 6749 §3.2 takes POST alone, and RFC 6749 §2.3.1 no secret in the URI', async () => {
    const get = await send(`${issuer}/token?grant_type=client_credentials`);
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
    const answer = await send(`${issuer}/token?client_secret=x`, { method: 'POST', body: new URLSearchParams() });
    expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_request']);
  });

  it('answers 413 to a body that no client has reason to send', async () => {
    expect((await post(`grant_type=${'x'.repeat(200_000)}`)).status).toBe(413);
  });

  it.each<[string, Record<string, string>]>([
    ['a wrong verifier', { code_verifier: 'w'.repeat(43) }],
    ['no verifier', { code_verifier: '' }],
    ['a wrong redirect URI', { redirect_uri: `${REDIRECT_URI}2` }],
    ['no redirect URI', { redirect_uri: '' }],
  ])('R33 %s neither consumes the code nor revokes', async (_, over) => {
    const authorized = await installation.outside.authorize(client);
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      code: authorized.code,
      code_verifier: authorized.verifier,
      redirect_uri: REDIRECT_URI,
      ...over,
    });
    const refused = await post(body.toString());
    expect([refused.status, refused.json['error']]).toEqual([400, 'invalid_grant']);
    const tokens = tokensOf(await installation.outside.redeem(client, authorized));
    expect((await installation.outside.notes(tokens.access_token)).status).toBe(200);
  });

  it('R33, R36 a code and a refresh token of another client are invalid_grant, and stay good for their own', async () => {
    const { outside } = installation;
    const thief = await outside.createClient();
    const authorized = await outside.authorize(client);
    expect((await outside.redeem(thief, authorized)).json['error']).toBe('invalid_grant');
    const tokens = tokensOf(await outside.redeem(client, authorized));
    expect((await outside.refresh(thief, tokens.refresh_token)).json['error']).toBe('invalid_grant');
    expect((await outside.revoke(thief, tokens.refresh_token)).json['error']).toBe('invalid_grant');
    expect((await outside.revoke(thief, tokens.access_token)).json['error']).toBe('invalid_grant');
    expect((await outside.refresh(client, tokens.refresh_token)).status).toBe(200);
    expect((await outside.notes(tokens.access_token)).status).toBe(200);
  });
});

describe('RFC 7009 revocation', () => {
  it('answers 200 to what it does not know, and to what is revoked already', async () => {
    const { outside } = installation;
    const tokens = await outside.logIn(client);
    for (const token of ['x', 'a.b.c', 'A'.repeat(74), tokens.refresh_token, tokens.refresh_token]) {
      const answer = await outside.revoke(client, token);
      expect([answer.status, answer.text]).toEqual([200, '']);
    }
    expect((await outside.refresh(client, tokens.refresh_token)).json['error']).toBe('invalid_grant');
  });

  it('refuses a request without a token or without a client', async () => {
    const answer = await send(`${issuer}/revoke`, {
      method: 'POST',
      body: new URLSearchParams(),
      headers: { authorization: basic(client) },
    });
    expect([answer.status, answer.json['error']]).toEqual([400, 'invalid_request']);
    const nobody = await send(`${issuer}/revoke`, { method: 'POST', body: new URLSearchParams({ token: 'x' }) });
    expect([nobody.status, nobody.json['error']]).toEqual([401, 'invalid_client']);
  });
});

describe('OpenID Connect Core §3.1.2 the flow of a public client', () => {
  it('needs no secret, but PKCE, and gets no client_credentials', async () => {
    const { outside } = installation;
    const open = await outside.createClient({ token_endpoint_auth_method: 'none' });
    expect(open.client_secret).toBeUndefined();
    const browser = new PlainBrowser(issuer);
    const tokens = tokensOf(await outside.redeem(open, await outside.authorize(open, { browser })));
    // The same browser is still logged in: only consent is asked.
    const again = tokensOf(await outside.redeem(open, await outside.authorize(open, { browser })));
    expect(again.access_token).not.toBe(tokens.access_token);
    const machine = await outside.token(open, { grant_type: 'client_credentials' });
    expect([machine.status, machine.json['error']]).toEqual([400, 'unauthorized_client']);
    const random = randomBytes(8).toString('hex');
    expect((await outside.notes(tokens.access_token, `note ${random}`)).status).toBe(201);
    expect((await outside.notes(again.access_token)).text).toContain(random);
  });
});
