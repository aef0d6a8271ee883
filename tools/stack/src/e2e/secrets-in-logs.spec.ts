import { randomBytes } from 'node:crypto';
import { type Arrival, type Page, PlainBrowser } from '../person/plain-browser.js';
import { Endings } from './endings.js';
import { Installation } from './installation.js';
import { send, tokensOf } from './outside-client.js';

/** Keeps every page that it was shown. */
class RememberingBrowser extends PlainBrowser {
  readonly pages: Page[] = [];

  override async open(url: string | URL, form?: URLSearchParams): Promise<Page | Arrival> {
    const step = await super.open(url, form);
    if ('html' in step) this.pages.push(step);
    return step;
  }
}

const endings = new Endings();
const redisPassword = randomBytes(16).toString('hex');
let installation: Installation;
beforeAll(async () => {
  installation = endings.keep(await Installation.start({ LOG_LEVEL: 'trace' }, { redisPassword }));
});
afterAll(() => endings.run());

const secret = (): string => randomBytes(24).toString('hex');

/** What a person's browser is given on the way from login to consent, a wrong password first. */
async function walk(clientUrl: URL, wrongPassword: string): Promise<Record<string, string | undefined>> {
  const { issuer, user } = installation.bootstrap;
  const browser = new RememberingBrowser(issuer);
  const login = await browser.open(clientUrl);
  if (!('html' in login)) throw new Error('no login page was shown');
  const again = await browser.submit(login, { username: user.username, password: wrongPassword }, 'login-submit');
  if (!('html' in again)) throw new Error('a wrong password was let in');
  expect(again.status).toBe(400);
  const consent = await browser.submit(again, { ...user }, 'login-submit');
  if (!('html' in consent)) throw new Error('no consent page was shown');
  await browser.submit(consent, {}, 'consent-approve');
  const csrf = (page: Page): string | undefined => /name="csrf"[^>]*value="([^"]+)"/.exec(page.html)?.[1];
  return {
    browserCookie: browser.cookie('latchkey-browser'),
    sessionCookie: browser.cookie('latchkey-session'),
    loginFormToken: csrf(login),
    consentFormToken: csrf(consent),
    interactionId: /\/interaction\/([^/?]+)/.exec(consent.url)?.[1],
    pages: String(browser.pages.length),
  };
}

describe('STYLE no secret, code, token or verifier in any log line', () => {
  it('searches the logs of the whole main job at the most talkative level', async () => {
    const { outside, bootstrap } = installation;
    const adminToken = await outside.adminToken();
    const client = await outside.createClient();
    const wrongPassword = secret();
    const { pages, ...seenByBrowser } = await walk(outside.authorizationRequest(client).url, wrongPassword);
    expect(Number(pages)).toBe(3);
    const authorized = await outside.authorize(client);
    const tokens = tokensOf(await outside.redeem(client, authorized));
    await outside.notes(tokens.access_token, 'a note');
    const refreshed = tokensOf(await outside.refresh(client, tokens.refresh_token));

    // Faults are logged too: each of these makes a line.
    await outside.redeem(client, { code: authorized.code, verifier: 'w'.repeat(43) });
    await outside.refresh(client, `${refreshed.refresh_token.slice(0, -1)}x`);
    const wrongClientSecret = secret();
    await outside.token({ ...client, client_secret: wrongClientSecret }, { grant_type: 'client_credentials' });
    const inBrokenJson = secret();
    const malformed = await outside.postClient(adminToken, `{"client_name": "x", "client_secret": "${inBrokenJson}`);
    expect(malformed.status).toBe(400);
    const inUnknownField = secret();
    expect((await outside.postClient(adminToken, { client_name: 'x', [inUnknownField]: inUnknownField })).status).toBe(
      400,
    );
    await outside.redeem(client, authorized);
    await outside.revoke(client, refreshed.access_token);
    await outside.notes(refreshed.access_token);
    await send(`${bootstrap.api_url}/notes?access_token=${tokens.access_token}`);
    await send(`${bootstrap.issuer}/interaction/${seenByBrowser['interactionId'] ?? ''}`);
    await installation.redis.kill();
    await outside.redeem(client, authorized);
    await outside.notes(tokens.access_token);

    const { admin, user } = bootstrap;
    const secrets = {
      ...seenByBrowser,
      adminToken,
      code: authorized.code,
      verifier: authorized.verifier,
      accessToken: tokens.access_token,
      idToken: tokens.id_token,
      refreshToken: tokens.refresh_token,
      secondAccessToken: refreshed.access_token,
      secondRefreshToken: refreshed.refresh_token,
      clientSecret: client.client_secret,
      adminSecret: admin.client_secret,
      password: user.password,
      keyEncryptionKey: installation.keyEncryptionKey,
      databasePassword: new URL(installation.databaseUrl).password,
      ...{ redisPassword, wrongPassword, wrongClientSecret, inBrokenJson, inUnknownField },
    };
    await installation.stop();
    const output = installation.output();
    expect(output.split('\n').filter((line) => line !== '').length).toBeGreaterThan(10);
    for (const [name, value = ''] of Object.entries(secrets)) {
      expect([name, value.length]).toEqual([name, Math.max(value.length, 16)]);
      // Also without its signature, its tail, or in base64: a part of a secret is a secret.
      for (const part of [value, value.slice(0, 40), value.slice(-20), Buffer.from(value).toString('base64')]) {
        expect([name, output.includes(part)]).toEqual([name, false]);
      }
    }
  });
});
