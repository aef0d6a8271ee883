import { parseOptions, verify } from '@node-rs/argon2';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { hashPassword, PASSWORD_MAX_BYTES, Passwords } from './passwords.js';

describe('RFC 9106, passwords as argon2id', () => {
  let passwords: Passwords;
  beforeAll(async () => {
    passwords = await Passwords.create();
  });

  it('refuses to hash nothing, and more than 1024 bytes', async () => {
    await expect(hashPassword('')).rejects.toThrow(RangeError);
    await expect(hashPassword('é'.repeat(PASSWORD_MAX_BYTES / 2) + 'a')).rejects.toThrow(RangeError);
  });

  it('says no for a wrong password, for nobody, and for one that is too long', async () => {
    const hash = await hashPassword('right');
    expect(await passwords.verify(hash, 'wrong')).toBe(false);
    expect(await passwords.verify(hash, 'Right')).toBe(false);
    expect(await passwords.verify(undefined, 'right')).toBe(false);
    expect(await passwords.verify(hash, 'right'.repeat(10_000))).toBe(false);
    expect(await passwords.verify(hash, '')).toBe(false);
  });

  it.each([
    ['a wrong password', 'right', 'wrong'],
    ['the right password', 'right', 'right'],
    ['too long a password', 'right', 'right'.repeat(10_000)],
    ['no password', 'right', ''],
    ['nobody', undefined, 'right'],
    ['nobody with too long a password', undefined, 'right'.repeat(10_000)],
  ])('does exactly one verification, against a hash of one weight, for %s', async (_what, known, password) => {
    const hashes: string[] = [];
    const counted = await Passwords.create((passwordHash, text) => {
      hashes.push(passwordHash);
      return verify(passwordHash, text);
    });
    await counted.verify(known === undefined ? undefined : await hashPassword(known), password);
    expect(hashes).toEqual([expect.stringMatching(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)]);
  });

  it('hashes with 19 MiB, two passes, one lane, a salt of its own', async () => {
    const [one, two] = await Promise.all([hashPassword('same'), hashPassword('same')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(parseOptions(one)).toMatchObject({ saltLen: 16, outputLen: 32 });
    expect(one).not.toBe(two);
  });

  it('RFC 8265 §4.2.2: takes one password in two Unicode spellings for the same, and look-alikes for different ones', async () => {
    const hash = await hashPassword('caf\u00e9 \ufb01');
    expect(await passwords.verify(hash, 'cafe\u0301 \ufb01')).toBe(true);
    expect(await passwords.verify(hash, 'caf\u00e9 fi')).toBe(false);
  });
});
