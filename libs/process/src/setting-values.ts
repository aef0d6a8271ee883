/**
 * Owns how the text of one setting becomes a typed value, or a sentence that says what it must be.
 * Does not own which settings exist, nor the environment. No sentence here repeats the text: it may be a secret.
 */
import { isIP } from 'node:net';
import { readJsonText } from './json-text.js';

export type Parsed<T> = { readonly value: T } | { readonly mustBe: string };
export type Parse<T> = (text: string) => Parsed<T>;

const good = <T>(value: T): Parsed<T> => ({ value });
const bad = <T>(mustBe: string): Parsed<T> => ({ mustBe });

export const anyText: Parse<string> = (text) => (text === '' ? bad('must not be empty') : good(text));

export const matching =
  (pattern: RegExp, mustBe: string): Parse<string> =>
  (text) =>
    pattern.test(text) ? good(text) : bad(`must be ${mustBe}`);

export const oneOf =
  <const T extends string>(...words: readonly T[]): Parse<T> =>
  (text) => {
    const word = words.find((candidate) => candidate === text);
    return word === undefined ? bad(`must be one of ${words.join(', ')}`) : good(word);
  };

export const wholeNumber =
  (least: number, most: number): Parse<number> =>
  (text) => {
    const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : NaN;
    return value >= least && value <= most ? good(value) : bad(`must be a whole number from ${least} to ${most}`);
  };

/** 32 bytes: 43 characters of base64url (RFC 4648 §5), padding allowed. */
export const thirtyTwoBytes: Parse<Buffer> = (text) => {
  const bytes = /^[A-Za-z0-9_-]{43}=?$/.test(text) ? Buffer.from(text, 'base64url') : Buffer.alloc(0);
  return bytes.length === 32 ? good(bytes) : bad('must be 32 bytes as base64url (43 characters)');
};

export const pem =
  (what: 'CERTIFICATE' | 'PRIVATE KEY'): Parse<string> =>
  (text) =>
    new RegExp(`-----BEGIN [A-Z ]*${what}-----`).test(text) ? good(text) : bad(`must be a ${what} in PEM form`);

export const serverUrl =
  (...schemes: readonly string[]): Parse<string> =>
  (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url !== undefined && schemes.includes(url.protocol)
      ? good(text)
      : bad(`must be a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`);
  };

/** An address by which services reach each other: http or https, without anything that a path could not be added to. */
export const plainHttpUrl: Parse<string> = (text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return bad('must be an absolute http or https URL');
  if (url.username !== '' || url.password !== '') return bad('must not hold a user name or password');
  if (/[?#]/.test(text)) return bad('must have neither query nor fragment');
  return text.endsWith('/') ? bad('must not end with a slash') : good(text);
};

const LOOPBACK = /^(localhost|127(\.[0-9]{1,3}){3}|\[::1\])$/;

/**
 * RFC 8414 §2: the issuer identifier is "a URL that uses the "https" scheme and has no query or fragment components";
 * plain http is for one's own machine alone. Kept exactly as it was written: tokens are compared by it, so that it must
 * already be in the form to which a URL parser would bring it.
 */
export const issuerUrl: Parse<string> = (text) => {
  const plain = plainHttpUrl(text);
  if ('mustBe' in plain) return plain;
  const url = new URL(text);
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
    return bad('must be https, since its host is not this machine (localhost, 127.0.0.1, [::1])');
  }
  if (url.pathname !== '/') return bad('must have no path: the issuer stands at the root of its host');
  return url.href.replace(/\/$/, '') === text
    ? good(text)
    : bad('must be in its normal form (lower-case host, no default port)');
};

/** RFC 8707 §2: a resource identifier "MUST be an absolute URI […] and MUST NOT include a fragment component". */
export const audienceUri: Parse<string> = (text) =>
  URL.canParse(text) && !/[#\s]/.test(text) ? good(text) : bad('must be an absolute URI without fragment');

/** Comma-separated addresses and CIDR blocks, as Fastify's `trustProxy` reads them. One of /0 would trust everybody. */
export const cidrList: Parse<string> = (text) => {
  const isBlock = (block: string): boolean => {
    const [address = '', bits, ...rest] = block.split('/');
    const version = isIP(address);
    if (version === 0 || rest.length > 0) return false;
    return (
      bits === undefined ||
      (/^[0-9]{1,3}$/.test(bits) && Number(bits) > 0 && Number(bits) <= (version === 4 ? 32 : 128))
    );
  };
  const blocks = text.split(',').map((block) => block.trim());
  return blocks.every(isBlock)
    ? good(blocks.join(','))
    : bad('must be a comma-separated list of addresses or CIDR blocks');
};

/** Wrapped, since null is a value of JSON too. What it holds is judged by whoever knows its form. */
export const json: Parse<{ readonly given: unknown }> = (text) => {
  const read = readJsonText(text);
  if (read.ok) return good({ given: read.value });
  const [first] = read.faults;
  return first?.pointer === ''
    ? bad(first.detail)
    : bad(`must not name a member twice: ${read.faults.map(({ pointer }) => pointer).join(', ')}`);
};
