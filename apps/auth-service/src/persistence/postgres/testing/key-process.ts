/**
 * A process that changes keys when it is told to: argv holds the URL of a database and a KEY_ENCRYPTION_KEY, each order
 * comes as a message and is obeyed at the instant that it names. Does not own who gives orders (key-processes).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { KeyEncryption, KeyRotation, type KeyAct } from '@latchkey/tokens/issuing';
import { openDatabase } from '../data-source.js';
import { PostgresKeyStore } from '../key-store.js';
import { Revoking } from '../revoking.js';
import type { KeyOrder, KeyProcessAnswer } from './key-processes.js';
import { PATIENT } from './patient.js';

const SPANS = { announceMs: 3_600_000, useMs: 30 * 86_400_000, keepMs: 3_600_000 };
const ACT: KeyAct = { actor: `process ${process.pid}`, receipt: false };

const [, , url = '', keyEncryptionKey = ''] = process.argv;
const database = await openDatabase({ url, poolSize: 2, ...PATIENT });
const store = new PostgresKeyStore(new Revoking(database, () => undefined));
const encryption = new KeyEncryption(Buffer.from(keyEncryptionKey, 'base64url'));
const rings = [{ algorithm: 'ES256' }, { algorithm: 'EdDSA' }, { algorithm: 'refresh' }] as const;
/** One for each act, so that none shares the work of another. */
const rotation = (): KeyRotation => new KeyRotation({ store, encryption, spans: SPANS, rings });

const obey = async (order: KeyOrder): Promise<readonly string[]> => {
  await sleep(Math.max(0, order.at - Date.now() - 20));
  while (Date.now() < order.at);
  if (order.do === 'kill') {
    const { kid, times } = order;
    return Promise.all(Array.from({ length: times }, async () => (await rotation().kill(kid, ACT)).outcome));
  }
  if (order.do === 'rotate') return (await rotation().rotate(ACT)).map(({ kid }) => kid);
  await rotation().run();
  return [];
};

const answer = (said: KeyProcessAnswer): void => {
  if (process.connected) process.send?.(said);
};

process.on('message', (order: KeyOrder) => {
  obey(order).then(
    (done) => {
      answer({ done });
    },
    (error: unknown) => {
      answer({ failed: String(error) });
    },
  );
});
process.on('disconnect', () => void database.close());
answer({ done: ['ready'] });
