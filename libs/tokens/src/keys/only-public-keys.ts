/**
 * Owns a view of keys in which no shared secret is. Does not own the keys.
 */
import type { VerificationKeys } from './verification-keys.js';

/**
 * RFC 8725 §2.2: whoever shares a secret can write any token under it. For a door that belongs to no API which shares one,
 * such a key does not exist, whatever `aud` a token under it names.
 */
export const onlyPublicKeys = (keys: VerificationKeys): VerificationKeys => ({
  get loaded() {
    return keys.loaded;
  },
  get outdated() {
    return keys.outdated;
  },
  find: (kid) => {
    const key = keys.find(kid);
    return key?.key.type === 'public' ? key : undefined;
  },
  refresh: () => keys.refresh(),
  changed: (revision) => keys.changed(revision),
});
