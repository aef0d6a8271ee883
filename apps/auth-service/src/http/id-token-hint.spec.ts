import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { signJwt } from '@latchkey/tokens/issuing';
import { decodeJwt } from 'jose';
import type { Seen } from '../interaction/test/script-browser.js';
import { authorizePath, Outside, textOf, type Words } from './test/outside.js';
import { ISSUER, PERSON, type ProtocolApp, startProtocolApp, type TestClient } from './test/protocol-app.js';

let app: ProtocolApp;
let client: TestClient;
/** With a person who is logged in. */
let outside: Outside;
/** What the client was told of that person. */
let own: string;
let sub: string;
beforeAll(async () => {
  app = await startProtocolApp();
  client = await app.addClient();
});
beforeEach(async () => {
  outside = new Outside(app);
  own = textOf(await outside.logIn(client, { scope: 'openid' }), 'id_token');
  sub = decodeJwt(own).sub ?? '';
});
afterAll(() => app.close());

const ask = (words: Words): Promise<Seen> => outside.browser.get(authorizePath(client, { scope: 'openid', ...words }));
const errorIn = (seen: Seen): string | null =>
  seen.location.startsWith('/') ? null : new URL(seen.location).searchParams.get('error');

/** The page that waits for the person, who has allowed before what is asked; or the code that waited for nobody. */
async function next(words: Words): Promise<'login' | 'code' | undefined> {
  const seen = await ask(words);
  if (!seen.location.startsWith('/')) return new URL(seen.location).searchParams.has('code') ? 'code' : undefined;
  return (await outside.browser.get(seen.location)).body.includes('id="login-submit"') ? 'login' : undefined;
}

/** As the issuer writes it, with what a spec says differently. */
async function hint(over: Record<string, unknown> = {}, typ = 'JWT'): Promise<string> {
  const signer = await app.keys.signerFor('RS256');
  const now = app.nowSeconds();
  return signJwt(signer, typ, { iss: ISSUER, aud: client.clientId, sub, iat: now, exp: now + 300, ...over });
}

const text = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('R18 OpenID Connect Core §3.1.2.1 id_token_hint that is none', () => {
  it.each<[string, () => string | Promise<string>]>([
    ['garbage', () => 'hint'],
    ['five parts, as if encrypted', () => `${own}.x.y`],
    ['no signature', () => own.replace(/[^.]+$/, '')],
    ['a changed payload', () => own.replace(/\.[^.]+\./, `.${text({ ...decodeJwt(own), sub: 'x' })}.`)],
    ['alg none', () => `${text({ alg: 'none', typ: 'JWT' })}.${text(decodeJwt(own))}.`],
    ['alg none with a signature', () => `${text({ alg: 'none', typ: 'JWT' })}.${text(decodeJwt(own))}.AAAA`],
    [
      'a MAC under the public key of the kid that it names',
      async () => {
        const { kid } = await app.keys.signerFor('RS256');
        const jwk = app.keys.jwks().keys.find((key) => key.kid === kid);
        const input = `${text({ alg: 'HS256', typ: 'JWT', kid })}.${text(decodeJwt(own))}`;
        return `${input}.${createHmac('sha256', JSON.stringify(jwk)).update(input).digest('base64url')}`;
      },
    ],
    [
      'the algorithm of another key',
      async () => {
        const { kid } = await app.keys.signerFor('ES256');
        return own.replace(/^[^.]+/, text({ alg: 'RS256', typ: 'JWT', kid }));
      },
    ],
    ['no kid', () => own.replace(/^[^.]+/, text({ alg: 'RS256', typ: 'JWT' }))],
    ['a kid that nobody knows', () => own.replace(/^[^.]+/, text({ alg: 'RS256', typ: 'JWT', kid: 'nobody' }))],
    ['another issuer', () => hint({ iss: 'https://evil.example' })],
    ['another client', () => hint({ aud: 'f'.repeat(32) })],
    ['no audience', () => hint({ aud: undefined })],
    ['no sub', () => hint({ sub: undefined })],
    ['a sub that is no string', () => hint({ sub: { $ne: '' } })],
    ['a log-out token', () => hint({}, 'logout+jwt')],
    ['an access token', () => hint({}, 'at+jwt')],
  ])('sends %s back as invalid_request', async (_, make) => {
    expect(errorIn(await ask({ id_token_hint: await make() }))).toBe('invalid_request');
  });
});

describe('R18 OpenID Connect Core §3.1.2.1 id_token_hint of the person who is logged in', () => {
  it.each<[string, () => string | Promise<string>]>([
    ['as it came', () => own],
    ['expired a year ago', () => hint({ exp: app.nowSeconds() - 31_536_000 })],
    ['for several audiences', () => hint({ aud: ['https://other.example', client.clientId] })],
  ])('goes on: %s', async (_, make) => {
    expect(await next({ id_token_hint: await make() })).toBe('code');
    expect(await next({ id_token_hint: await make(), prompt: 'none' })).toBe('code');
  });

  it('goes on by a key that has been retired and dropped, and not by one that was killed', async () => {
    const { kid } = await app.keys.signerFor('RS256');
    await app.rotation.rotate({ actor: 'spec', receipt: false });
    await app.sql("UPDATE auth.keys SET active_from = clock_timestamp() - interval '1 hour' WHERE state = 'announced'");
    await app.rotation.run();
    await app.sql(
      `UPDATE auth.keys SET state = 'dropped', dropped_at = clock_timestamp(), sealed_key = NULL,
         retired_at = coalesce(retired_at, clock_timestamp()) WHERE kid = $1`,
      [kid],
    );
    await app.keys.reload();
    expect(app.keys.find(kid)).toBeUndefined();
    expect(await next({ id_token_hint: own })).toBe('code');
    await app.rotation.kill(kid, { actor: 'spec', receipt: false });
    await app.keys.reload();
    expect(errorIn(await ask({ id_token_hint: own }))).toBe('invalid_request');
  });
});

describe('R18 OpenID Connect Core §3.1.2.2 id_token_hint of another person', () => {
  it('asks to log in, and with prompt=none answers login_required', async () => {
    const words = { id_token_hint: await hint({ sub: '00000000-0000-4000-8000-000000000000' }) };
    expect(await next(words)).toBe('login');
    expect(errorIn(await ask({ ...words, prompt: 'none' }))).toBe('login_required');
  });

  it('gives nothing to whoever logs in as another: login_required', async () => {
    const begun = await ask({ id_token_hint: await hint({ sub: '00000000-0000-4000-8000-000000000000' }) });
    const login = await outside.browser.get(begun.location);
    const loggedIn = await outside.browser.logIn(login, PERSON.username, PERSON.password);
    expect(errorIn(await outside.browser.get(loggedIn.location))).toBe('login_required');
  });

  it('refuses a hint and claims that ask for different people', async () => {
    const claims = JSON.stringify({ id_token: { sub: { value: 'somebody else' } } });
    expect(errorIn(await ask({ id_token_hint: own, claims }))).toBe('invalid_request');
    const same = JSON.stringify({ id_token: { sub: { values: ['somebody else', sub] } } });
    expect(await next({ id_token_hint: own, claims: same })).toBe('code');
  });

  it('asks nobody who is not logged in with prompt=none', async () => {
    const stranger = new Outside(app).browser;
    const seen = await stranger.get(authorizePath(client, { scope: 'openid', id_token_hint: own, prompt: 'none' }));
    expect(errorIn(seen)).toBe('login_required');
  });
});
