import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { dirname, join } from 'node:path';
import { runInThisContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chromiumArguments, findChromium } from '@latchkey/testbed';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import passport from 'passport';
import OpenIDConnectStrategy from 'passport-openidconnect';
import { type Browser, chromium, type Page } from 'playwright-core';
import { ScriptBrowser } from './interaction/test/script-browser.js';
import { type ClientSite, startClientSite } from './test/client-site.js';
import { walkThrough } from './test/walk.js';
import { PERSON, startWholeService, type WholeService } from './test/whole-service.js';

let service: WholeService;
beforeAll(async () => {
  service = await startWholeService();
});
afterAll(() => service.close());

describe('OpenID Connect Core §3.1 and §12 oauth4webapi', () => {
  const [CALLBACK, OUT] = ['https://client.example/cb', 'https://client.example/out'];
  const insecure = { [oauth.allowInsecureRequests]: true };

  /** From the address of the issuer to the tokens of a person, in a browser that stays logged in. */
  async function enter(scope: string) {
    const { client_id, client_secret } = await service.addClient({
      redirect_uris: [CALLBACK],
      post_logout_redirect_uris: [OUT],
    });
    const [client, authentication] = [{ client_id }, oauth.ClientSecretBasic(client_secret)];
    const issuer = new URL(service.issuer);
    const found = await oauth.discoveryRequest(issuer, insecure);
    const server = await oauth.processDiscoveryResponse(issuer, found);

    const [verifier, state, nonce] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState(), 'a nonce'];
    const url = new URL(server.authorization_endpoint ?? '');
    url.search = new URLSearchParams({
      ...{ client_id, redirect_uri: CALLBACK, response_type: 'code', scope, state, nonce, max_age: '600' },
      ...{ code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' },
    }).toString();
    const browser = new ScriptBrowser(service.issuer);
    const back = await walkThrough(browser, service.issuer, url);

    const checked = oauth.validateAuthResponse(server, client, back, state);
    const answer = await oauth.authorizationCodeGrantRequest(
      ...([server, client, authentication, checked, CALLBACK, verifier, insecure] as const),
    );
    const checks = { expectedNonce: nonce, maxAge: 600, requireIdToken: true };
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, checks);
    await oauth.validateApplicationLevelSignature(server, answer, insecure);
    const isActive = async (token: string): Promise<boolean> => {
      const asked = await oauth.introspectionRequest(server, client, authentication, token, insecure);
      return (await oauth.processIntrospectionResponse(server, client, asked)).active;
    };
    const refresh = async (token = tokens.refresh_token): Promise<oauth.TokenEndpointResponse> => {
      const given = [server, client, authentication, token ?? '', insecure] as const;
      return oauth.processRefreshTokenResponse(server, client, await oauth.refreshTokenGrantRequest(...given));
    };
    return { server, client, authentication, browser, tokens, isActive, refresh };
  }

  it('discovers, logs a person in, reads userinfo, refreshes, asks about a token and revokes it', async () => {
    const entered = await enter('openid profile offline_access notes:read');
    const { server, client, authentication, tokens, isActive, refresh } = entered;
    const sub = oauth.getValidatedIdTokenClaims(tokens)?.sub ?? '';
    expect(sub).not.toBe('');
    const person = await oauth.userInfoRequest(server, client, tokens.access_token, insecure);
    expect((await oauth.processUserInfoResponse(server, client, sub, person)).sub).toBe(sub);
    const refreshed = await refresh();
    expect(refreshed.access_token).not.toBe(tokens.access_token);
    expect(await isActive(refreshed.access_token)).toBe(true);
    const given = [server, client, authentication, refreshed.refresh_token ?? '', insecure] as const;
    await oauth.processRevocationResponse(await oauth.revocationRequest(...given));
    expect(await isActive(refreshed.access_token)).toBe(false);
  });

  it('L2 RP-Initiated Logout 1.0 §2 logs out, and what the session was good for is dead', async () => {
    const { server, client, browser, tokens, isActive, refresh } = await enter('openid notes:read');
    expect(await isActive(tokens.access_token)).toBe(true);
    const url = new URL(server.end_session_endpoint ?? '');
    url.search = new URLSearchParams({
      ...{ id_token_hint: tokens.id_token ?? '', client_id: client.client_id },
      ...{ post_logout_redirect_uri: OUT, state: 'a state' },
    }).toString();
    expect((await walkThrough(browser, service.issuer, url)).href).toBe(`${OUT}?state=a+state`);
    expect(await isActive(tokens.access_token)).toBe(false);
    await expect(refresh()).rejects.toMatchObject({ error: 'invalid_grant' });
  });
});

describe('OpenID Connect Core §3.1 and §5.3 openid-client, as the README has it', () => {
  it('logs a person in, reads userinfo and logs out, by the words of the README', async () => {
    const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
    const code = /```js\n(import \* as client from 'openid-client';.*?)```/s.exec(readme)?.[1] ?? '';
    const { client_id, client_secret } = await service.addClient({
      redirect_uris: ['http://localhost:3000/cb'],
      post_logout_redirect_uris: ['http://localhost:3000/'],
    });
    const browser = new ScriptBrowser(service.issuer);
    const way = (url: URL): Promise<URL> => walkThrough(browser, service.issuer, url);
    const script = code
      .replace(/^import .*$/m, '')
      .replace('http://localhost:4000', service.issuer)
      .replace(/\/\/ Send the browser to url.*$/m, 'const callbackUrl = await way(url);');
    const walked: unknown = runInThisContext(
      `async (client, CLIENT_ID, CLIENT_SECRET, way) => {${script}; return { person, out: String(await way(logout)) } }`,
    );
    if (typeof walked !== 'function') throw new Error('no function');
    const given = [openid, client_id, client_secret, way];
    expect(await Promise.resolve(Reflect.apply(walked, undefined, given))).toMatchObject({
      person: { sub: expect.stringMatching(/^[\w-]{36}$/) },
      out: 'http://localhost:3000/',
    });
  });
});

describe('OpenID Connect Core §3.1, §5.3 and §12 passport-openidconnect, a client without PKCE', () => {
  let site: ClientSite;
  let strategy: OpenIDConnectStrategy;
  const seen: unknown[] = [];
  let tokens = { idToken: '', refreshToken: '' };
  /** As an application has it: a session in memory, two routes. */
  const session = {};
  let listener: RequestListener = (_request, response) => void response.writeHead(503).end();

  beforeAll(async () => {
    site = await startClientSite((request, response) => {
      listener(request, response);
    });
    const { client_id: clientID, client_secret: clientSecret } = await service.addClient({
      redirect_uris: [`${site.origin}/cb`],
      post_logout_redirect_uris: [`${site.origin}/out`],
      ...{ require_pkce: false, token_endpoint_auth_method: 'client_secret_post' },
    });
    const endpoints = {
      issuer: service.issuer,
      authorizationURL: `${service.issuer}/authorize`,
      tokenURL: `${service.issuer}/token`,
      userInfoURL: `${service.issuer}/userinfo`,
    };
    strategy = new OpenIDConnectStrategy(
      { ...endpoints, clientID, clientSecret, callbackURL: `${site.origin}/cb`, scope: 'profile email', nonce: 'yes' },
      (
        issuer: string,
        profile: { id: string; username?: string | undefined },
        _context: object,
        idToken: string | object,
        _accessToken: string | object,
        refreshToken: string,
        done: OpenIDConnectStrategy.VerifyCallback,
      ) => {
        tokens = { idToken: typeof idToken === 'string' ? idToken : '', refreshToken };
        done(null, { issuer, ...profile });
      },
    );
    const application = new passport.Passport().use(strategy);
    listener = (request, response) => {
      const query = Object.fromEntries(new URL(request.url ?? '/', site.origin).searchParams);
      const prepared = Object.assign(request, { query, session });
      // Passport's own types are those of Express, which is not here.
      // eslint-disable-next-line @typescript-eslint/no-unsafe-call
      application.authenticate('openidconnect', { session: false })(prepared, response, (error: unknown) => {
        seen.push(error ?? ('user' in prepared ? prepared.user : undefined));
        response.end('back');
      });
    };
  });
  afterAll(() => site.close());

  /** The strategy has no verb for it; its OAuth client, which redeemed the code, has. */
  const refresh = (): Promise<Readonly<Record<string, unknown>>> =>
    new Promise((resolve, reject) => {
      const client: unknown = Reflect.get(strategy, '_oauth2');
      const verb: unknown = client instanceof Object ? Reflect.get(client, 'getOAuthAccessToken') : undefined;
      if (typeof verb !== 'function') throw new Error('the strategy has no OAuth client');
      const answered = (
        error: unknown,
        _access: string,
        _refresh: string,
        answer: Readonly<Record<string, unknown>>,
      ) => {
        if (error === null) resolve(answer);
        else reject(Object.assign(new Error('no refresh'), { cause: error }));
      };
      Reflect.apply(verb, client, [tokens.refreshToken, { grant_type: 'refresh_token' }, answered]);
    });

  it('logs a person in and reads userinfo, refreshes and logs out', async () => {
    const browser = new ScriptBrowser(service.issuer);
    const sent = await fetch(`${site.origin}/login`, { redirect: 'manual' });
    const url = new URL(sent.headers.get('location') ?? '');
    expect(url.searchParams.has('code_challenge')).toBe(false);
    const back = await walkThrough(browser, service.issuer, url);
    expect((await fetch(back)).status).toBe(200);
    expect(seen).toEqual([
      expect.objectContaining({ issuer: service.issuer, id: expect.stringMatching(/^[\w-]{36}$/) }),
    ]);

    const refreshed = await refresh();
    expect([refreshed['token_type'], refreshed['refresh_token'] === tokens.refreshToken]).toEqual(['Bearer', false]);
    tokens = { ...tokens, refreshToken: String(refreshed['refresh_token']) };

    const out = new URL(`${service.issuer}/logout`);
    const to = `${site.origin}/out`;
    out.search = new URLSearchParams({ id_token_hint: tokens.idToken, post_logout_redirect_uri: to }).toString();
    expect((await walkThrough(browser, service.issuer, out)).href).toBe(to);
    await expect(refresh()).rejects.toMatchObject({ cause: { statusCode: 400 } });
  });
});

/** Beside the entry for CommonJS, which is what `require` finds. */
const LIBRARY = readFileSync(
  join(dirname(createRequire(import.meta.url).resolve('oidc-client-ts')), '../browser/oidc-client-ts.min.js'),
  'utf8',
);

describe('RFC 9700 §2.6 and the Fetch standard, CORS protocol: oidc-client-ts in Chromium, on an origin of its own', () => {
  let site: ClientSite;
  let browser: Browser;
  let page: Page;
  let clientId = '';

  beforeAll(async () => {
    site = await startClientSite((request, response) => {
      const script = request.url === '/library.js';
      response.writeHead(200, { 'content-type': script ? 'text/javascript' : 'text/html' });
      response.end(script ? LIBRARY : '<!doctype html><title>Application</title><script src="/library.js"></script>');
    });
    ({ client_id: clientId } = await service.addClient({
      redirect_uris: [`${site.origin}/cb`],
      post_logout_redirect_uris: [`${site.origin}/out`],
      token_endpoint_auth_method: 'none',
    }));
    browser = await chromium.launch({ executablePath: await findChromium(), args: chromiumArguments() });
    page = await (await browser.newContext()).newPage();
    // A page takes as long as a busy machine needs.
    page.setDefaultTimeout(120_000);
  });
  afterAll(async () => {
    await browser.close();
    await site.close();
  });

  /** In the page, which runs scripts of its own: what is evaluated are expressions of its language. */
  const inPage = (expression: string): Promise<unknown> => page.evaluate(expression);
  const quoted = (value: unknown): string => JSON.stringify(value);
  const manager = (): string =>
    `new oidc.UserManager(${quoted({
      ...{ authority: service.issuer, client_id: clientId, redirect_uri: `${site.origin}/cb` },
      post_logout_redirect_uri: `${site.origin}/out`,
      ...{ scope: 'openid profile offline_access notes:read', loadUserInfo: true, automaticSilentRenew: false },
    })})`;
  /** What a script can read of an answer; what its browser keeps from it is `blocked`. */
  const fetched = (path: string, init: object, header = 'content-type'): Promise<unknown> =>
    inPage(`fetch(${quoted(service.issuer + path)}, ${quoted(init)}).then(
      async (response) => [response.status, response.headers.get(${quoted(header)}), await response.text()],
      (error) => ['blocked', error.name])`);
  const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

  it('logs a person in with PKCE, reads userinfo, and renews by the refresh token', async () => {
    await page.goto(site.origin);
    await inPage(`void ${manager()}.signinRedirect()`);
    await page.fill('#username', PERSON.username);
    await page.fill('#password', PERSON.password);
    await page.click('#login-submit');
    await page.click('#consent-approve');
    await page.waitForURL(`${site.origin}/cb?*`);
    const user = await inPage(`${manager()}.signinRedirectCallback().then(({ profile, access_token, refresh_token }) =>
      ({ profile, access_token, refresh_token }))`);
    expect(user).toMatchObject({
      profile: { iss: service.issuer, aud: clientId, sub: expect.any(String) },
      refresh_token: expect.any(String),
    });
    const accessToken = '({ access_token }) => access_token';
    const first = await inPage(`${manager()}.getUser().then(${accessToken})`);
    const renewed = await inPage(`${manager()}.signinSilent().then(${accessToken})`);
    expect([first, renewed]).toEqual([expect.any(String), expect.any(String)]);
    expect(renewed).not.toBe(first);
  });

  it('lets the script read its errors, and the fields that say when to come again', async () => {
    const refused = {
      method: 'POST',
      headers: FORM,
      body: `grant_type=refresh_token&refresh_token=x&client_id=${clientId}`,
    };
    expect(await fetched('/token', refused)).toEqual([
      400,
      expect.any(String),
      expect.stringContaining('invalid_grant'),
    ]);
    const challenged = await fetched('/userinfo', { headers: { authorization: 'Bearer x' } }, 'www-authenticate');
    expect(challenged).toEqual([401, expect.stringContaining('invalid_token'), expect.any(String)]);
  });

  it('revokes its refresh token across origins, and then renews no more', async () => {
    const token = await inPage(`${manager()}.getUser().then(({ refresh_token }) => refresh_token)`);
    const body = new URLSearchParams({ token: String(token), client_id: clientId }).toString();
    expect(await fetched('/revoke', { method: 'POST', headers: FORM, body })).toEqual([200, null, '']);
    expect(await inPage(`${manager()}.signinSilent().catch(({ error }) => error)`)).toBe('invalid_grant');
  });

  it('L2 logs out by signoutRedirect, and is then asked for the password again', async () => {
    await inPage(`void ${manager()}.signoutRedirect({ state: 'mine' })`);
    await page.waitForURL(`${site.origin}/out?*`);
    expect(await inPage(`${manager()}.signoutRedirectCallback().then(({ userState }) => userState)`)).toBe('mine');
    await inPage(`void ${manager()}.signinRedirect()`);
    await page.waitForSelector('#password');
    await page.goto(site.origin);
  });

  it('keeps everything else from scripts: other endpoints, other origins', async () => {
    const asked = { method: 'POST', headers: FORM, body: `token=x&client_id=${clientId}` };
    expect(await fetched('/introspect', asked)).toEqual(['blocked', 'TypeError']);
    expect(await fetched('/authorize?client_id=x', {})).toEqual(['blocked', 'TypeError']);
    expect(await fetched('/account', {})).toEqual(['blocked', 'TypeError']);
    expect(await inPage(`fetch(${quoted(`${service.adminUrl}/healthz`)}).catch(({ name }) => name)`)).toBe('TypeError');
    // The same machine by another name is another origin, and nobody's.
    await page.goto(site.origin.replace('127.0.0.1', 'localhost'));
    expect(await fetched('/token', asked)).toEqual(['blocked', 'TypeError']);
    expect(await fetched('/userinfo', { headers: { authorization: 'Bearer x' } })).toEqual(['blocked', 'TypeError']);
    expect(await fetched('/jwks', {})).toEqual([200, expect.any(String), expect.stringContaining('"keys"')]);
  });
});
