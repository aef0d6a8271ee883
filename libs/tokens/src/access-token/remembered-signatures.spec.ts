import { describe, expect, it } from '@jest/globals';
import { testKeys } from '../testing/test-keys.js';
import { RememberedSignatures } from './remembered-signatures.js';

describe('revocation.md V15 the memory is bounded', () => {
  const { publicKey } = testKeys();

  it('never holds more than its capacity; the one unused for longest leaves', () => {
    const remembered = new RememberedSignatures(2);
    remembered.add('a', publicKey);
    remembered.add('b', publicKey);
    expect(remembered.has('a', publicKey)).toBe(true);
    remembered.add('c', publicKey);
    expect(remembered.size).toBe(2);
    expect(remembered.has('b', publicKey)).toBe(false);
    expect(remembered.has('a', publicKey)).toBe(true);
  });

  it('holds nothing with capacity 0', () => {
    const remembered = new RememberedSignatures(0);
    remembered.add('a', publicKey);
    expect(remembered.has('a', publicKey)).toBe(false);
  });

  it('names kid and token apart', () => {
    expect(RememberedSignatures.nameOf('bc', 'a')).not.toBe(RememberedSignatures.nameOf('c', 'ab'));
  });
});
