/** Owns whether a key of this issuer has signed a token, and which. Does not own what the token says. */
import { type CompactJws, type VerificationKey, verifyInput } from '@latchkey/tokens';
import type { StoredKey } from '@latchkey/tokens/issuing';
import { failed, judged, notJudged, passed, type Rule } from './rule.js';

export interface KeyRules {
  readonly rules: readonly Rule[];
  /** The signature is genuine: what the token says was said by this issuer, or by the API that shares the secret. */
  readonly isSigned: boolean;
}

/** @param key that verifies under its kid; @param stored whatever is stored under it */
export function keyRules(
  { header, signingInput, signature }: CompactJws,
  key: VerificationKey | undefined,
  stored: StoredKey | undefined,
): KeyRules {
  if (key === undefined || (stored !== undefined && stored.killedBy !== null)) {
    const why = 'no key to judge it by';
    return {
      rules: [failed('kid', unknownBecause(header.kid, stored)), notJudged('alg', why), notJudged('signature', why)],
      isSigned: false,
    };
  }
  // RFC 8725 §3.1: "each key MUST be used with exactly one algorithm, and this MUST be checked".
  const isItsOwn = header.alg === key.algorithm;
  const isSigned = isItsOwn && verifyInput(key.algorithm, key.key, signingInput, signature);
  return {
    isSigned,
    rules: [
      passed('kid', `${whoseKey(key)}, ${stored?.state ?? 'known'}`),
      judged('alg', isItsOwn, key.algorithm, `it says ${header.alg}, and the key is one of ${key.algorithm}`),
      isItsOwn
        ? judged('signature', isSigned, 'it verifies', 'it does not verify: nothing that the token says is believed')
        : notJudged('signature', 'the key is of another algorithm'),
    ],
  };
}

const whoseKey = ({ soleAudience }: VerificationKey): string =>
  soleAudience === undefined ? 'a key of this issuer' : `a secret that ${soleAudience} shares`;

function unknownBecause(kid: string | undefined, stored: StoredKey | undefined): string {
  if (kid === undefined) return 'it names no key';
  if (stored === undefined) return 'no key of this issuer has this kid';
  if (stored.killedBy !== null) return 'the key was killed: whatever it signed is refused for ever';
  return stored.state === 'dropped'
    ? 'the key is dropped: whatever it signed has ended'
    : 'it is no key by which a token is verified';
}
