import { randomBytes, randomUUID } from 'node:crypto';
import { digestOf, randomSecret } from '@latchkey/protocol';
import { KeyEncryption, KeyRing, openPrivateKey } from '@latchkey/tokens/issuing';
import { fakeClock } from '@latchkey/tokens/testing';
import { PostgresGrantStore } from './grant-store.js';
import { PostgresKeyStore } from './key-store.js';
import { PostgresLoginSessionStore } from './login-session-store.js';
import { PostgresMacKeys } from './mac-key-store.js';
import { addClient, addPerson, aRedemption, openTestDatabase } from './testing/open-test-database.js';

describe('secrets at rest are digests or ciphertext', () => {
  it('leaves no code, secret, cookie or private key in the clear in any table', async () => {
    const test = await openTestDatabase(4);
    const { database } = test;
    const encryption = new KeyEncryption(randomBytes(32));
    const secret = randomBytes(32).toString('hex');
    const [code, cookie] = [randomSecret(), randomSecret()];

    const client = await addClient(database, { secretDigest: digestOf(secret) });
    const sub = await addPerson(database);
    const sessions = new PostgresLoginSessionStore(database, () => undefined);
    const login = { cookieDigest: digestOf(cookie), sub, personGeneration: 0, amr: ['pwd'], lifetimeSeconds: 3600 };
    const sid = (await sessions.start(login))?.sid ?? '';
    const grants = new PostgresGrantStore(database, test.onRevoked);
    const redemption = { ...aRedemption({ client, sub, sid }), codeDigest: digestOf(code) };
    expect(await grants.redeemCode(redemption)).toBe('redeemed');
    expect(await grants.redeemCode(redemption)).toBe('replayed');
    await grants.revokeAccessToken({
      jti: randomUUID(),
      clientId: client.clientId,
      expiresAt: 4_000_000_000,
      receipt: false,
    });
    const store = new PostgresKeyStore(database);
    await KeyRing.open({ store, encryption, clock: fakeClock(), algorithms: ['ES256', 'RS256', 'EdDSA'] });
    const macKeys = await PostgresMacKeys.open(database, encryption);
    const privateKeys = (await store.load()).map((key) => openPrivateKey(key, encryption));

    let dump = '';
    for (const { tablePath } of database.source.entityMetadatas) {
      const { rows } = await database.run<{ row: string }>(`SELECT t::text AS row FROM ${tablePath} t`);
      dump += rows.map(({ row }) => row).join('\n');
    }
    await test.close();

    // The dump is one: what may be seen is there.
    for (const visible of [client.clientId, digestOf(code), digestOf(secret), sid]) expect(dump).toContain(visible);
    const privateMembers = privateKeys.flatMap((key) => {
      const jwk = key.export({ format: 'jwk' });
      return [jwk.d, jwk.p, jwk.q, key.export({ type: 'pkcs8', format: 'der' }).subarray(24)];
    });
    const hidden = [secret, code, cookie, macKeys.current().key, ...privateMembers];
    for (const value of hidden) {
      if (value === undefined) continue;
      const forms =
        typeof value === 'string'
          ? [value, Buffer.from(value, 'base64url').toString('hex'), Buffer.from(value).toString('hex')]
          : [value.toString('base64url'), value.toString('base64').replace(/=+$/, ''), value.toString('hex')];
      for (const form of forms) expect(dump).not.toContain(form);
    }
  });
});
