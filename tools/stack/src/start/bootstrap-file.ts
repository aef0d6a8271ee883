// Owns: what `npm start` draws once and keeps: the first admin client, the demo person, the key that encrypts keys.
// Does not own: how the services use them.
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Addresses } from './addresses.js';

/** `.latchkey/bootstrap.json`: for people and for scripts. */
export interface BootstrapFile {
  readonly issuer: string;
  readonly admin_url: string;
  readonly api_url: string;
  readonly admin: { readonly client_id: string; readonly client_secret: string };
  readonly user: { readonly username: string; readonly password: string };
}

/** Both files have mode 0600; they are made on the first start and read on every later one. */
export function openSecrets(
  folder: string,
  addresses: Addresses,
): { bootstrap: BootstrapFile; bootstrapPath: string; keyEncryptionKey: string } {
  const keyPath = join(folder, 'key-encryption-key');
  if (!existsSync(keyPath)) writeSecret(keyPath, randomBytes(32).toString('base64url'));
  const bootstrapPath = join(folder, 'bootstrap.json');
  const kept = existsSync(bootstrapPath)
    ? (JSON.parse(readFileSync(bootstrapPath, 'utf8')) as BootstrapFile)
    : undefined;
  const bootstrap: BootstrapFile = {
    issuer: addresses.issuer,
    admin_url: addresses.adminUrl,
    api_url: addresses.apiUrl,
    admin: kept?.admin ?? {
      client_id: randomBytes(16).toString('hex'),
      client_secret: randomBytes(32).toString('hex'),
    },
    user: kept?.user ?? { username: 'demo', password: randomBytes(12).toString('base64url') },
  };
  const text = `${JSON.stringify(bootstrap, null, 2)}\n`;
  if (kept === undefined || text !== readFileSync(bootstrapPath, 'utf8')) writeSecret(bootstrapPath, text);
  return { bootstrap, bootstrapPath, keyEncryptionKey: readFileSync(keyPath, 'utf8').trim() };
}

/** Whole or not at all, and never readable by others, not even for a moment. */
function writeSecret(path: string, text: string): void {
  const draft = `${path}.new`;
  writeFileSync(draft, text, { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, path);
}
