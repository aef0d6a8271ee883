import { request as plainRequest } from 'node:http';
import { request } from 'node:https';
import { makeCertificate, tlsHandshake, type TestCertificate } from '@latchkey/testbed';
import { runningService, type RunningService } from './test/running-service.js';

let certificate: TestCertificate;
let running: RunningService;
beforeAll(async () => {
  certificate = await makeCertificate();
  running = await runningService({ TLS_CERT: certificate.cert, TLS_KEY: certificate.key });
});
afterAll(() => running.stop());

const port = (): number => Number(new URL(running.service.url).port);

describe('F2 RFC 9325 §3.1.1, §4.2 the sample API by itself over https', () => {
  it('refuses TLS 1.1, TLS 1.2 without AEAD, and plain http', async () => {
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const;
    expect(await tlsHandshake(port(), old)).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    expect(await tlsHandshake(port(), { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256' })).toMatch(
      /HANDSHAKE_FAILURE$/,
    );
    expect(await tlsHandshake(port(), {})).toMatch(/^TLSv1\.3 /);
    const plain = new Promise((resolve, reject) => {
      plainRequest({ port: port(), host: '127.0.0.1', path: '/healthz' }, resolve).on('error', reject).end();
    });
    await expect(plain).rejects.toThrow(/ECONNRESET|socket hang up|Parse Error/);
  });

  it('admits a token as it does over http', async () => {
    const status = await new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${running.issuer.mint({})}` };
      request(`${running.service.url}/notes`, { ca: certificate.cert, headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
  });
});
