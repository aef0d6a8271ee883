import { randomBytes, randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Unavailable } from '../errors.js';
import type { MacKeys } from '../ports/mac-keys.js';
import { looksLikeRefreshToken, readRefreshToken, writeRefreshToken } from './refresh-token-form.js';

const keysOf = (...keys: { id: number; key: Buffer }[]): MacKeys => ({
  current: () => keys[0] ?? { id: 0, key: randomBytes(32) },
  find: (id) => keys.find((key) => key.id === id),
});
const key = { id: 7, key: randomBytes(32) };
const keys = keysOf(key);

describe('RFC 6749 §10.4 refresh tokens cannot be made or changed by others', () => {
  let token: string;
  beforeAll(async () => {
    token = await writeRefreshToken({ grantId: randomUUID(), generation: 3 }, keys);
  });

  it('refuses every single changed character', async () => {
    for (let at = 0; at < token.length; at++) {
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      expect(await readRefreshToken(changed, keys)).toBeUndefined();
    }
  });

  it.each<[string, (token: string) => string]>([
    ['nothing', () => ''],
    ['a longer one', (right) => `${right}A`],
    ['a shorter one', (right) => right.slice(1)],
    ['a padded one', (right) => `${right.slice(0, -1)}=`],
    ['the other alphabet', (right) => `${right.slice(0, 40)}+${right.slice(41)}`],
  ])('refuses %s', async (_what, change) => {
    expect(await readRefreshToken(change(token), keys)).toBeUndefined();
  });

  it('refuses every other spelling of the same bytes', async () => {
    const bytes = Buffer.from(token, 'base64url');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const others = Array.from(alphabet, (last) => token.slice(0, -1) + last).filter((other) => other !== token);
    expect(others.filter((other) => Buffer.from(other, 'base64url').equals(bytes))).toHaveLength(15);
    for (const other of others) expect(await readRefreshToken(other, keys)).toBeUndefined();
  });

  it('refuses one whose key is unknown or another', async () => {
    expect(await readRefreshToken(token, keysOf({ id: 8, key: key.key }))).toBeUndefined();
    expect(await readRefreshToken(token, keysOf({ id: 7, key: randomBytes(32) }))).toBeUndefined();
  });

  it('reads what it wrote, also after the current key has changed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uuid(), fc.integer({ min: 0, max: 0xffffffff }), async (grantId, generation) => {
        const written = await writeRefreshToken({ grantId, generation }, keys);
        expect(looksLikeRefreshToken(written)).toBe(true);
        expect(await readRefreshToken(written, keysOf({ id: 9, key: randomBytes(32) }, key))).toEqual({
          grantId,
          generation,
          macKeyId: key.id,
        });
      }),
    );
  });

  it('is the same for the same content, so that a retry gets the same successor', async () => {
    const content = { grantId: randomUUID(), generation: 1 };
    expect(await writeRefreshToken(content, keys)).toBe(await writeRefreshToken(content, keys));
  });
});

describe('keys K4 the MAC keys of refresh tokens live by the rules of the others', () => {
  const content = { grantId: randomUUID(), generation: 1 };
  const broken = new Error('it was sealed with another key');

  it.each<[string, () => never | Promise<never>]>([
    [
      'throws',
      () => {
        throw broken;
      },
    ],
    ['rejects', () => Promise.reject(broken)],
  ])('is an outage, and no wrong token, when its key %s', async (_how, fail) => {
    const token = await writeRefreshToken(content, keys);
    for (const work of [
      readRefreshToken(token, { ...keys, find: fail }),
      writeRefreshToken(content, { ...keys, current: fail }),
    ]) {
      const error = await work.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Unavailable);
      expect(error).toMatchObject({ cause: broken, what: 'the key of refresh tokens' });
    }
  });

  it('asks for no key for what has not the form of a token', async () => {
    const fail = () => Promise.reject(broken);
    expect(await readRefreshToken('x'.repeat(74), { ...keys, find: fail })).toBeUndefined();
  });

  it('takes a key that comes later for one that was at hand', async () => {
    const later: MacKeys = {
      current: () => Promise.resolve(key),
      find: (id) => Promise.resolve(id === key.id ? key : undefined),
    };
    const token = await writeRefreshToken(content, later);
    expect(token).toBe(await writeRefreshToken(content, keys));
    expect(await readRefreshToken(token, later)).toMatchObject(content);
  });
});
