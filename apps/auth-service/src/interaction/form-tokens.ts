/**
 * Owns the tokens that bind a form to the browser that was shown it, to its interaction or session, its purpose, and for consent to
 * exactly what was shown. Does not own the key: 32 bytes, derived by the caller. Nothing is stored.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface FormBinding {
  /** The value of the browser cookie. Login forms have one too, so that nobody logs a stranger in as himself. */
  readonly browser: string;
  /** Or the session whose person was shown it; empty where there is neither. */
  readonly interactionId: string;
  readonly purpose:
    'login' | 'choose-account' | 'consent' | 'account-login' | 'account' | 'password' | 'logout' | 'logout-request';
  /** A digest of what the page showed; empty where nothing is agreed to. */
  readonly shown: string;
}

const KEY_BYTES = 32;

export class FormTokens {
  /** @param previous those of before, whose forms may still be open in a browser: accepted, and never issued by */
  constructor(
    private readonly key: Buffer,
    private readonly previous: readonly Buffer[] = [],
  ) {
    if ([key, ...previous].some(({ length }) => length !== KEY_BYTES)) {
      throw new RangeError(`the key of the form tokens must have ${KEY_BYTES} bytes`);
    }
  }

  issue(binding: FormBinding): string {
    return macOf(binding, this.key).toString('base64url');
  }

  /** Constant time in the token. */
  verify(binding: FormBinding, token: string): boolean {
    const presented = Buffer.from(token, 'base64url');
    return [this.key, ...this.previous].some((key) => {
      const expected = macOf(binding, key);
      return presented.length === expected.length && timingSafeEqual(presented, expected);
    });
  }
}

const macOf = ({ browser, interactionId, purpose, shown }: FormBinding, key: Buffer): Buffer => {
  // JSON keeps the fields apart: no two bindings have one text.
  const text = JSON.stringify([purpose, browser, interactionId, shown]);
  return createHmac('sha256', key).update(text, 'utf8').digest();
};
