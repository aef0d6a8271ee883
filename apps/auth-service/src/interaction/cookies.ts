/**
 * Owns the two cookies of a browser: `latchkey-session` (who is logged in) and `latchkey-browser` (which browser began an
 * interaction). Does not own what they open: the stores know only digests of the first, and the second opens nothing
 * by itself.
 */
import { randomSecret } from '@latchkey/protocol';

/** 32 random bytes as base64url; whatever else stands in a cookie is as good as no cookie. */
const SECRET = /^[A-Za-z0-9_-]{43}$/;

export class Cookies {
  private readonly secure: boolean;

  /** @param issuer its scheme alone decides on `Secure` and `__Host-` */
  constructor(
    issuer: string,
    private readonly sessionLifetimeSeconds: number,
  ) {
    this.secure = new URL(issuer).protocol === 'https:';
  }

  browserOf(cookieHeader: string | undefined): string | undefined {
    return this.read(cookieHeader, 'latchkey-browser');
  }

  sessionOf(cookieHeader: string | undefined): string | undefined {
    return this.read(cookieHeader, 'latchkey-session');
  }

  /** A fresh value and the Set-Cookie text that plants it; gone when the browser closes. */
  newBrowser(): { readonly value: string; readonly setCookie: string } {
    const value = randomSecret();
    return { value, setCookie: this.write('latchkey-browser', value) };
  }

  setSession(value: string): string {
    return `${this.write('latchkey-session', value)}; Max-Age=${this.sessionLifetimeSeconds}`;
  }

  clearSession(): string {
    return `${this.write('latchkey-session', '')}; Max-Age=0`;
  }

  private read(header: string | undefined, name: string): string | undefined {
    const wanted = this.nameOf(name);
    for (const pair of (header ?? '').split(';')) {
      const equals = pair.indexOf('=');
      if (pair.slice(0, equals).trim() !== wanted) continue;
      const value = pair.slice(equals + 1).trim();
      if (SECRET.test(value)) return value;
    }
    return undefined;
  }

  /** RFC 6265bis §4.1.3.2: `__Host-` is honoured only with Secure, Path=/ and no Domain, so that no sibling host can plant one. */
  private write(name: string, value: string): string {
    return `${this.nameOf(name)}=${value}; Path=/; HttpOnly; SameSite=Lax${this.secure ? '; Secure' : ''}`;
  }

  private nameOf(name: string): string {
    return this.secure ? `__Host-${name}` : name;
  }
}
