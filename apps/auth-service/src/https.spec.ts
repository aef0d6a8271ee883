import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromiumArguments, findChromium, makeCertificate, tlsHandshake } from '@latchkey/testbed';
import * as openid from 'openid-client';
import { type Browser, chromium } from 'playwright-core';
import { startClientSite, type ClientSite } from './test/client-site.js';
import { PERSON, startWholeService, type WholeClient, type WholeService } from './test/whole-service.js';

let folder: string;
let site: ClientSite;
let service: WholeService;
let client: WholeClient;
let browser: Browser;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-https-'));
  const { cert, key } = await makeCertificate('rsa:2048');
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key);
  const settings = { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile };
  service = await startWholeService({ scheme: 'https', ca: cert, settings });
  site = await startClientSite();
  client = await service.addClient({ redirect_uris: [`${site.origin}/cb`] });
  browser = await chromium.launch({ executablePath: await findChromium(), args: chromiumArguments() });
});
afterAll(async () => {
  await browser.close();
  await service.close();
  await site.close();
  rmSync(folder, { recursive: true });
});

const ports = (): readonly number[] => [service.port, service.adminPort];

describe('F2 RFC 9325 §3.1.1, §4.2 both ports by themselves', () => {
  it('refuse TLS 1.1, and TLS 1.2 without AEAD', async () => {
    for (const port of ports()) {
      const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const;
      expect(await tlsHandshake(port, old)).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
      const cbc = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-SHA256:ECDHE-RSA-AES256-SHA' } as const;
      expect(await tlsHandshake(port, cbc)).toMatch(/HANDSHAKE_FAILURE$/);
      expect(await tlsHandshake(port, {})).toMatch(/^TLSv1\.3 /);
    }
  });

  it('answer plain http with nothing: no page, no redirect', async () => {
    for (const port of ports()) {
      const answered = new Promise((resolve, reject) => {
        request({ host: 'localhost', port, path: '/' }, resolve).on('error', reject).end();
      });
      await expect(answered).rejects.toThrow(/ECONNRESET|socket hang up|Parse Error/);
    }
  });
});

describe('R1 OpenID Connect Discovery §4.3 an https issuer', () => {
  it('is string-identical to where its metadata were found, and so begins whatever they name', async () => {
    const response = await service.fetch(`${service.issuer}/.well-known/openid-configuration`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json(?:;|$)/);
    const metadata = (await response.json()) as Readonly<Record<string, unknown>>;
    expect(metadata['issuer']).toBe(service.issuer);
    const named = Object.entries(metadata).filter(([name]) => /_(?:endpoint|uri)$/.test(name));
    expect(named.length).toBeGreaterThanOrEqual(4);
    for (const [, url] of named) expect(String(url)).toMatch(new RegExp(`^${service.issuer}/`));
  });
});

describe('RFC 6265bis §4.1.3.2 and RFC 6797 §7 the whole flow over https', () => {
  it('logs a person in, with cookies that no sibling host can plant, and gives an outside client its tokens', async () => {
    const { client_id: id, client_secret: secret } = client;
    const config = await openid.discovery(new URL(service.issuer), id, undefined, openid.ClientSecretBasic(secret), {
      [openid.customFetch]: (url, { body, ...init }) =>
        service.fetch(url, { ...init, ...(body === undefined ? {} : { body }) }),
    });
    expect(config.serverMetadata().issuer).toBe(service.issuer);
    const verifier = openid.randomPKCECodeVerifier();
    const url = openid.buildAuthorizationUrl(config, {
      ...{ redirect_uri: `${site.origin}/cb`, scope: 'openid notes:read', state: 'st' },
      ...{ code_challenge: await openid.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' },
    });

    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    // A page takes as long as a busy machine needs.
    context.setDefaultTimeout(120_000);
    const page = await context.newPage();
    const shown = await page.goto(url.href);
    expect(shown?.headers()['strict-transport-security']).toBe('max-age=31536000');
    await page.fill('#username', PERSON.username);
    await page.fill('#password', PERSON.password);
    await page.click('#login-submit');
    await page.click('#consent-approve');
    await page.waitForURL(`${site.origin}/cb?*`);
    const cookies = await context.cookies(service.issuer);
    expect(cookies.map(({ name }) => name).sort()).toEqual(['__Host-latchkey-browser', '__Host-latchkey-session']);
    for (const cookie of cookies) {
      expect(cookie).toMatchObject({ secure: true, httpOnly: true, sameSite: 'Lax', path: '/', domain: 'localhost' });
    }
    const callback = new URL(page.url());
    await context.close();

    const tokens = await openid.authorizationCodeGrant(config, callback, {
      pkceCodeVerifier: verifier,
      expectedState: 'st',
    });
    expect(tokens.claims()?.iss).toBe(service.issuer);
    const again = await openid.refreshTokenGrant(config, tokens.refresh_token ?? '');
    expect(again.access_token).not.toBe(tokens.access_token);
  });
});

describe('DESIGN §2 the admin port over https', () => {
  it('is alive, and lists the clients to whoever may read them', async () => {
    expect((await service.fetch(`${service.adminUrl}/healthz`)).status).toBe(200);
    expect(JSON.stringify(await service.admin('GET', '/clients'))).toContain(client.client_id);
  });
});
