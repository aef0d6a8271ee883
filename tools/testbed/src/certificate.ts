// Owns: certificates for tests, signed by themselves, from the openssl that is there. Does not own: who believes them.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installWithApt } from './apt.js';
import { onPath } from './redis-binary.js';

const REMEDY = 'The tests need openssl: install it so that it is on PATH, for example with "apt-get install openssl"';

export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

/** `rsa:1024` is one that nobody should accept. */
export type TestKeyKind = 'p256' | 'rsa:2048' | 'rsa:1024';

/** For localhost, 127.0.0.1 and [::1], two days long. */
export async function makeCertificate(kind: TestKeyKind = 'p256'): Promise<TestCertificate> {
  if (onPath(['openssl']) === undefined) await installWithApt('openssl', REMEDY);
  const program = onPath(['openssl']);
  if (program === undefined) throw new Error(`${REMEDY}.`);
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-certificate-'));
  try {
    const [certPath, keyPath] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const key = kind === 'p256' ? ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'] : [kind];
    execFileSync(
      program,
      [
        ...['req', '-x509', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-newkey', ...key],
        ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1', '-keyout', keyPath, '-out', certPath],
      ],
      { stdio: 'pipe' },
    );
    return { cert: readFileSync(certPath, 'utf8'), key: readFileSync(keyPath, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
