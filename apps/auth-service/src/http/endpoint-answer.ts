/**
 * Owns the writing of what an endpoint for machines answers, by the framework or past it, and when in a turn that is done. Does not
 * own what is answered.
 */
import type { ServerResponse } from 'node:http';
import type { EndpointResponse } from '@latchkey/protocol';
import type { FastifyReply } from 'fastify';

/** By the framework, with the headers that its hooks have set. */
export async function sendEndpointResponse(reply: FastifyReply, response: EndpointResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    atTheEndOfThisTurn(resolve);
  });
  await reply
    .status(response.status)
    .header('x-content-type-options', 'nosniff')
    .headers(response.headers)
    // RFC 8259 §11: "no 'charset' parameter is defined" for JSON; Fastify would add one to a text that has no serializer, and a type to an
    // empty one. Not a Buffer: Node writes the header of one that waits for its turn before the 100 that was said earlier (RFC 9110 §15.2).
    // RFC 9110 §8.6: a 304 "MUST NOT send Content-Length" unless it is that of the 200.
    .serializer(asItIs)
    .send(response.body === '' ? undefined : response.body);
}

const asItIs = (text: string): string => text;

/** The same past the framework. @param further names in lower case, each before its value, other than those of the response */
export function writeEndpointResponse(
  to: ServerResponse,
  { status, headers, body }: EndpointResponse,
  further: readonly string[],
): void {
  // A list: to make one object of several and to read it costs some 3.5 µs, this 1.
  const lines = ['x-content-type-options', 'nosniff', ...further];
  for (const name of Object.keys(headers)) lines.push(name, headers[name] ?? '');
  if (status !== 304) lines.push('content-length', String(Buffer.byteLength(body)));
  to.writeHead(status, lines).end(body);
}

/**
 * Requests that arrived together are all read before the first of them is answered. To wake whoever waits for an answer costs more
 * than to write it, and who is awake already is woken for nothing: a third of the CPU of a token under load. Whoever asks
 * alone waits for nobody.
 */
export const atTheEndOfThisTurn = (answer: () => void): void => {
  setImmediate(answer);
};
