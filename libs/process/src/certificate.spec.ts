import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as plainRequest } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { makeCertificate, tlsHandshake, type TestCertificate } from '@latchkey/testbed';
import Fastify, { type FastifyInstance } from 'fastify';
import { certificateFault, keepCertificateCurrent, type Tls, tlsOptions } from './certificate.js';
import { readTls } from './certificate-setting.js';
import { createLog } from './log.js';
import { pem } from './setting-values.js';
import { SettingsReader } from './settings-reader.js';

const apps: FastifyInstance[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

async function listen(certificate: TestCertificate, prepare: (app: FastifyInstance) => void = () => undefined) {
  const app = Fastify({ https: tlsOptions(certificate) });
  app.get('/', () => 'done');
  prepare(app);
  apps.push(app);
  await app.listen({ port: 0, host: '127.0.0.1' });
  return (app.server.address() as AddressInfo).port;
}

const in12 = (ciphers: string): ConnectionOptions => ({ maxVersion: 'TLSv1.2', ciphers: `${ciphers}:@SECLEVEL=0` });

describe('F2 RFC 9325 §3.1.1, §4.2 what a port agrees on', () => {
  let ec: number;
  let rsa: number;
  let certificates: readonly [TestCertificate, TestCertificate];
  beforeAll(async () => {
    certificates = [await makeCertificate('p256'), await makeCertificate('rsa:2048')];
  });
  beforeEach(async () => {
    ec = await listen(certificates[0]);
    rsa = await listen(certificates[1]);
  });

  it.each(['TLSv1', 'TLSv1.1'] as const)('refuses %s by an alert', async (version) => {
    const options = { minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' } as const;
    expect(await tlsHandshake(ec, options)).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
  });

  it.each([
    ['no forward secrecy', 'AES128-GCM-SHA256'],
    ['finite-field keys', 'DHE-RSA-AES128-GCM-SHA256'],
    ['CBC', 'ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES256-SHA:ECDHE-ECDSA-AES256-SHA'],
    ['what F2 does not list', 'ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-CCM'],
    ['nobody', 'aNULL'],
  ])('refuses TLS 1.2 with %s', async (_, ciphers) => {
    for (const port of [ec, rsa]) {
      expect(await tlsHandshake(port, in12(ciphers))).toMatch(/^ERR_SSL_(SSLV3|SSL\/TLS)_ALERT_HANDSHAKE_FAILURE$/);
    }
  });

  it.each(['AES128-GCM-SHA256', 'AES256-GCM-SHA384'])('agrees on TLS 1.2 with ECDHE and %s', async (cipher) => {
    expect(await tlsHandshake(ec, in12(`ECDHE-ECDSA-${cipher}`))).toBe(`TLSv1.2 ECDHE-ECDSA-${cipher}`);
    expect(await tlsHandshake(rsa, in12(`ECDHE-RSA-${cipher}`))).toBe(`TLSv1.2 ECDHE-RSA-${cipher}`);
  });

  it('prefers TLS 1.3', async () => {
    expect(await tlsHandshake(ec, {})).toMatch(/^TLSv1\.3 TLS_AES_/);
  });

  it('answers plain http with nothing, and certainly with no redirect', async () => {
    const answer = new Promise((resolve, reject) => {
      plainRequest({ port: ec, host: '127.0.0.1', path: '/' }, resolve).on('error', reject).end();
    });
    await expect(answer).rejects.toThrow(/ECONNRESET|socket hang up|Parse Error/);
  });
});

describe('RFC 9325 §4.5 a certificate that no port can use', () => {
  it('is one of RSA under 2048 bits, one with the key of another, and what is no certificate', async () => {
    const [one, other, short] = [await makeCertificate(), await makeCertificate(), await makeCertificate('rsa:1024')];
    expect(certificateFault(one)).toBeUndefined();
    expect(certificateFault(short)).toContain('ee key too small');
    expect(certificateFault({ cert: one.cert, key: other.key })).toContain('key values mismatch');
    expect(certificateFault({ cert: '-----BEGIN CERTIFICATE-----\nx', key: one.key })).toBeDefined();
  });
});

describe('a certificate that is renewed on disk', () => {
  const rows = [
    { name: 'TLS_CERT', meaning: '', parse: pem('CERTIFICATE') },
    { name: 'TLS_KEY', meaning: '', parse: pem('PRIVATE KEY') },
  ] as const;
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-tls-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const write = ({ cert, key }: TestCertificate): void => {
    writeFileSync(join(folder, 'cert.pem'), cert);
    writeFileSync(join(folder, 'key.pem'), key);
  };
  const given = (): Tls => {
    const environment = { TLS_CERT_FILE: join(folder, 'cert.pem'), TLS_KEY_FILE: join(folder, 'key.pem') };
    const readFile = (path: string): string => readFileSync(path, 'utf8');
    const reader = new SettingsReader(environment, readFile);
    const tls = readTls(reader, rows, environment, readFile);
    reader.refuseFaults();
    if (tls === undefined) throw new Error('no certificate');
    return tls;
  };
  /** Which certificate a new connection is shown. */
  const shown = (port: number): Promise<string> =>
    new Promise((resolve, reject) => {
      request({ port, host: '127.0.0.1', path: '/', rejectUnauthorized: false, agent: false }, (response) => {
        const { raw } = (response.socket as TLSSocket).getPeerCertificate();
        response.resume().on('end', () => {
          resolve(raw.toString('base64'));
        });
      })
        .on('error', reject)
        .end();
    });
  const derOf = ({ cert }: TestCertificate): string => cert.replaceAll(/-----[^-]+-----|\s/g, '');
  const until = async (holds: () => Promise<boolean> | boolean): Promise<void> => {
    while (!(await holds())) await sleep(10);
  };

  it('is shown to the next connection, by the same rules; a broken one is logged once, and the one before stays', async () => {
    const [first, second, third] = [await makeCertificate(), await makeCertificate(), await makeCertificate()];
    const lines: string[] = [];
    write(first);
    const tls = given();
    const log = createLog('spec', 'info', { write: (line: string) => void lines.push(line) });
    const port = await listen(tls, (app) => {
      keepCertificateCurrent(app, tls, log, 10);
    });
    expect(await shown(port)).toBe(derOf(first));
    write(second);
    await until(async () => (await shown(port)) === derOf(second));
    const cbc = in12('ECDHE-ECDSA-AES128-SHA256');
    expect(await tlsHandshake(port, cbc)).toMatch(/HANDSHAKE_FAILURE$/);

    lines.length = 0;
    writeFileSync(join(folder, 'cert.pem'), third.cert);
    await until(() => lines.length > 0);
    await sleep(100);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('TLS_CERT and TLS_KEY cannot be used together');
    expect(await shown(port)).toBe(derOf(second));
    rmSync(join(folder, 'key.pem'));
    await until(() => lines.length > 1);
    expect(lines[1]).toContain('the file that TLS_KEY_FILE names cannot be read');
    expect(await shown(port)).toBe(derOf(second));
    write(third);
    await until(async () => (await shown(port)) === derOf(third));
    expect(lines.join('')).not.toContain('PRIVATE KEY');
  });
});
