/**
 * Owns how many codes may be given without a question: whoever is logged in may ask for one after the other, and each is kept for a
 * while, in what the revocation feed lives in too. Does not own codes that a person was asked for: their pages are bounded.
 */
import { OAuthError } from './errors.js';
import type { Ephemeral } from './ports/ephemeral.js';
import { CODE_MEMORY_SECONDS } from './settings.js';

/** Of one login session, while a code is remembered: far beyond what applications ask for in the name of one person. */
const PER_SESSION = 300;

/**
 * Of all sessions, while a code is remembered: 80 MB of the long ones and 80 MB of the others at most, as of pages that wait. Who
 * asks for a short one does not suffer from the long ones.
 */
const LONG_CHARACTERS = 1200;
const EVERYWHERE = { long: 10_000, short: 60_000 };

/**
 * @param characters of what is remembered of the code
 * @throws OAuthError temporarily_unavailable (RFC 6749 §4.1.2.1: "unable to handle the request due to a temporary overloading"),
 * until some are forgotten; Unavailable
 */
export async function admitSilentCode(ephemeral: Ephemeral, sid: string, characters: number): Promise<void> {
  const { count } = await ephemeral.count(`silent-codes:${sid}`, CODE_MEMORY_SECONDS);
  const size = characters > LONG_CHARACTERS ? 'long' : 'short';
  if (count <= PER_SESSION) {
    const everywhere = await ephemeral.count(`silent-codes-${size}`, CODE_MEMORY_SECONDS);
    if (everywhere.count <= EVERYWHERE[size]) return;
  }
  throw new OAuthError('temporarily_unavailable', 'too many requests; try again in two minutes', {
    detail: `limited: silent codes, ${size}`,
  });
}
