/**
 * Owns the tokens that bind a form to the browser that was shown it, to its interaction, its purpose, and for consent to
 * exactly what was shown. Does not own the key: 32 bytes, derived by the caller. Nothing is stored.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface FormBinding {
  /** The value of the browser cookie. Login forms have one too, so that nobody logs a stranger in as himself. */
  readonly browser: string;
  readonly interactionId: string;
  readonly purpose: 'login' | 'consent';
  /** A digest of what the page showed; empty where nothing is agreed to. */
  readonly shown: string;
}

export class FormTokens {
  constructor(private readonly key: Buffer) {
    if (key.length !== 32) throw new RangeError('the key of the form tokens must have 32 bytes');
  }

  issue(binding: FormBinding): string {
    return this.mac(binding).toString('base64url');
  }

  /** Constant time in the token. */
  verify(binding: FormBinding, token: string): boolean {
    const presented = Buffer.from(token, 'base64url');
    const expected = this.mac(binding);
    return presented.length === expected.length && timingSafeEqual(presented, expected);
  }

  private mac({ browser, interactionId, purpose, shown }: FormBinding): Buffer {
    // JSON keeps the fields apart: no two bindings have one text.
    const text = JSON.stringify([purpose, browser, interactionId, shown]);
    return createHmac('sha256', this.key).update(text, 'utf8').digest();
  }
}
