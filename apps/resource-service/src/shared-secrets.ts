/**
 * Owns how the secrets that this API shares with the issuer are written in one setting. Does not own what a secret must be
 * (tokens), nor what is checked by it. No sentence here repeats the text: it is a secret.
 */
import type { Parse } from '@latchkey/process';
import { secretKeysOf, type SharedSecret } from '@latchkey/tokens';

const MUST_BE =
  'must be pairs kid:secret, at most 4, separated by commas or whitespace, each with a kid of its own and a secret of at least ' +
  '32 bytes as base64url without padding';

/** The secret stands behind the last colon: base64url has none. */
const pairOf = (text: string): SharedSecret => {
  const colon = text.lastIndexOf(':');
  return { kid: text.slice(0, Math.max(0, colon)), secret: text.slice(colon + 1) };
};

export const sharedSecretList: Parse<readonly SharedSecret[]> = (text) => {
  const secrets = text
    .split(/[\s,]+/)
    .filter((pair) => pair !== '')
    .map(pairOf);
  try {
    return secretKeysOf(secrets, '').size > 0 ? { value: secrets } : { mustBe: MUST_BE };
  } catch {
    return { mustBe: MUST_BE };
  }
};
