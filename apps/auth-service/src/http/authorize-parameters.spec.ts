import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { Seen } from '../interaction/test/script-browser.js';
import { authorizePath, formOf, Outside, REDIRECT_URI, textOf, type Words } from './test/outside.js';
import { ISSUER, PERSON, type ProtocolApp, startProtocolApp, type TestClient } from './test/protocol-app.js';

let app: ProtocolApp;
let client: TestClient;
/** With a person who is logged in, and has allowed `openid`. */
let outside: Outside;
beforeAll(async () => {
  app = await startProtocolApp();
  client = await app.addClient();
  outside = new Outside(app);
  await outside.logIn(client, { scope: 'openid' });
});
afterAll(() => app.close());

const ask = (words: Words, of = client): Promise<Seen> =>
  outside.browser.get(authorizePath(of, { scope: 'openid', ...words }));
const answerOf = (seen: Seen): Record<string, string> =>
  seen.location.startsWith('/') || seen.location === '' ? {} : Object.fromEntries(new URL(seen.location).searchParams);
const errorOf = async (words: Words, of = client): Promise<string | undefined> =>
  answerOf(await ask(words, of))['error'];

function expectPage(seen: Seen): void {
  expect([seen.status, seen.location]).toEqual([400, '']);
  expect(seen.body).toContain('This request cannot be completed');
  expect(seen.body).toContain('<code>invalid_request</code>');
}

const URL_SPECIAL = `%20+&=#?/\\;:@!$'()*,"<>[]{}|^~\u0060é🔑`;
const STATES = [URL_SPECIAL, 's'.repeat(128), URL_SPECIAL.repeat(50).slice(0, 1000)];

describe('R10 RFC 6749 §4.1.2 state is returned byte by byte', () => {
  it.each(STATES)('in success and in error: %s', async (state) => {
    expect(answerOf(await ask({ state }))).toEqual({ code: expect.any(String), state, iss: ISSUER });
    expect(answerOf(await ask({ state, scope: 'openid notes:read', prompt: 'none' }))).toMatchObject({
      ...{ error: 'consent_required', state, iss: ISSUER },
    });
  });
});

describe('R11 OpenID Connect Core §3.1.2.1 redirect_uri', () => {
  it('answers a page where none is sent, and two are registered, or the request is one of OpenID Connect', async () => {
    const two = await app.addClient({ redirectUris: [REDIRECT_URI, `${REDIRECT_URI}/two`] });
    for (const scope of ['openid', 'notes:read']) {
      expectPage(await ask({ redirect_uri: undefined, scope }, two));
    }
    expectPage(await ask({ redirect_uri: undefined }));
  });

  it.each([
    ['an extra parameter', 'https://client.example/cb?foo=bar&x=1'],
    ['without its query', 'https://client.example/cb'],
    ['another value', 'https://client.example/cb?foo=baz'],
    ['another order', 'https://client.example/cb?x=1&foo=bar'],
  ])('answers a page for one whose query differs: %s', async (_, redirectUri) => {
    const other = await app.addClient({ redirectUris: ['https://client.example/cb?foo=bar'] });
    expectPage(await ask({ redirect_uri: redirectUri }, other));
  });

  it('keeps the query of one that has one, in errors too', async () => {
    const redirectUris = ['https://client.example/cb?foo=bar'];
    const other = await app.addClient({ redirectUris });
    const seen = await ask({ redirect_uri: redirectUris[0], prompt: 'none' }, other);
    expect(seen.location).toMatch(/^https:\/\/client\.example\/cb\?foo=bar&error=consent_required&/);
  });
});

describe('R12 RFC 6749 §4.1.2.1 response_type', () => {
  it('is invalid_request when it is missing', async () => {
    for (const responseType of [undefined, '']) {
      expect(await errorOf({ response_type: responseType })).toBe('invalid_request');
    }
  });

  it.each(['none', 'CODE', 'code code', 'x', 'token_x'])(
    'is unsupported_response_type for %s',
    async (responseType) => {
      expect(await errorOf({ response_type: responseType })).toBe('unsupported_response_type');
    },
  );
});

describe('R14 RFC 6749 §4.2.2.1, Multiple Response Types §3 and §5: what asks for a token is answered in the fragment', () => {
  const IMPLICIT = ['token', 'id_token', 'id_token token', 'code token', 'code id_token', 'code id_token token'];
  const inFragment = async (words: Words): Promise<string[]> => {
    const [there = '', fragment = ''] = (await ask({ state: URL_SPECIAL, ...words })).location.split('#');
    const { error = '', ...others } = Object.fromEntries(new URLSearchParams(fragment));
    expect(others).toEqual({ error_description: expect.any(String), state: URL_SPECIAL, iss: ISSUER });
    return [there, error];
  };

  it.each(IMPLICIT)('unsupported_response_type, for %s', async (responseType) => {
    const answer = [REDIRECT_URI, 'unsupported_response_type'];
    expect(await inFragment({ response_type: responseType })).toEqual(answer);
    expect(await inFragment({ response_type: responseType, response_mode: 'fragment' })).toEqual(answer);
  });

  it('and whatever else is wrong with such a request', async () => {
    expect(await inFragment({ response_type: 'id_token', request: 'x' })).toEqual([
      REDIRECT_URI,
      'request_not_supported',
    ]);
  });

  it('but where it asks to be answered in the query', async () => {
    const words = { response_type: 'id_token', response_mode: 'query' };
    expect(await errorOf(words)).toBe('unsupported_response_type');
  });
});

describe('R13 OpenID Connect Core §3.1.2.1 nonce', () => {
  it('is not required for a code, and comes back unmodified at any length', async () => {
    expect(answerOf(await ask({ nonce: undefined }))['code']).toBeDefined();
    const nonce = `${URL_SPECIAL}${'n'.repeat(384)}`;
    const token = textOf(await outside.logIn(client, { scope: 'openid', nonce }), 'id_token');
    expect(decodeJwt(token)['nonce']).toBe(nonce);
  });
});

describe('R15 RFC 6749 §4.1.2.1 an error says nothing but what it may, in characters that it may', () => {
  const HOSTILE = `"\\\r\n\té\u2028<script>`;

  it.each<[string, Words]>([
    ['scope', { scope: `openid ${HOSTILE}` }],
    ['scope that may not be had', { scope: 'notes:read x~"' }],
    ['response_type', { response_type: HOSTILE }],
    ['response_mode', { response_mode: HOSTILE }],
    ['prompt', { prompt: HOSTILE }],
    ['max_age', { max_age: HOSTILE }],
    ['claims', { claims: HOSTILE }],
    ['claims that are JSON', { claims: JSON.stringify({ id_token: { sub: { value: { [HOSTILE]: 1 } } } }) }],
    ['id_token_hint', { id_token_hint: HOSTILE }],
    ['resource', { resource: HOSTILE }],
    ['code_challenge', { code_challenge: HOSTILE }],
    ['a repeated parameter', { [HOSTILE]: ['1', '2'] }],
    ['request', { request: HOSTILE }],
  ])('whatever stands in %s', async (_, words) => {
    const { error = '', error_description: description = '', ...others } = answerOf(await ask(words));
    expect(error).toMatch(/^[a-z_]+$/);
    expect(description).toMatch(/^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/);
    expect(others).toEqual({ state: 'a state', iss: ISSUER });
  });
});

describe('R16 RFC 9207 §2 iss', () => {
  it('is the issuer of the metadata, and stands in errors as well', async () => {
    const { issuer } = (await (await fetch(`${app.url}/.well-known/openid-configuration`)).json()) as {
      issuer: string;
    };
    for (const words of [{}, { response_type: 'x' }, { prompt: 'none login' }, { request: 'x' }]) {
      expect(answerOf(await ask(words))['iss']).toBe(issuer);
    }
  });
});

describe('R17 RFC 6749 §3.1 and OpenID Connect Core §15.1 what is not understood is no error', () => {
  it.each<[string, Words]>([
    ['unknown parameters', { unknown: 'x', __proto__x: 'y', 'a[b]': 'c', '': 'd' }],
    ['display', { display: 'touch' }],
    ['a display that there is not', { display: 'hologram' }],
    ['ui_locales and claims_locales', { ui_locales: 'fr-CA fr en', claims_locales: 'de xx-invalid-' }],
    ['acr_values', { acr_values: 'urn:x urn:y' }],
    ['login_hint', { login_hint: 'somebody@example.com' }],
    [
      'parameters without a value',
      { request: '', request_uri: '', claims: '', id_token_hint: '', prompt: '', max_age: '' },
    ],
    ['a repeated scope', { scope: 'openid openid' }],
  ])('%s', async (_, words) => {
    expect(answerOf(await ask(words))).toMatchObject({ code: expect.any(String) });
  });

  it('in whatever order', async () => {
    const [path = '', query = ''] = authorizePath(client, { scope: 'openid' }).split('?');
    const seen = await outside.browser.get(`${path}?${query.split('&').reverse().join('&')}`);
    expect(answerOf(seen)).toMatchObject({ code: expect.any(String) });
  });
});

describe('R19 OpenID Connect Core §2 and §3.1.2.1 re-authentication', () => {
  const authTime = (answer: { readonly json: Readonly<Record<string, unknown>> }): number =>
    Number(decodeJwt(String(answer.json['id_token']))['auth_time']);
  const age = (seconds: number) =>
    app.sql('UPDATE auth.login_sessions SET auth_time = auth_time - make_interval(secs => $1)', [seconds]);

  it('makes an auth_time that is newer, by prompt=login and by a max_age that is exceeded', async () => {
    for (const words of [{ prompt: 'login' }, { max_age: '1' }]) {
      await age(10);
      const before = authTime(await outside.logIn(client, { scope: 'openid', max_age: '10000' }));
      expect(authTime(await outside.logIn(client, { scope: 'openid', ...words }))).toBeGreaterThan(before);
    }
  });

  it('takes a max_age as long as any that a client sends or is registered with', async () => {
    for (const maxAge of ['2147483647', '4294967295', '999999999999999']) {
      expect(await errorOf({ scope: 'openid', prompt: 'none', max_age: maxAge })).toBeUndefined();
    }
  });

  it('asks nothing under max_age=10000, and keeps the auth_time', async () => {
    const words = { scope: 'openid', max_age: '10000', prompt: 'none' };
    expect(authTime(await outside.logIn(client, words))).toBe(authTime(await outside.logIn(client, words)));
  });

  it('Registration §2: default_max_age counts where the request names none', async () => {
    const hasty = await app.addClient({ defaultMaxAge: 60, requireAuthTime: true });
    const answer = await outside.logIn(hasty, { scope: 'openid', max_age: '10000' });
    expect(typeof decodeJwt(textOf(answer, 'id_token'))['auth_time']).toBe('number');
    expect(await errorOf({ prompt: 'none' }, hasty)).toBe('login_required');
    expect(await errorOf({ prompt: 'none', max_age: '10000' }, hasty)).toBeUndefined();
  });
});

describe('R20 OpenID Connect Core §3.1.2.6 request objects', () => {
  // {"alg":"none"}.{"scope":"openid notes:write","state":"of the object"}
  const object = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"state":"x"}').toString('base64url')}.`;

  it('are refused where the query says, by GET and by POST', async () => {
    for (const [words, error] of [
      [{ request: object }, 'request_not_supported'],
      [{ request_uri: 'https://client.example/object' }, 'request_uri_not_supported'],
      [{ registration: '{}' }, 'registration_not_supported'],
    ] as const) {
      expect(answerOf(await ask(words))).toMatchObject({ error, state: 'a state', iss: ISSUER });
      const fields = Object.fromEntries(new URL(authorizePath(client, words), ISSUER).searchParams);
      expect(answerOf(await outside.browser.post('/authorize', fields))).toMatchObject({ error, state: 'a state' });
    }
  });
});

describe('R45 RFC 6749 §3.1 "Request and response parameters MUST NOT be included more than once"', () => {
  const repeated = (name: string): Words => {
    const query = new URL(authorizePath(client, { scope: 'openid' }), ISSUER).searchParams;
    const value = query.get(name) ?? 'x';
    return { [name]: [value, value] };
  };

  it.each([
    ...['response_type', 'scope', 'state', 'nonce', 'code_challenge', 'code_challenge_method', 'prompt', 'max_age'],
    ...['claims', 'id_token_hint', 'login_hint', 'response_mode', 'display', 'unknown'],
  ])('%s: invalid_request at the client', async (name) => {
    const answer = answerOf(await ask(repeated(name)));
    expect(answer['error']).toBe('invalid_request');
    expect(answer['state']).toBe(name === 'state' ? undefined : 'a state');
  });

  it.each(['client_id', 'redirect_uri'])('%s: a page, whatever stands in both', async (name) => {
    expectPage(await ask(repeated(name)));
    const form = formOf(repeated(name));
    expectPage(await outside.browser.get(`/authorize?${form.toString()}`));
  });
});

describe('P2 a client that was disabled, or lost its redirect URI, while a page waited', () => {
  it.each([
    ['disabled', 'enabled = false'],
    ['without that redirect URI', "redirect_uris = ARRAY['https://client.example/other']"],
  ])('%s: neither a yes nor a no nor a log-in leads back there', async (_, change) => {
    const other = await app.addClient();
    const words = { scope: 'openid notes:read' };
    const pages = await Promise.all(
      [words, words, { ...words, prompt: 'login' }].map(async (each) =>
        outside.browser.get((await ask(each, other)).location),
      ),
    );
    await app.sql(`UPDATE auth.clients SET ${change} WHERE client_id = $1`, [other.clientId]);
    const [yes, no, login] = pages;
    if (yes === undefined || no === undefined || login === undefined) throw new Error('no page');
    expectPage(await outside.browser.approve(yes));
    expectPage(await outside.browser.deny(no));
    const loggedIn = await outside.browser.logIn(login, PERSON.username, PERSON.password);
    expectPage(await outside.browser.get(loggedIn.location));
  });
});
