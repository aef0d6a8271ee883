/**
 * Owns what KEY_ENCRYPTION_KEY is for: sealing secrets at rest (AES-256-GCM) and deriving other secrets (HKDF, RFC 5869).
 * Does not own where the sealed strings are kept, nor the reading of the environment.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = 'v1';
const SALT = 'latchkey:v1';

/** What cannot be opened, and what to do about it. The message holds no secret. */
export class KeyEncryptionError extends Error {
  override readonly name = 'KeyEncryptionError';
}

const idOf = (key: Buffer): string =>
  createHash('sha256')
    .update('latchkey:key-encryption-key:id:')
    .update(key)
    .digest()
    .subarray(0, 8)
    .toString('base64url');

/** One text for each octet sequence; anything else was altered. @throws Error */
const decode = (text: string): Buffer => {
  const octets = Buffer.from(text, 'base64url');
  if (octets.toString('base64url') !== text) throw new Error('not canonical base64url');
  return octets;
};

const derived = (key: Buffer, purpose: string, bytes: number): Buffer =>
  Buffer.from(hkdfSync('sha256', key, SALT, purpose, bytes));

const checked = (key: Buffer, name: string): Buffer => {
  if (key.length !== KEY_BYTES) {
    throw new KeyEncryptionError(`${name} must be ${KEY_BYTES} bytes, base64url; this one has ${key.length} bytes.`);
  }
  return key;
};

export class KeyEncryption {
  readonly #current: { readonly id: string; readonly key: Buffer };
  readonly #keys = new Map<string, Buffer>();

  /**
   * @param current 32 bytes: seals, opens and derives. @param previous 32 bytes each: only open what they once sealed.
   * @throws KeyEncryptionError when a key has another length.
   */
  constructor(current: Buffer, previous: readonly Buffer[] = []) {
    for (const key of previous) this.#keys.set(idOf(key), checked(key, 'KEY_ENCRYPTION_KEY_PREVIOUS'));
    this.#current = { id: idOf(current), key: checked(current, 'KEY_ENCRYPTION_KEY') };
    this.#keys.set(this.#current.id, current);
  }

  /** Names the current key without telling it; stands in every sealed string. */
  get id(): string {
    return this.#current.id;
  }

  /** `v1.<id of the key>.<iv>.<ciphertext>.<tag>`; opens only with the same additional data. */
  seal(plaintext: Buffer, additionalData: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, this.#current.key, iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(additionalData, 'utf8'));
    const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    const parts = [iv, ciphertext, cipher.getAuthTag()].map((part) => part.toString('base64url'));
    return [VERSION, this.#current.id, ...parts].join('.');
  }

  /** @throws KeyEncryptionError when no key here sealed it, or when it or its additional data was altered. */
  open(sealed: string, additionalData: string): Buffer {
    const [version, id, iv, ciphertext, tag, ...rest] = sealed.split('.');
    if (version !== VERSION || id === undefined || iv === undefined || ciphertext === undefined || tag === undefined) {
      throw new KeyEncryptionError('The sealed value is not in the form v1.<key>.<iv>.<ciphertext>.<tag>.');
    }
    if (rest.length > 0) throw new KeyEncryptionError('The sealed value has more parts than a sealed value has.');
    const key = this.#keys.get(id);
    if (key === undefined) {
      throw new KeyEncryptionError(
        `A stored secret was sealed with another KEY_ENCRYPTION_KEY (${id}; the current one is ${this.#current.id}). ` +
          'Start with the key that was in use before, or give it as KEY_ENCRYPTION_KEY_PREVIOUS.',
      );
    }
    try {
      const decipher = createDecipheriv(CIPHER, key, decode(iv), { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(additionalData, 'utf8'));
      decipher.setAuthTag(decode(tag));
      return Buffer.concat([decipher.update(decode(ciphertext)), decipher.final()]);
    } catch (cause) {
      throw new KeyEncryptionError('A stored secret was altered, or belongs to another row; it does not open.', {
        cause,
      });
    }
  }

  /** Whether the current key sealed it. */
  isCurrent(sealed: string): boolean {
    return sealed.startsWith(`${VERSION}.${this.#current.id}.`);
  }

  /** Another secret for one purpose, the same in every instance with the same key (HKDF-SHA-256, RFC 5869). */
  derive(purpose: string, bytes: number): Buffer {
    return derived(this.#current.key, purpose, bytes);
  }

  /** The one of now, then those of before, which are to be accepted while KEY_ENCRYPTION_KEY is replaced. */
  deriveEach(purpose: string, bytes: number): readonly [Buffer, ...Buffer[]] {
    const others = [...this.#keys.entries()].filter(([id]) => id !== this.#current.id);
    return [this.derive(purpose, bytes), ...others.map(([, key]) => derived(key, purpose, bytes))];
  }
}
