import { createPublicKey, randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { signJwt } from '../jws/sign-jwt.js';
import { fakeClock } from '../testing/clock.js';
import { generateKey } from '../testing/generate-key.js';
import { MemoryKeyStore } from '../testing/memory-key-store.js';
import { openKey } from './generate.js';
import { KeyEncryption, KeyEncryptionError } from './key-encryption.js';
import { KeyRing } from './key-ring.js';
import { KeyRotation } from './key-rotation.js';
import type { KeyAct } from './key-store.js';
import type { Ring } from './ring.js';
import type { Signer } from './signer.js';

const HOUR = 3_600_000;
const SPANS = { announceMs: HOUR, useMs: 30 * 24 * HOUR, keepMs: 0 };
const RINGS: readonly Ring[] = [{ algorithm: 'ES256' }, { algorithm: 'EdDSA' }, { algorithm: 'refresh' }];
const NOTES = 'https://notes.example';
const ACT: KeyAct = { actor: 'operator', receipt: false };

const encryption = new KeyEncryption(randomBytes(32));
let clock = fakeClock();
let store: MemoryKeyStore;
let rotation: KeyRotation;
beforeEach(() => {
  clock = fakeClock();
  store = new MemoryKeyStore(() => clock.now());
  rotation = rotationWith(encryption);
});

const rotationWith = (of: KeyEncryption): KeyRotation =>
  new KeyRotation({ store, encryption: of, spans: SPANS, rings: RINGS });
const open = (of = encryption): Promise<KeyRing> =>
  KeyRing.open({ store, encryption: of, rotation: rotationWith(of), clock });
/** At once, or the test is over. */
const signer = (ring: KeyRing, algorithm: 'ES256' | 'EdDSA' = 'ES256'): Signer => {
  const found = ring.signerFor(algorithm);
  if (found instanceof Promise) throw new Error('not at once');
  return found;
};
/** Until the answer is called. */
const down = (): (() => void) => {
  const refuse = () => Promise.reject(new Error('the database is down'));
  Object.assign(store, { load: refuse, revision: refuse });
  return () => {
    for (const own of ['load', 'revision']) Reflect.deleteProperty(store, own);
  };
};
const ES256 = (state: string) => store.keys.find((key) => key.ring.algorithm === 'ES256' && key.state === state);

describe('K4 private keys at rest', () => {
  it('no stored key holds a private member or opens with another key, kid or algorithm', async () => {
    const key = await generateKey({ algorithm: 'ES256' }, encryption, 1);
    expect(key.publicJwk).not.toHaveProperty('d');
    const other = new KeyEncryption(randomBytes(32));
    expect(() => openKey(key, other)).toThrow(KeyEncryptionError);
    expect(() => openKey({ ...key, kid: 'x' }, encryption)).toThrow(KeyEncryptionError);
    expect(() => openKey({ ...key, ring: { algorithm: 'PS256' } }, encryption)).toThrow(KeyEncryptionError);
    expect(() => openKey({ ...key, ring: { ...key.ring, audience: NOTES } }, encryption)).toThrow(KeyEncryptionError);
  });

  it.each(['ES256', 'RS256', 'PS256', 'EdDSA'] as const)(
    '%s: the private half belongs to the public one',
    async (algorithm) => {
      const key = await generateKey({ algorithm }, encryption, 1);
      const { alg: named, kid, use, ...jwk } = key.publicJwk ?? {};
      expect({ named, kid, use }).toEqual({ named: algorithm, kid: key.kid, use: 'sig' });
      expect(createPublicKey(openKey(key, encryption)).export({ format: 'jwk' })).toEqual(jwk);
    },
  );

  it('refuses to open with another KEY_ENCRYPTION_KEY, in a sentence that helps, and changes nothing', async () => {
    await open();
    const before = store.keys;
    await expect(open(new KeyEncryption(randomBytes(32)))).rejects.toThrow(/KEY_ENCRYPTION_KEY_PREVIOUS/);
    expect(store.keys).toBe(before);
  });

  it('refuses to open when any secret was altered, one that does not sign yet too', async () => {
    await open();
    await rotation.rotate(ACT);
    const announced = ES256('announced');
    store.keys = store.keys.map((key) => (key === announced ? { ...key, sealedKey: store.keys[0]?.sealedKey } : key));
    await expect(open()).rejects.toThrow(KeyEncryptionError);
  });

  it('signs on while another instance seals anew what this one cannot open any more', async () => {
    const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
    const ring = await open(new KeyEncryption(oldKey));
    const { kid } = signer(ring);
    expect(await rotationWith(new KeyEncryption(newKey, [oldKey])).reseal()).toBe(3);
    await ring.reload();
    expect(signer(ring).kid).toBe(kid);
    const { id, key } = await ring.refreshKeys.current();
    // A refresh token of before is good after it: the key is the same.
    const both = await open(new KeyEncryption(newKey, [oldKey]));
    const alone = await open(new KeyEncryption(newKey));
    for (const other of [both, alone]) expect(await other.refreshKeys.find(id)).toEqual({ id, key });
  });

  it('is out of order, not wrong, for a new key that it cannot open', async () => {
    const oldKey = randomBytes(32);
    const old = new KeyEncryption(oldKey);
    const ring = await open(old);
    const both = new KeyEncryption(randomBytes(32), [oldKey]);
    for (const { kid, state } of store.keys) if (state === 'active') await rotationWith(both).kill(kid, ACT);
    await ring.reload();
    await expect(async () => ring.signerFor('ES256')).rejects.toThrow(KeyEncryptionError);
    expect(() => ring.refreshKeys.current()).toThrow(KeyEncryptionError);
    const id = Number(
      store.keys.find(({ ring: { algorithm }, state }) => algorithm === 'refresh' && state === 'active')?.kid.slice(8),
    );
    expect(() => ring.refreshKeys.find(id)).toThrow(KeyEncryptionError);
    expect(ring.jwks().keys).toHaveLength(2);
  });
});

describe('K3 the key ring keeps up with other instances', () => {
  it('50 instances that open at once make one key for each ring, and all sign with it', async () => {
    const rings = await Promise.all(Array.from({ length: 50 }, () => open()));
    expect(store.keys.map((key) => key.ring.algorithm).sort()).toEqual(['ES256', 'EdDSA', 'refresh']);
    expect(new Set(rings.map((ring) => signer(ring).kid)).size).toBe(1);
    const current = await Promise.all(rings.map(async (ring) => ring.refreshKeys.current()));
    expect(new Set(current.map(({ id }) => id)).size).toBe(1);
  });

  it('signs with the new key as soon as it has watched', async () => {
    const [one, other] = [await open(), await open()];
    await rotation.rotate(ACT);
    clock.advance(HOUR);
    await one.watch();
    expect(signer(one).kid).toBe(ES256('active')?.kid);
    await other.watch();
    expect(signer(other).kid).toBe(ES256('active')?.kid);
  });

  it('watches without reading anything but the revision, as long as nothing is due', async () => {
    const ring = await open();
    const before = store.loads;
    for (let second = 0; second < 50; second += 1) {
      clock.advance(1000);
      await ring.watch();
    }
    expect(store.loads).toBe(before);
    expect(signer(ring).kid).toBe(ES256('active')?.kid);
  });

  it('does not read for a revision that it has, and does for a newer one', async () => {
    const ring = await open();
    const before = store.loads;
    await ring.changed(ring.revision);
    expect(store.loads).toBe(before);
    await rotation.rotate(ACT);
    await ring.changed(ring.revision + 1);
    expect(ring.find(ES256('announced')?.kid ?? '')).toBeDefined();
    expect(ring.outdated).toBe(false);
  });

  it('signs nothing by what it has not confirmed for two seconds: it asks, and is out of order if nobody answers', async () => {
    const ring = await open();
    const { kid } = signer(ring);
    clock.advance(2001);
    expect((await ring.signerFor('ES256')).kid).toBe(kid);
    expect(signer(ring).kid).toBe(kid);
    clock.advance(2001);
    down();
    await expect(ring.signerFor('ES256')).rejects.toThrow('down');
    await expect(ring.refreshKeys.current()).rejects.toThrow('down');
    await expect(ring.refreshKeys.find(1)).rejects.toThrow('down');
  });

  it('K7 believes no MAC key by what is too old: another instance may have killed it', async () => {
    const ring = await open();
    const { id } = await ring.refreshKeys.current();
    await rotation.kill(`refresh-${id}`, ACT);
    clock.advance(2001);
    expect(await ring.refreshKeys.find(id)).toBeUndefined();
    expect((await ring.refreshKeys.current()).id).not.toBe(id);
  });

  it('keeps what it holds when the store is gone: refresh and changed never reject, reload and watch do', async () => {
    const ring = await open();
    const { kid } = signer(ring);
    const up = down();
    await expect(ring.refresh()).resolves.toBeUndefined();
    await expect(ring.changed()).resolves.toBeUndefined();
    expect(ring.outdated).toBe(true);
    await expect(ring.reload()).rejects.toThrow('down');
    await expect(ring.watch()).rejects.toThrow('down');
    expect(ring.find(kid)?.kid).toBe(kid);
    up();
    await ring.watch();
    expect(ring.outdated).toBe(false);
  });

  it('reads the store twice at most for 50 unknown kids at once', async () => {
    const ring = await open();
    await rotation.rotate(ACT);
    const before = store.loads;
    const announced = ES256('announced')?.kid ?? '';
    const found = Array.from({ length: 50 }, async () => {
      await ring.refresh();
      return ring.find(announced) !== undefined;
    });
    expect(await Promise.all(found)).toEqual(Array.from({ length: 50 }, () => true));
    expect(store.loads - before).toBeLessThanOrEqual(2);
  });

  it('asks for a MAC key that another instance has made a moment ago, whoever asked for another just before', async () => {
    const ring = await open();
    const { id } = await ring.refreshKeys.current();
    expect(ring.refreshKeys.find(id)).toEqual(await ring.refreshKeys.current());
    expect(await ring.refreshKeys.find((id + 1) % 65_536)).toBeUndefined();
    await rotation.kill(`refresh-${id}`, ACT);
    const next = Number(
      store.keys.find(({ kid, state }) => kid.startsWith('refresh-') && state === 'active')?.kid.slice(8),
    );
    expect(await ring.refreshKeys.find(next)).toMatchObject({ id: next });
    const before = store.loads;
    const unknown = Array.from({ length: 50 }, (_, index) => (next + 1 + index) % 65_536).filter(
      (other) => other !== id,
    );
    await Promise.all(unknown.map(async (other) => ring.refreshKeys.find(other)));
    expect(store.loads - before).toBeLessThanOrEqual(2);
    expect(await ring.refreshKeys.find(id)).toBeUndefined();
    down();
    await expect(ring.refreshKeys.find(id)).rejects.toThrow('down');
  });
});

describe('RFC 7517 what the ring shows and believes', () => {
  it('one JWK for each key and algorithm: use, alg, kid, and no private member; no secret and no MAC key at all', async () => {
    await rotation.addSecret(NOTES, ACT);
    const ring = await open();
    const { keys } = ring.jwks();
    expect(keys.map(({ alg }) => alg).sort()).toEqual(['ES256', 'EdDSA']);
    for (const jwk of keys) {
      expect(jwk.use).toBe('sig');
      expect(Object.keys(jwk).sort()).toEqual(
        ['alg', 'crv', 'kid', 'kty', 'use', 'x', ...(jwk.alg === 'ES256' ? ['y'] : [])].sort(),
      );
    }
    expect(ring.jwks()).toBe(ring.jwks());
  });

  it('shows and believes announced, active and retired keys; a dropped one only for a hint, a killed one never', async () => {
    const ring = await open();
    const first = signer(ring).kid;
    await rotation.rotate(ACT);
    await ring.reload();
    const second = ES256('announced')?.kid ?? '';
    const shown = () => ring.jwks().keys.map(({ kid }) => kid);
    expect(shown()).toEqual(expect.arrayContaining([first, second]));
    expect(ring.find(second)?.kid).toBe(second);
    expect(signer(ring).kid).toBe(first);

    clock.advance(HOUR);
    await ring.watch();
    expect(signer(ring).kid).toBe(second);
    expect(ring.find(first)?.kid).toBe(first);

    clock.advance(HOUR);
    await ring.watch();
    expect([ring.find(first), shown().includes(first)]).toEqual([undefined, false]);
    expect(ring.findForHint(first)?.kid).toBe(first);
    await rotation.kill(first, ACT);
    await ring.reload();
    expect(ring.findForHint(first)).toBeUndefined();
  });

  it('K7 believes a killed key no more, and signs with its successor', async () => {
    const ring = await open();
    const { kid } = signer(ring);
    await rotation.kill(kid, ACT);
    await ring.changed();
    expect([ring.find(kid), ring.findForHint(kid)]).toEqual([undefined, undefined]);
    expect(signer(ring).kid).not.toBe(kid);
  });

  it('K2 makes the ring of an algorithm that somebody needs, once, and signs at once ever after', async () => {
    const few = new KeyRotation({ store, encryption, spans: SPANS, rings: [{ algorithm: 'ES256' }] });
    const ring = await KeyRing.open({ store, encryption, rotation: few, clock });
    const signers = await Promise.all(Array.from({ length: 50 }, async () => ring.signerFor('EdDSA')));
    expect(new Set(signers.map(({ kid }) => kid)).size).toBe(1);
    expect(signer(ring, 'EdDSA').kid).toBe(signers[0]?.kid);
  });

  it('K2 signs for an API with its own secret, which verifies for that API alone', async () => {
    const made = await rotation.addSecret(NOTES, ACT);
    if (made === 'full') throw new Error('full');
    const ring = await open();
    expect((await ring.signerFor('HS256', NOTES)).kid).toBe(made.key.kid);
    expect(ring.find(made.key.kid)).toMatchObject({ algorithm: 'HS256', soleAudience: NOTES });
    await expect(ring.signerFor('HS256', 'https://mail.example')).rejects.toThrow('HS256');
    await expect(ring.signerFor('HS256')).rejects.toThrow('HS256');
    expect(ring.findForHint(made.key.kid)).toBeUndefined();
  });

  it('signs at once', async () => {
    expect(typeof signJwt(signer(await open(), 'EdDSA'), 'at+jwt', {})).toBe('string');
  });
});
