/**
 * Owns the carrying of words between Fastify and the protocol's endpoints. Does not own any rule.
 */
import type { EndpointRequest, EndpointResponse } from '@latchkey/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** The words of a request, untouched: raw query, raw body text, and every Authorization, Prefer and If-None-Match header. */
export function endpointRequest(request: FastifyRequest): EndpointRequest {
  const mark = request.url.indexOf('?');
  return {
    method: request.method,
    query: mark < 0 ? '' : request.url.slice(mark + 1),
    body: typeof request.body === 'string' ? request.body : '',
    contentType: request.headers['content-type'],
    authorization: joined(request.raw.rawHeaders, 'authorization'),
    prefer: joined(request.raw.rawHeaders, 'prefer'),
    ifNoneMatch: joined(request.raw.rawHeaders, 'if-none-match'),
  };
}

/**
 * Node keeps only the first of several Authorization headers; here they stay visible and are refused as one bad one. Lines
 * of Prefer (RFC 7240 §2) and of If-None-Match (RFC 9110 §5.3) are one list.
 */
function joined(rawHeaders: readonly string[], name: string): string | undefined {
  const values = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
  return values.length === 0 ? undefined : values.join(', ');
}

export async function sendEndpointResponse(reply: FastifyReply, response: EndpointResponse): Promise<void> {
  await reply
    .status(response.status)
    .headers({ 'x-content-type-options': 'nosniff', ...response.headers })
    // RFC 9110 §8.6: a 304 "MUST NOT send Content-Length" unless it is that of the 200; an empty text would have one of 0.
    .send(response.status === 304 ? undefined : response.body);
}
