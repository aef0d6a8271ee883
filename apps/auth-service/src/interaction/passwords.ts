/**
 * Owns passwords: argon2id hashes as PHC strings, made and verified, with equal work for people who do not exist.
 * Does not own who may try (login-throttle) nor how many at once (work-slots).
 *
 * A password is compared after NFC, as RFC 8265 §4.2.2 (OpaqueString) has it: one typed on another keyboard is the same
 * password, and NFKC, which would make different passwords equal, is not applied.
 */
import { randomBytes } from 'node:crypto';
import { hash, type Options, verify } from '@node-rs/argon2';

/** OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane; argon2id is the library's default, and held by a spec. */
const PARAMETERS: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** Longer passwords fail (with the same work): a megabyte of text is no password but a load. */
export const PASSWORD_MAX_BYTES = 1024;

const prepared = (password: string): string => password.normalize('NFC');
const tooLong = (password: string): boolean => Buffer.byteLength(password, 'utf8') > PASSWORD_MAX_BYTES;

/**
 * @returns a PHC string, `$argon2id$v=19$m=19456,t=2,p=1$…`
 * @throws RangeError when the password is empty or has more than 1024 bytes. Its strength is not checked.
 */
export async function hashPassword(password: string): Promise<string> {
  const text = prepared(password);
  if (text === '' || tooLong(text)) throw new RangeError('a password has 1 to 1024 bytes');
  return hash(text, PARAMETERS);
}

/** One argon2id verification of a password against a PHC string: the work that a log-in costs. */
export type PasswordVerification = (passwordHash: string, password: string) => Promise<boolean>;

export class Passwords {
  private constructor(
    private readonly nobodysHash: string,
    private readonly verification: PasswordVerification,
  ) {}

  /**
   * Hashes a random password once, so that there is something to verify for people who do not exist.
   * @param verification argon2's own, unless somebody wants to see how often it is done
   */
  static async create(verification: PasswordVerification = verify): Promise<Passwords> {
    return new Passwords(await hashPassword(randomBytes(24).toString('base64url')), verification);
  }

  /** One argon2id verification, whatever the answer; without a hash, or with too long a password, the answer is no. */
  async verify(passwordHash: string | undefined, password: string): Promise<boolean> {
    const text = prepared(password);
    if (passwordHash === undefined || tooLong(text)) {
      await this.verification(this.nobodysHash, text.slice(0, PASSWORD_MAX_BYTES));
      return false;
    }
    return this.verification(passwordHash, text);
  }
}
