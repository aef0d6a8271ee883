import { describe, expect, it } from '@jest/globals';
import { Cookies } from './cookies.js';

const VALUE = 'a'.repeat(43);

describe('RFC 6265bis §4.1.3.2, the cookies of the pages', () => {
  const https = new Cookies('https://id.example', 60);
  const http = new Cookies('http://localhost:4000', 60);

  it.each([
    ['a value that is too short', `latchkey-session=${'a'.repeat(42)}`],
    ['a value that is too long', `latchkey-session=${'a'.repeat(44)}`],
    ['characters that are not base64url', `latchkey-session=${'a'.repeat(42)}%`],
    ['a name that merely ends alike', `x-latchkey-session=${VALUE}`],
    ['no cookie at all', undefined],
    ['no equals sign', `latchkey-session${VALUE}`],
  ])('reads %s as no cookie', (_, header) => {
    expect(http.sessionOf(header)).toBeUndefined();
  });

  it('ignores a cookie without the __Host- prefix under an https issuer: a sibling host could have planted it', () => {
    expect(https.sessionOf(`latchkey-session=${VALUE}`)).toBeUndefined();
    expect(https.sessionOf(`a=b; __Host-latchkey-session=${VALUE}`)).toBe(VALUE);
  });

  it('is Secure and __Host- under https, and HttpOnly, SameSite=Lax, Path=/ everywhere', () => {
    expect(https.setSession(VALUE)).toBe(
      `__Host-latchkey-session=${VALUE}; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60`,
    );
    expect(http.setSession(VALUE)).toBe(`latchkey-session=${VALUE}; Path=/; HttpOnly; SameSite=Lax; Max-Age=60`);
    expect(https.newBrowser().setCookie).toMatch(
      /^__Host-latchkey-browser=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );
  });
});
