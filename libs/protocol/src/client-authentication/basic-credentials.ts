/**
 * Owns the reading of HTTP Basic credentials as RFC 6749 §2.3.1 encodes them. Does not own whether they are right.
 */

export interface BasicCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Undefined when the header is not one well-formed Basic credential. */
export function readBasicCredentials(authorization: string): BasicCredentials | undefined {
  const match = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization);
  if (match?.[1] === undefined) return undefined;
  const text = Buffer.from(match[1], 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) return undefined;
  try {
    return { clientId: formDecode(text.slice(0, colon)), clientSecret: formDecode(text.slice(colon + 1)) };
  } catch {
    return undefined;
  }
}

/** §2.3.1: both are "encoded using the application/x-www-form-urlencoded encoding algorithm". */
const formDecode = (text: string): string => (PLAIN.test(text) ? text : decodeURIComponent(text.replaceAll('+', ' ')));

/** Nothing in it is encoded: our own identifiers and secrets are hex. */
const PLAIN = /^[\w\-.~]*$/;
