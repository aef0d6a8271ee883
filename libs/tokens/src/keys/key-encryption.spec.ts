import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KeyEncryption, KeyEncryptionError } from './key-encryption.js';

const key = randomBytes(32);
const encryption = new KeyEncryption(key);

describe('DESIGN §6 sealing under KEY_ENCRYPTION_KEY', () => {
  it.each([0, 16, 31, 33, 64])('refuses a key of %i bytes', (length) => {
    expect(() => new KeyEncryption(randomBytes(length))).toThrow(KeyEncryptionError);
    expect(() => new KeyEncryption(key, [randomBytes(length)])).toThrow(/PREVIOUS/);
  });

  it('opens with the same additional data alone', () => {
    const sealed = encryption.seal(Buffer.from('secret'), 'row 1');
    expect(() => encryption.open(sealed, 'row 2')).toThrow(KeyEncryptionError);
    expect(encryption.open(sealed, 'row 1').toString()).toBe('secret');
  });

  it('refuses whatever was altered, cut or lengthened, and tells no secret', () => {
    const sealed = encryption.seal(Buffer.from('hunter2'), '');
    const parts = sealed.split('.');
    const lengthened = parts.map((_, index) => parts.map((part, at) => (at === index ? `${part}B` : part)).join('.'));
    const altered = parts.map((_, index) =>
      parts.map((part, at) => (at === index ? `${part.startsWith('A') ? 'B' : 'A'}${part.slice(1)}` : part)).join('.'),
    );
    const shortTag = [...parts.slice(0, 4), (parts[4] ?? '').slice(0, 6)].join('.');
    for (const bad of [...altered, ...lengthened, shortTag, parts.slice(0, 4).join('.'), `${sealed}.x`, '', 'v1....']) {
      expect(() => encryption.open(bad, '')).toThrow(KeyEncryptionError);
      expect(() => encryption.open(bad, '')).not.toThrow(/hunter2/);
    }
  });

  it('says which key is missing, and how to help', () => {
    const sealed = new KeyEncryption(randomBytes(32)).seal(Buffer.from('x'), '');
    expect(() => encryption.open(sealed, '')).toThrow(/another KEY_ENCRYPTION_KEY.*KEY_ENCRYPTION_KEY_PREVIOUS/);
  });

  it('opens what a previous key sealed, and seals with the current one', () => {
    const rotated = new KeyEncryption(randomBytes(32), [key]);
    expect(rotated.open(encryption.seal(Buffer.from('x'), 'a'), 'a').toString()).toBe('x');
    expect(() => encryption.open(rotated.seal(Buffer.from('x'), 'a'), 'a')).toThrow(KeyEncryptionError);
  });

  it('never seals the same twice alike, and opens every plaintext', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), (octets, additional) => {
        const sealed = encryption.seal(Buffer.from(octets), additional);
        expect(sealed).toMatch(/^v1\.[\w-]{11}\.[\w-]{16}\.[\w-]*\.[\w-]{22}$/);
        expect(sealed).not.toBe(encryption.seal(Buffer.from(octets), additional));
        expect(encryption.open(sealed, additional)).toEqual(Buffer.from(octets));
      }),
    );
  });

  it('derives one secret for each purpose, the same in every instance', () => {
    expect(encryption.derive('cookies', 32)).toEqual(new KeyEncryption(key).derive('cookies', 32));
    expect(encryption.derive('cookies', 32)).not.toEqual(encryption.derive('csrf', 32));
    expect(encryption.derive('cookies', 16)).toHaveLength(16);
    expect(encryption.derive('cookies', 32)).not.toEqual(key);
  });
});
