import { createPublicKey, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { signJwt } from '../jws/sign-jwt.js';
import { fakeClock } from '../testing/clock.js';
import { MemoryKeyStore } from '../testing/memory-key-store.js';
import { generateStoredKey, openPrivateKey } from './generate.js';
import { KeyEncryption, KeyEncryptionError } from './key-encryption.js';
import { KeyRing } from './key-ring.js';

const encryption = new KeyEncryption(randomBytes(32));
const clock = fakeClock();
const open = (store = new MemoryKeyStore(), overrides = {}) =>
  KeyRing.open({ store, encryption, clock, algorithms: ['ES256', 'EdDSA'], ...overrides });

describe('DESIGN §6 private keys at rest', () => {
  it('no stored key holds a private member or opens with another key, kid or algorithm', async () => {
    const stored = await generateStoredKey('ES256', encryption, 1);
    expect(stored.publicJwk).not.toHaveProperty('d');
    const other = new KeyEncryption(randomBytes(32));
    expect(() => openPrivateKey(stored, other)).toThrow(KeyEncryptionError);
    expect(() => openPrivateKey({ ...stored, kid: 'x' }, encryption)).toThrow(KeyEncryptionError);
    expect(() => openPrivateKey({ ...stored, algorithm: 'PS256' }, encryption)).toThrow(KeyEncryptionError);
  });

  it.each(['ES256', 'RS256', 'PS256', 'EdDSA'] as const)(
    '%s: the private half belongs to the public one',
    async (alg) => {
      const stored = await generateStoredKey(alg, encryption, 1);
      const { alg: named, kid, use, ...jwk } = stored.publicJwk;
      expect({ named, kid, use }).toEqual({ named: alg, kid: stored.kid, use: 'sig' });
      expect(createPublicKey(openPrivateKey(stored, encryption)).export({ format: 'jwk' })).toEqual(jwk);
    },
  );
});

describe('RFC 7517 the key ring', () => {
  it('50 instances that open at once make one key for each algorithm, and all sign with it', async () => {
    const store = new MemoryKeyStore();
    const rings = await Promise.all(Array.from({ length: 50 }, () => open(store)));
    expect(store.keys.map(({ algorithm }) => algorithm).sort()).toEqual(['ES256', 'EdDSA']);
    expect(new Set(rings.map((ring) => ring.signerFor('ES256').kid)).size).toBe(1);
  });

  it('a second start finds the same keys', async () => {
    const store = new MemoryKeyStore();
    const first = await open(store);
    expect((await open(store)).signerFor('ES256').kid).toBe(first.signerFor('ES256').kid);
  });

  it('refuses to open with another KEY_ENCRYPTION_KEY, in a sentence that helps', async () => {
    const store = new MemoryKeyStore();
    await open(store);
    const other = new KeyEncryption(randomBytes(32));
    await expect(open(store, { encryption: other })).rejects.toThrow(/KEY_ENCRYPTION_KEY_PREVIOUS/);
    expect(store.keys).toHaveLength(2);
  });

  it('throws for an algorithm that has no active key, and finds no key that it has not', async () => {
    const ring = await open();
    expect(() => ring.signerFor('RS256')).toThrow('RS256');
    expect(ring.find('other')).toBeUndefined();
  });

  it('shows announced, active and retired keys, signs with the active one, and drops the dropped', async () => {
    const store = new MemoryKeyStore();
    const ring = await open(store);
    const announced = await generateStoredKey('ES256', encryption, 2, 'announced');
    const retired = { ...(await generateStoredKey('ES256', encryption, 1)), state: 'retired' as const };
    const dropped = { ...(await generateStoredKey('ES256', encryption, 1)), state: 'dropped' as const };
    store.keys.push(announced, retired, dropped);
    const active = ring.signerFor('ES256').kid;
    await ring.reload();
    expect(ring.signerFor('ES256').kid).toBe(active);
    for (const kid of [active, announced.kid, retired.kid]) {
      expect(ring.find(kid)?.kid).toBe(kid);
      expect(ring.jwks().keys.map((jwk) => jwk.kid)).toContain(kid);
    }
    expect(ring.find(dropped.kid)).toBeUndefined();
    expect(JSON.stringify(ring.jwks())).not.toMatch(/"d":/);
  });

  it('signs at once', async () => {
    expect(typeof signJwt((await open()).signerFor('EdDSA'), 'at+jwt', {})).toBe('string');
  });

  it('reads the store once for 50 unknown kids at once, and at most once in the cooldown', async () => {
    const store = new MemoryKeyStore();
    const ring = await open(store);
    const before = store.loads;
    const announced = await generateStoredKey('ES256', encryption, 2, 'announced');
    store.keys.push(announced);
    const found = Array.from({ length: 50 }, async () => {
      await ring.refresh();
      return ring.find(announced.kid) !== undefined;
    });
    expect(await Promise.all(found)).toEqual(Array.from({ length: 50 }, () => true));
    await ring.refresh();
    expect(store.loads - before).toBe(1);
    clock.advance(1000);
    await ring.refresh();
    expect(store.loads - before).toBe(2);
  });

  it('keeps what it holds when the store is gone: refresh never rejects, reload does', async () => {
    const store = new MemoryKeyStore();
    const ring = await open(store);
    const kid = ring.signerFor('ES256').kid;
    store.load = () => Promise.reject(new Error('the database is down'));
    await expect(ring.refresh()).resolves.toBeUndefined();
    await expect(ring.reload()).rejects.toThrow('down');
    expect(ring.find(kid)?.kid).toBe(kid);
  });
});
