// Owns: what can be read of a token without verifying it: which key it names, and until when it is valid; and a forgery of it.
// Does not own: whether it is genuine.
import { randomBytes } from 'node:crypto';

export interface ShownToken {
  readonly token: string;
  readonly kid: string;
  readonly algorithm: string;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

export function read(token: string): ShownToken {
  const [header = '', claims = ''] = token.split('.');
  const { kid, alg } = decoded(header);
  const { exp } = decoded(claims);
  if (typeof kid !== 'string' || typeof alg !== 'string' || typeof exp !== 'number')
    throw new Error('not a token of ours');
  return { token, kid, algorithm: alg, expiresAt: exp };
}

/** RFC 7519 §4.1.4: the time "on or after which the JWT MUST NOT be accepted". All processes here read one clock. */
export const isOver = ({ expiresAt }: ShownToken): boolean => Date.now() / 1000 >= expiresAt;

/** The same claims and a long life, under a key that nobody has: a random kid and random octets for a signature. */
export function forged(token: string): string {
  const [header = '', claims = ''] = token.split('.');
  const kid = randomBytes(32).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + 3600;
  return `${encoded({ ...decoded(header), kid })}.${encoded({ ...decoded(claims), exp })}.${randomBytes(64).toString('base64url')}`;
}

const encoded = (members: Record<string, unknown>): string =>
  Buffer.from(JSON.stringify(members)).toString('base64url');

const decoded = (part: string): Record<string, unknown> =>
  Object(JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))) as Record<string, unknown>;
