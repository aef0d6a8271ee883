/**
 * Owns which password hashes are taken over from earlier systems, what verifying one may cost at most, and which of them are
 * written anew. Does not own the making of ours (passwords) nor who may try.
 *
 * bcrypt compares the first 72 bytes of a password and no more; so it was in the system that made the hash, and so it stays
 * until the password is set anew.
 */
import { parseOptions as parseArgon2, verify as verifyArgon2 } from '@node-rs/argon2';
import { parseOptions as parseBcrypt, verify as verifyBcrypt } from '@node-rs/bcrypt';

/** PHC string format; RFC 9106 names the three. Without `v=` it is version 0x10, as the reference implementation has it. */
const ARGON2 = /^\$argon2(?:id|i|d)\$(v=(?:16|19)\$)?m=([1-9]\d{0,9}),t=([1-9]\d{0,9}),p=([1-9]\d{0,7})\$/;
const BCRYPT = /^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/;

/** In KiB: 256 MiB for each that is verified at the same time. */
const MOST_MEMORY = 262_144;
/** KiB times passes, which is the work: about a second. */
const MOST_WORK = 1_048_576;
const MOST_LANES = 16;
/** 2^15 rounds: about two seconds. */
const MOST_COST = 15;
/** In characters. The longest that anybody makes have half of this. */
const LONGEST = 256;

/** Further bytes of a password mean nothing to bcrypt. */
export const BCRYPT_BYTES = 72;

type Kind = 'argon2' | 'bcrypt';

/**
 * Can this be verified here, within bounds: argon2id, argon2i or argon2d (m ≤ 256 MiB, m·t ≤ 1 GiB, p ≤ 16), or bcrypt `$2a$`,
 * `$2b$`, `$2y$` (cost ≤ 15)? Not checked: whether it is strong, since the next log-in replaces it.
 */
export const isAcceptedHash = (phc: string): boolean => kindOf(phc) !== undefined;

export const isBcrypt = (phc: string): boolean => BCRYPT.test(phc);

/**
 * @param password as it is to be compared: nothing is normalized here
 * @returns false also for a hash that is not accepted, at no cost
 */
export async function verifyPassword(phc: string, password: string): Promise<boolean> {
  switch (kindOf(phc)) {
    case 'argon2':
      return verifyArgon2(withVersion(phc), password);
    case 'bcrypt':
      return verifyBcrypt(password, phc);
    case undefined:
      return false;
  }
}

function kindOf(phc: string): Kind | undefined {
  if (phc.length > LONGEST) return undefined;
  if (BCRYPT.test(phc)) return isReadable(() => parseBcrypt(phc).cost <= MOST_COST) ? 'bcrypt' : undefined;
  const [match, , memory, passes, lanes] = ARGON2.exec(phc) ?? [];
  if (match === undefined) return undefined;
  const [m, t, p] = [Number(memory), Number(passes), Number(lanes)];
  const isBounded = m <= MOST_MEMORY && m * t <= MOST_WORK && p <= MOST_LANES;
  return isBounded && isReadable(() => parseArgon2(withVersion(phc)).outputLen >= 16) ? 'argon2' : undefined;
}

/** The library, which takes a missing version for the newest, is told the one that is meant. */
const withVersion = (phc: string): string => (phc.includes('$v=') ? phc : phc.replace(/\$m=/, '$v=16$m='));

/** The parser that verification uses says whether it can be verified; it throws for what it cannot read. */
function isReadable(read: () => boolean): boolean {
  try {
    return read();
  } catch {
    return false;
  }
}
