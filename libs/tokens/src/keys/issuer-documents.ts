/**
 * Owns where the issuer's metadata and keys are found (RFC 8414 §3) and how little of an HTTP answer is believed.
 * Does not own the keys, nor when they are fetched (remote-keys).
 */
import type { ReadableStream } from 'node:stream/web';
import { isRecord } from '../jws/compact.js';
import { whole } from '../revocation/wire-fields.js';

/** A header of the answer of `jwks_uri`: the revision of the keys in it, which the feed names when they change. */
const KEYS_REVISION_HEADER = 'latchkey-keys-revision';

const WELL_KNOWN = '/.well-known/oauth-authorization-server';
const MAX_BODY_BYTES = 1024 * 1024;

export interface Ask {
  readonly fetch: typeof fetch;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const throughOrigin = (address: URL, internalUrl: string | undefined): URL =>
  internalUrl === undefined ? address : new URL(`${address.pathname}${address.search}`, new URL(internalUrl).origin);

/**
 * RFC 8414 §3: the well-known string is inserted "between the host component and the path component, if any"; §3.1:
 * "any terminating '/' following the host component MUST be removed before inserting".
 */
export const metadataAddressOf = (issuer: string, internalUrl?: string): URL => {
  const address = new URL(issuer);
  const path = address.pathname === '/' ? '' : address.pathname;
  address.pathname = `${WELL_KNOWN}${path}`;
  return throughOrigin(address, internalUrl);
};

/** @throws TypeError when the metadata is another issuer's, or names no `jwks_uri` that may be used. */
export const jwksAddressOf = (metadata: unknown, issuer: string, internalUrl?: string): URL => {
  if (!isRecord(metadata)) throw new TypeError('The metadata of the issuer is not a JSON object.');
  // RFC 8414 §3.3: "The 'issuer' value returned MUST be identical to the authorization server's issuer identifier value
  // […] If these values are not identical, the data contained in the response MUST NOT be used."
  if (metadata['issuer'] !== issuer) throw new TypeError('The metadata is that of another issuer (RFC 8414 §3.3).');
  const uri = metadata['jwks_uri'];
  if (typeof uri !== 'string' || !URL.canParse(uri)) throw new TypeError('The metadata names no jwks_uri.');
  const address = new URL(uri);
  if (address.protocol !== 'https:' && address.protocol !== new URL(issuer).protocol) {
    throw new TypeError('The jwks_uri is less protected than the issuer.');
  }
  return throughOrigin(address, internalUrl);
};

const readBounded = async (response: Response): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const body: ReadableStream<Uint8Array> | null = response.body;
  const reader = body?.getReader();
  for (;;) {
    const chunk = await reader?.read();
    if (chunk?.value === undefined) break;
    length += chunk.value.byteLength;
    if (length > MAX_BODY_BYTES) {
      await reader?.cancel();
      throw new RangeError('The answer of the issuer is longer than 1 MiB.');
    }
    chunks.push(chunk.value);
  }
  return Buffer.concat(chunks).toString('utf8');
};

export interface Fetched {
  readonly document: unknown;
  /** Undefined for whoever says none, or none that can be read. */
  readonly keysRevision: number | undefined;
}

/** GETs a JSON document. Rejects on a redirect, on any status but 200, on more than 1 MiB, and when time is up. */
export const fetchJson = async (address: URL, { fetch, timeoutMs, signal }: Ask): Promise<Fetched> => {
  const response = await fetch(address, {
    // RFC 9111 §5.2.1.4: no-cache "indicates that the client prefers a stored response not be used to satisfy the request
    // without successful validation on the origin server".
    headers: { accept: 'application/json', 'cache-control': 'no-cache' },
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`${address.href} answered ${response.status}.`);
  }
  const document: unknown = JSON.parse(await readBounded(response));
  return { document, keysRevision: whole(response.headers.get(KEYS_REVISION_HEADER) ?? undefined) };
};
