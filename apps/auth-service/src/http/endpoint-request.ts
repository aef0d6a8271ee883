/**
 * Owns the words of a request as the protocol's endpoints are given them. Does not own any rule.
 */
import type { IncomingMessage } from 'node:http';
import type { EndpointRequest } from '@latchkey/protocol';
import type { FastifyRequest } from 'fastify';

/** Of a request that the framework has read. */
export const endpointRequest = ({ raw, body, ip }: FastifyRequest): EndpointRequest =>
  wordsOf(raw, typeof body === 'string' ? body : '', ip);

/** The words of a request, untouched: raw query, raw body text, and every Authorization, Prefer, Accept and If-None-Match header. */
export function wordsOf(
  { method = '', url = '', headers, rawHeaders }: IncomingMessage,
  body: string,
  address: string,
): EndpointRequest {
  const mark = url.indexOf('?');
  const { authorization, prefer, accept, ifNoneMatch } = joined(rawHeaders);
  return {
    method,
    query: mark < 0 ? '' : url.slice(mark + 1),
    body,
    contentType: headers['content-type'],
    address,
    authorization,
    prefer,
    accept,
    ifNoneMatch,
  };
}

/**
 * Node keeps only the first of several Authorization headers; here they stay visible and are refused as one bad one. Lines
 * of Prefer (RFC 7240 §2), and of Accept and If-None-Match (RFC 9110 §5.3), are one list.
 */
function joined(rawHeaders: readonly string[]): Joined {
  const found: { -readonly [Name in keyof Joined]: Joined[Name] } = {
    ...{ authorization: undefined, prefer: undefined, accept: undefined, ifNoneMatch: undefined },
  };
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const member = MEMBERS.get(rawHeaders[at]?.toLowerCase() ?? '');
    if (member === undefined) continue;
    const value = rawHeaders[at + 1] ?? '';
    const before = found[member];
    found[member] = before === undefined ? value : `${before}, ${value}`;
  }
  return found;
}

type Joined = Pick<EndpointRequest, 'authorization' | 'prefer' | 'accept' | 'ifNoneMatch'>;

const MEMBERS: ReadonlyMap<string, keyof Joined> = new Map([
  ['authorization', 'authorization'],
  ['prefer', 'prefer'],
  ['accept', 'accept'],
  ['if-none-match', 'ifNoneMatch'],
]);
