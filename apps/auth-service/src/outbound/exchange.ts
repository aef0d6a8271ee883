/**
 * Owns one HTTP exchange with addresses that were judged: the connection goes to one of them and to no other, whatever its host resolves
 * to meanwhile. Does not own the judgement (reachable-addresses) nor how many go on at once (outbound).
 */
import { request as requestHttp, type IncomingHttpHeaders, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { OutboundFailed } from './outbound-errors.js';

export interface Exchange {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  /** At least one. */
  readonly addresses: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Of the answer's body, which is not read at all when it is left out. */
  readonly maxBytes?: number;
  /** Ends it wherever it stands. */
  readonly signal: AbortSignal;
  /** PEM. In place of the certification authorities that this process knows. */
  readonly ca?: string;
}

export interface Exchanged {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const MAX_HEADER_BYTES = 16_384;

/** @throws OutboundFailed */
export async function exchange(order: Exchange): Promise<Exchanged> {
  try {
    const response = await send(order);
    const { statusCode: status = 0, headers } = response;
    try {
      if (status >= 300 && status < 400) throw new OutboundFailed(`it redirects (${status})`);
      if (order.maxBytes === undefined) return { status, headers, body: Buffer.alloc(0) };
      return { status, headers, body: await bodyOf(response, order.maxBytes) };
    } finally {
      response.destroy();
    }
  } catch (error) {
    if (error instanceof OutboundFailed) throw error;
    throw new OutboundFailed(order.signal.aborted ? 'it took too long' : 'it could not be reached', { cause: error });
  }
}

function send(order: Exchange): Promise<IncomingMessage> {
  const { method, url, addresses, headers, body, signal, ca } = order;
  const options: RequestOptions = {
    ...{ method, headers, signal, maxHeaderSize: MAX_HEADER_BYTES },
    // A connection of its own: none is left over for another host that is said to be the same.
    agent: false,
    lookup: pinnedTo(addresses),
  };
  // Whatever the environment says of certificates (NODE_TLS_REJECT_UNAUTHORIZED).
  const tls = { rejectUnauthorized: true, minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) } as const;
  return new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? requestHttps(url, { ...options, ...tls }) : requestHttp(url, options);
    request.once('response', resolve);
    // Also after the answer has begun: then the reading of its body says so.
    request.on('error', reject);
    request.end(body);
  });
}

/** Host, SNI and the name in the certificate stay those of the URL; what it resolves to is asked nobody again. */
const pinnedTo = (addresses: readonly string[]): LookupFunction => {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, { all }, answer) => {
    const [first] = found;
    if (first === undefined) answer(new Error('there is no address'), '');
    else if (all === true) answer(null, found);
    else answer(null, first.address, first.family);
  };
};

async function bodyOf(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  // We ask for what is not compressed (RFC 9110 §12.5.3). A few bytes that unpack to gigabytes are not unpacked.
  const coding = response.headers['content-encoding'] ?? 'identity';
  if (coding.toLowerCase() !== 'identity') throw new OutboundFailed('its answer is compressed');
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) throw new OutboundFailed('its answer is no octets');
    bytes += chunk.length;
    if (bytes > maxBytes) throw new OutboundFailed(`its answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  if (!response.complete) throw new OutboundFailed('its answer was cut off');
  return Buffer.concat(chunks);
}
