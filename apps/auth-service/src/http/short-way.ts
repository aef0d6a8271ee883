/**
 * Owns the short way of a plain request to an endpoint for machines: from node:http to the endpoint and back, without the framework,
 * whose hooks and promises cost as much as the endpoint. Nothing is checked less: whatever only the framework judges (an odd path, a
 * body that is chunked or too large, another origin, an end that has begun …) is not plain, and goes the long way to the same endpoint.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Draining } from '@latchkey/process';
import type { Endpoint, EndpointResponse } from '@latchkey/protocol';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { brokenWorldResponse } from './broken-world.js';
import { atTheEndOfThisTurn, writeEndpointResponse } from './endpoint-answer.js';
import { wordsOf } from './endpoint-request.js';

export interface ShortWayParts {
  /** By path, without a slash at its end. */
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly bodyLimitBytes: number;
  readonly addressOf: (request: IncomingMessage) => string;
  /** What the hooks of the framework write to an answer at this path where the request has no Origin. */
  readonly headersAt: (path: string) => Readonly<Record<string, string>>;
  readonly draining: Draining;
  readonly log: Logger;
}

/** To be said before anything else listens for requests. Where `HOST` is a name, at its first address alone. */
export function openShortWay(instance: FastifyInstance, parts: ShortWayParts): void {
  const server: Server = instance.server;
  const places = placesOf(parts);
  // In place of Fastify's own, which is called for all the rest.
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const place = places.get(request.url ?? '');
    if (place === undefined || parts.draining.hasBegun() || !isPlain(request, parts.bodyLimitBytes)) {
      instance.routing(request, response);
      return;
    }
    readText(request, (body) => {
      void answer(place, { request, body, response }, parts);
    });
  });
}

interface Place {
  readonly endpoint: Endpoint;
  /** Names and values in turn. */
  readonly headers: readonly string[];
}

const placesOf = ({ endpoints, headersAt }: ShortWayParts): ReadonlyMap<string, Place> =>
  new Map(
    [...endpoints].map(([path, endpoint]) => [path, { endpoint, headers: Object.entries(headersAt(path)).flat() }]),
  );

interface Asked {
  readonly request: IncomingMessage;
  readonly body: string;
  readonly response: ServerResponse;
}

async function answer(
  place: Place,
  { request, body, response }: Asked,
  { addressOf, draining, log }: ShortWayParts,
): Promise<void> {
  let answered: EndpointResponse;
  try {
    answered = await place.endpoint.handle(wordsOf(request, body, addressOf(request)));
  } catch (error) {
    answered = brokenWorldResponse(error, log);
  }
  atTheEndOfThisTurn(() => {
    const headers = draining.hasBegun() ? [...place.headers, 'connection', 'close'] : place.headers;
    try {
      writeEndpointResponse(response, answered, headers);
    } catch (error) {
      // A header that cannot be written. Nothing of it was.
      writeEndpointResponse(response, brokenWorldResponse(error, log), headers);
    }
  });
}

/**
 * HTTP/1.1 with one Host, of no other origin, that expects nothing; a GET without a body, or a POST of a form whose length is said
 * and bearable. Of such a request neither `unreadable` nor `cross-origin` nor Fastify's parser of bodies would say anything.
 */
function isPlain({ method, httpVersion, headers, rawHeaders }: IncomingMessage, bodyLimitBytes: number): boolean {
  if (httpVersion !== '1.1' || headers.origin !== undefined || headers.expect !== undefined) return false;
  if (headers['transfer-encoding'] !== undefined || hosts(rawHeaders) !== 1) return false;
  const length = headers['content-length'];
  if (method === 'GET') return length === undefined;
  return method === 'POST' && Number(length) <= bodyLimitBytes && FORM.test(headers['content-type'] ?? '');
}

const FORM = /^application\/x-www-form-urlencoded(; ?charset=utf-8)?$/i;

function hosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count;
}

/** Node ends the body where its Content-Length says. Of one that breaks off nothing is told. */
function readText(request: IncomingMessage, tell: (text: string) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    tell((chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))?.toString('utf8') ?? '');
  });
}
