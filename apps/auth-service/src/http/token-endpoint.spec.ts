import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { digestOf } from '@latchkey/protocol';
import { addClient } from '../persistence/postgres/testing/open-test-database.js';
import { type Answer, formOf, Outside, recordOf, REDIRECT_URI, refusalOf, textOf, type Words } from './test/outside.js';
import { NOTES, type ProtocolApp, startProtocolApp, type TestClient } from './test/protocol-app.js';

let app: ProtocolApp;
let outside: Outside;
let client: TestClient;
beforeAll(async () => {
  app = await startProtocolApp();
  outside = new Outside(app);
  client = await app.addClient();
});
afterAll(() => app.close());

const FORM = 'application/x-www-form-urlencoded';
const BACK_CHANNEL = ['/token', '/revoke', '/introspect'] as const;
const basicOf = ({ clientId, secret = '' }: TestClient): string =>
  `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;
/** Raw text, to be as wrong as it likes. */
const send = async (path: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> => {
  const init = { method: 'POST', redirect: 'manual', body, headers: { 'content-type': FORM, ...headers } } as const;
  const response = await fetch(app.url + path, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, json: recordOf(JSON.parse(text === '' ? '{}' : text)) };
};
const asClient = (path: string, body: string, headers = {}): Promise<Answer> =>
  send(path, body, { authorization: basicOf(client), ...headers });
const MACHINE = 'grant_type=client_credentials&scope=notes:read';

describe('R30 RFC 6749 §5.1 a successful answer', () => {
  it.each<[string, () => Promise<Answer>]>([
    ['to a code', () => outside.logIn(client, { scope: 'openid notes:read' })],
    [
      'to a refresh token',
      async () => {
        const { json } = await outside.logIn(client, { scope: 'notes:read' });
        return outside.refresh(client, String(json['refresh_token']));
      },
    ],
    ['to a machine', () => outside.machine(client, { scope: 'notes:read' })],
  ])('%s is 200 in JSON that nobody stores, with token_type and a number of seconds', async (_, ask) => {
    const { status, headers, json } = await ask();
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect([headers.get('cache-control'), headers.get('pragma')]).toEqual(['no-store', 'no-cache']);
    expect([json['token_type'], json['expires_in']]).toEqual(['Bearer', 240]);
  });
});

describe('R33 RFC 6749 §5.2, RFC 7636 §4.6: a code is bound to client, redirect URI and verifier', () => {
  it.each<[string, Words]>([
    ['another redirect_uri', { redirect_uri: `${REDIRECT_URI}/` }],
    ['no redirect_uri', { redirect_uri: undefined }],
    ['another code_verifier', { code_verifier: 'w'.repeat(43) }],
    ['no code_verifier', { code_verifier: undefined }],
    ['an empty code_verifier', { code_verifier: '' }],
    ['a code_verifier that is the challenge', {}],
  ])('%s is invalid_grant, and the code stays good', async (what, words) => {
    const authorized = await outside.authorize(client, { scope: 'notes:read' });
    const challenge = digestOf(authorized.verifier);
    const wrong = what.endsWith('the challenge')
      ? { code_verifier: Buffer.from(challenge, 'hex').toString('base64url') }
      : words;
    const refused = await outside.redeem(client, authorized, wrong);
    expect(refusalOf(refused)).toEqual([400, 'invalid_grant']);
    expect(refused.headers.get('cache-control')).toBe('no-store');
    expect((await outside.redeem(client, authorized)).status).toBe(200);
  });

  it('a code of client A from client B is invalid_grant, whether B is confidential or public, and stays good for A', async () => {
    const authorized = await outside.authorize(client, { scope: 'notes:read' });
    for (const other of [await app.addClient(), await app.addClient({ tokenEndpointAuthMethod: 'none' })]) {
      expect(refusalOf(await outside.redeem(other, authorized))).toEqual([400, 'invalid_grant']);
    }
    expect((await outside.redeem(client, authorized)).status).toBe(200);
  });

  it('a verifier for a code without a challenge is invalid_grant (RFC 9700 §2.1.1: a downgrade)', async () => {
    const plain = await app.addClient({ requirePkce: false });
    const without = { code_challenge: undefined, code_challenge_method: undefined };
    const authorized = await outside.authorize(plain, { ...without, scope: 'openid notes:read' });
    expect(refusalOf(await outside.redeem(plain, authorized))).toEqual([400, 'invalid_grant']);
  });
});

describe('R34 RFC 6749 §5.2 an error is JSON with the code of the RFC', () => {
  const wrongSecret = (of: TestClient) => ({ ...of, secret: 'f'.repeat(64) });
  it.each(BACK_CHANNEL)(
    '%s: a wrong secret by Basic is 401 invalid_client, and the challenge is Basic',
    async (path) => {
      const { status, headers, json } = await send(path, MACHINE, { authorization: basicOf(wrongSecret(client)) });
      expect([status, json['error'], headers.get('www-authenticate')]).toEqual([
        ...[401, 'invalid_client', 'Basic realm="latchkey"'],
      ]);
      expect([headers.get('cache-control'), Object.keys(json)]).toEqual(['no-store', ['error', 'error_description']]);
    },
  );

  it.each(BACK_CHANNEL)('%s: a wrong secret in the body is 401 invalid_client', async (path) => {
    const post = wrongSecret(await app.addClient({ tokenEndpointAuthMethod: 'client_secret_post' }));
    const body = formOf({ client_id: post.clientId, client_secret: post.secret, token: 'x' }).toString();
    expect(refusalOf(await send(path, body))).toEqual([401, 'invalid_client']);
  });

  it.each<[string, string, string]>([
    ['no grant_type', '', 'invalid_request'],
    ['a grant_type that does not exist', 'grant_type=urn:example:none', 'unsupported_grant_type'],
    ['the implicit grant', 'grant_type=implicit', 'unsupported_grant_type'],
    ['the password grant', 'grant_type=password&username=ada&password=x', 'unsupported_grant_type'],
    ['a grant_type of another case', 'grant_type=Client_Credentials', 'unsupported_grant_type'],
    ['no code', 'grant_type=authorization_code', 'invalid_request'],
    ['a code that was never given', 'grant_type=authorization_code&code=x&redirect_uri=x', 'invalid_grant'],
    ['no refresh_token', 'grant_type=refresh_token', 'invalid_request'],
    ['a refresh_token that was never given', 'grant_type=refresh_token&refresh_token=x', 'invalid_grant'],
    ['a scope that does not exist', 'grant_type=client_credentials&scope=nothing', 'invalid_scope'],
    ['percent-encoding that is none', 'grant_type=%zz', 'invalid_request'],
  ])('%s is 400 %s', async (_, body, error) => {
    const { status, headers, json } = await asClient('/token', body);
    expect([status, json['error']]).toEqual([400, error]);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect([headers.get('cache-control'), headers.get('pragma')]).toEqual(['no-store', 'no-cache']);
    expect(headers.get('www-authenticate')).toBeNull();
    // §5.2: outside %x20-21 / %x23-5B / %x5D-7E no character may stand in it.
    expect(String(json['error_description'])).toMatch(/^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/);
  });
});

describe('R35 RFC 6749 §2.3.1: "encoded using the application/x-www-form-urlencoded encoding algorithm"', () => {
  it('reads both with every character encoded, and not the raw spelling of a secret where it means another', async () => {
    const secret = 'p+q r:s%20&=ü';
    const { clientId } = await addClient(app.database, {
      secretDigest: digestOf(secret),
      allowedScope: ['notes:read'],
    });
    const asked = (id: string, word: string): Promise<Answer> =>
      send('/token', MACHINE, { authorization: `Basic ${Buffer.from(`${id}:${word}`).toString('base64')}` });
    const encoded = new URLSearchParams([['', secret]]).toString().slice(1);
    // A space may be + or %20; whatever may be encoded may be encoded.
    const everything = clientId.replace(/./g, (character) => `%${character.charCodeAt(0).toString(16)}`);
    for (const word of [encoded, encodeURIComponent(secret)]) {
      for (const id of [clientId, everything]) expect((await asked(id, word)).status).toBe(200);
    }
    for (const word of [secret, encodeURIComponent(encoded)]) {
      expect(refusalOf(await asked(clientId, word))).toEqual([401, 'invalid_client']);
    }
  });
});

describe('R36 RFC 6749 §6 a refresh token of another client', () => {
  it('is invalid_grant, whoever shows it, and the grant of its own client goes on', async () => {
    const token = textOf(await outside.logIn(client, { scope: 'notes:read' }), 'refresh_token');
    for (const thief of [await app.addClient(), await app.addClient({ tokenEndpointAuthMethod: 'none' })]) {
      expect(refusalOf(await outside.refresh(thief, token))).toEqual([400, 'invalid_grant']);
    }
    const { status, json } = await outside.refresh(client, token);
    expect([status, json['expires_in']]).toEqual([200, 240]);
  });

  it('gives the same scope when it is asked for, in any order', async () => {
    const token = textOf(await outside.logIn(client, { scope: 'openid notes:read notes:write' }), 'refresh_token');
    const { status, json } = await outside.refresh(client, token, { scope: 'notes:write openid notes:read' });
    expect([status, new Set(String(json['scope']).split(' '))]).toEqual([
      ...[200, new Set(['openid', 'notes:read', 'notes:write'])],
    ]);
  });
});

describe('R43 no back-channel endpoint redirects', () => {
  it.each(BACK_CHANNEL.flatMap((path) => [path, `${path}/`]))(
    'POST %s is answered there, good or bad',
    async (path) => {
      const good = await asClient(path, path.startsWith('/token') ? MACHINE : 'token=x');
      const bad = await send(path, '');
      expect([good.status, [400, 401].includes(bad.status)]).toEqual([200, true]);
      for (const { headers } of [good, bad]) expect(headers.get('location')).toBeNull();
    },
  );

  it.each<[string, (path: string) => Promise<Pick<Answer, 'status' | 'headers'>>]>([
    ['/token', (path) => asClient(path, MACHINE)],
    ['/token', (path) => send(path, MACHINE)],
    ['/token', (path) => fetch(app.url + path)],
    ['/revoke', (path) => asClient(path, 'token=x')],
    ['/introspect', (path) => asClient(path, 'token=x')],
    ['/userinfo', (path) => fetch(app.url + path)],
    ['/jwks', (path) => fetch(app.url + path)],
    ['/jwks', (path) => fetch(app.url + path, { headers: { 'if-none-match': '*' } })],
  ])('%s is answered alike by the short way and by the long one, of which a slash at the end is', async (path, ask) => {
    const told = async (where: string) => {
      const { status, headers } = await ask(where);
      return { status, headers: Object.fromEntries([...headers].filter(([name]) => name !== 'date')) };
    };
    expect(await told(path)).toEqual(await told(`${path}/`));
  });

  it.each(['/jwks/', '/.well-known/openid-configuration/', '/.well-known/oauth-authorization-server/'])(
    'GET %s is answered there',
    async (path) => {
      const answer = await fetch(app.url + path, { redirect: 'manual' });
      expect([answer.status, answer.headers.get('location')]).toEqual([200, null]);
    },
  );
});

describe('R44 RFC 6749 §3.2 the content type', () => {
  it.each([
    `${FORM}; charset=UTF-8`,
    `${FORM};charset=utf-8`,
    `${FORM} ; charset="utf-8"`,
    'Application/X-WWW-Form-Urlencoded',
  ])('takes %s', async (type) => {
    for (const path of BACK_CHANNEL) {
      const body = path === '/token' ? MACHINE : 'token=x';
      expect((await asClient(path, body, { 'content-type': type })).status).toBe(200);
    }
  });

  it.each(['application/json', 'text/plain', 'multipart/form-data; boundary=x', `${FORM}x`])(
    'refuses %s with invalid_request',
    async (type) => {
      for (const path of BACK_CHANNEL) {
        const refused = await asClient(path, `${MACHINE}&token=x`, { 'content-type': type });
        expect(refusalOf(refused)).toEqual([400, 'invalid_request']);
      }
    },
  );
});

describe('R45 RFC 6749 §3.2 "parameters MUST NOT be included more than once"', () => {
  it.each([
    ['/token', `${MACHINE}&grant_type=client_credentials`],
    ['/token', `${MACHINE}&scope=notes:read`],
    ['/token', `${MACHINE}&client_id=a&client_id=a`],
    ['/token', `${MACHINE}&unknown=1&unknown=1`],
    ['/revoke', 'token=x&token=x'],
    ['/introspect', 'token=x&token=y'],
    ['/introspect', 'token=x&token_type_hint=a&token_type_hint=a'],
  ])('%s refuses %s', async (path, body) => {
    const refused = await asClient(path, body);
    expect(refusalOf(refused)).toEqual([400, 'invalid_request']);
    expect(String(refused.json['error_description'])).toContain('repeated');
  });

  it('save resource, which RFC 8707 §2 allows', async () => {
    const resource = `resource=${encodeURIComponent(NOTES.identifier)}`;
    expect((await asClient('/token', `${MACHINE}&${resource}&${resource}`)).status).toBe(200);
    const other = 'resource=https%3A%2F%2Fmail.example';
    expect(refusalOf(await asClient('/token', `${MACHINE}&${resource}&${other}`))).toEqual([400, 'invalid_target']);
  });
});

describe('R47 RFC 9700 §2.1.1 PKCE is required of each client by its registration', () => {
  const withoutPkce = { code_challenge: undefined, code_challenge_method: undefined, scope: 'openid notes:read' };

  it('a confidential client that was registered so goes through without it', async () => {
    const plain = await app.addClient({ requirePkce: false });
    const authorized = await outside.authorize(plain, { ...withoutPkce, nonce: 'n-1' });
    const answer = await outside.redeem(plain, authorized, { code_verifier: undefined });
    expect([answer.status, typeof answer.json['id_token']]).toEqual([200, 'string']);
  });

  it('any other does not: it is told at its redirect URI', async () => {
    for (const strict of [client, await app.addClient({ tokenEndpointAuthMethod: 'none' })]) {
      await expect(outside.authorize(strict, withoutPkce)).rejects.toThrow(/error=invalid_request/);
    }
  });
});
