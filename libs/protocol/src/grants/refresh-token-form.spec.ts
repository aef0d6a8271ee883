import { randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { MacKeys } from '../ports/mac-keys.js';
import { looksLikeRefreshToken, readRefreshToken, writeRefreshToken } from './refresh-token-form.js';

const keysOf = (...keys: { id: number; key: Buffer }[]): MacKeys => ({
  current: () => keys[0] ?? { id: 0, key: randomBytes(32) },
  find: (id) => keys.find((key) => key.id === id),
});
const key = { id: 7, key: randomBytes(32) };
const keys = keysOf(key);

describe('RFC 6749 §10.4 refresh tokens cannot be made or changed by others', () => {
  const token = writeRefreshToken({ grantId: randomUUID(), generation: 3 }, keys);

  it('refuses every single changed character', () => {
    for (let at = 0; at < token.length; at++) {
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      expect(readRefreshToken(changed, keys)).toBeUndefined();
    }
  });

  it.each([
    ['', 'nothing'],
    [`${token}A`, 'a longer one'],
    [token.slice(1), 'a shorter one'],
    [`${token.slice(0, -1)}=`, 'a padded one'],
    [token.replaceAll('-', '+'), token.includes('-') ? 'the other alphabet' : 'the same'],
  ])('refuses %s', (changed) => {
    if (changed !== token) expect(readRefreshToken(changed, keys)).toBeUndefined();
  });

  it('refuses one whose key is unknown or another', () => {
    expect(readRefreshToken(token, keysOf({ id: 8, key: key.key }))).toBeUndefined();
    expect(readRefreshToken(token, keysOf({ id: 7, key: randomBytes(32) }))).toBeUndefined();
  });

  it('reads what it wrote, also after the current key has changed', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.integer({ min: 0, max: 0xffffffff }), (grantId, generation) => {
        const written = writeRefreshToken({ grantId, generation }, keys);
        expect(looksLikeRefreshToken(written)).toBe(true);
        expect(readRefreshToken(written, keysOf({ id: 9, key: randomBytes(32) }, key))).toEqual({
          grantId,
          generation,
        });
      }),
    );
  });

  it('is the same for the same content, so that a retry gets the same successor', () => {
    const content = { grantId: randomUUID(), generation: 1 };
    expect(writeRefreshToken(content, keys)).toBe(writeRefreshToken(content, keys));
  });
});
