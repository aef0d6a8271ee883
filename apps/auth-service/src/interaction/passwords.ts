/**
 * Owns passwords: argon2id hashes as PHC strings, made and verified, with equal work for people who do not exist.
 * Does not own who may try (limits) nor how many at once (work-slots), nor which other hashes are verified (password-hashes).
 *
 * A password is compared after NFC, as RFC 8265 §4.2.2 (OpaqueString) has it: one typed on another keyboard is the same
 * password, and NFKC, which would make different passwords equal, is not applied.
 */
import { randomBytes } from 'node:crypto';
import { hash, type Options } from '@node-rs/argon2';
import { BCRYPT_BYTES, isAcceptedHash, isBcrypt, verifyPassword } from './password-hashes.js';

/** OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane; argon2id is the library's default, and held by a spec. */
const PARAMETERS: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** Longer passwords fail (with the same work): a megabyte of text is no password but a load. */
export const PASSWORD_MAX_BYTES = 1024;

const prepared = (password: string): string => password.normalize('NFC');
const tooLong = (password: string): boolean => Buffer.byteLength(password, 'utf8') > PASSWORD_MAX_BYTES;

/** Whether it can be somebody's: 1 to 1024 bytes. Nothing else is asked of it. */
export const isPassword = (password: string): boolean => password !== '' && !tooLong(prepared(password));

/**
 * @returns a PHC string, `$argon2id$v=19$m=19456,t=2,p=1$…`
 * @throws RangeError when the password is empty or has more than 1024 bytes. Its strength is not checked.
 */
export async function hashPassword(password: string): Promise<string> {
  if (!isPassword(password)) throw new RangeError('a password has 1 to 1024 bytes');
  return hash(prepared(password), PARAMETERS);
}

/** Whatever hashPassword writes begins so, and nothing else that is worth as much. */
const OURS = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/;

/**
 * Should this hash, which has just been verified with this password, be replaced by one of ours? Not where bcrypt has compared
 * the beginning alone: the rest may be a slip of the hand, and would be the password from now on.
 */
export const isOutdated = (passwordHash: string, password: string): boolean =>
  !OURS.test(passwordHash) && !(isBcrypt(passwordHash) && Buffer.byteLength(prepared(password), 'utf8') > BCRYPT_BYTES);

/** One verification of a password against a hash: the work that a log-in costs. */
export type PasswordVerification = (passwordHash: string, password: string) => Promise<boolean>;

export class Passwords {
  private constructor(
    private readonly nobodysHash: string,
    private readonly verification: PasswordVerification,
  ) {}

  /**
   * Hashes a random password once, so that there is something to verify for people who do not exist.
   * @param verification the one that knows earlier systems' hashes too, unless somebody wants to see how often it is done
   */
  static async create(verification: PasswordVerification = verifyPassword): Promise<Passwords> {
    return new Passwords(await hashPassword(randomBytes(24).toString('base64url')), verification);
  }

  /**
   * One verification, whatever the answer; without a hash, or with too long a password, the answer is no.
   * @param decoy what is verified in place of a hash that is not there: that of somebody else, so that where hashes are of
   * several weights nobody is told by the time apart from people who exist. Its answer is never heard
   */
  async verify(passwordHash: string | undefined, password: string, decoy = this.nobodysHash): Promise<boolean> {
    const text = prepared(password);
    const known = passwordHash !== undefined && isAcceptedHash(passwordHash) ? passwordHash : undefined;
    if (known === undefined || tooLong(text)) {
      const weight = known ?? (isAcceptedHash(decoy) ? decoy : this.nobodysHash);
      await this.verification(weight, text.slice(0, PASSWORD_MAX_BYTES));
      return false;
    }
    return this.verification(known, text);
  }
}
