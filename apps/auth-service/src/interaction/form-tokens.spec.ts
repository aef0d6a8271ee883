import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { type FormBinding, FormTokens } from './form-tokens.js';

const binding: FormBinding = { browser: 'b', interactionId: 'i', purpose: 'consent', shown: 's' };

describe('RFC 9700 §4.7, the token of a form', () => {
  const tokens = new FormTokens(randomBytes(32));

  it.each([
    ['another browser', { ...binding, browser: 'c' }],
    ['another interaction', { ...binding, interactionId: 'j' }],
    ['another purpose', { ...binding, purpose: 'login' as const }],
    ['something else that was shown', { ...binding, shown: 't' }],
    ['fields that merely read alike when joined', { ...binding, browser: 'bi', interactionId: '' }],
  ])('does not hold for %s', (_, other) => {
    expect(tokens.verify(other, tokens.issue(binding))).toBe(false);
  });

  it('does not hold under another key, when empty, cut or no base64url', () => {
    const token = tokens.issue(binding);
    expect(new FormTokens(randomBytes(32)).verify(binding, token)).toBe(false);
    expect(['', token.slice(1), '%%%', `${token}AAAA`].map((text) => tokens.verify(binding, text))).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  it('holds for what it was issued for', () => {
    expect(tokens.verify({ ...binding }, tokens.issue(binding))).toBe(true);
  });

  it('K4 holds while KEY_ENCRYPTION_KEY is replaced, and is issued by the key of now', () => {
    const [before, now] = [randomBytes(32), randomBytes(32)];
    const both = new FormTokens(now, [before]);
    expect(both.verify(binding, new FormTokens(before).issue(binding))).toBe(true);
    expect(new FormTokens(now).verify(binding, both.issue(binding))).toBe(true);
    expect(new FormTokens(now).verify(binding, new FormTokens(before).issue(binding))).toBe(false);
  });

  it('refuses a key that is not 32 bytes', () => {
    expect(() => new FormTokens(randomBytes(16))).toThrow(RangeError);
    expect(() => new FormTokens(randomBytes(32), [randomBytes(16)])).toThrow(RangeError);
  });
});
