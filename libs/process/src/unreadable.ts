/**
 * Owns what is answered where there is no request to carry to anybody: bytes that are no HTTP, or an HTTP that no server of
 * ours speaks. Without it Fastify, and Node behind it, answer in forms of their own, or not at all. Does not own the form of
 * an answer (each port has one), nor the faults of a request that could be read. Nothing of what was sent is repeated.
 *
 * Not covered: where `HOST` is a name with several addresses, Fastify gives the second address Node's own bare answers.
 */
import {
  type IncomingMessage,
  maxHeaderSize,
  METHODS,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export interface Unreadable {
  readonly status: number;
  /** Public. */
  readonly detail: string;
}

/** How a port writes it down. */
export type UnreadableForm = (unreadable: Unreadable) => { readonly type: string; readonly body: string };

/** What the answer may take to be read by a client that is still sending: closed at once, it would be lost. */
const LINGER_MS = 1_000;

const NO_HTTP: Unreadable = { status: 400, detail: 'this is no HTTP request that can be read' };

const BY_CODE: Readonly<Record<string, Unreadable>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, detail: 'the request did not arrive in time' },
  HPE_HEADER_OVERFLOW: { status: 431, detail: 'the header fields are too large' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, detail: 'the extensions of a chunk are too large' },
  HPE_INVALID_VERSION: { status: 505, detail: 'only HTTP/1.1 and HTTP/1.0 are spoken here' },
  HPE_PAUSED_H2_UPGRADE: { status: 505, detail: 'only HTTP/1.1 and HTTP/1.0 are spoken here' },
};

/**
 * To be said before the instance listens, and first, so that its hook comes before all others. The instance must have been
 * made with `http: { requireHostHeader: false }` (in `https` where it has TLS), else Node refuses a request without Host alone.
 */
export function answerUnreadable(instance: FastifyInstance, form: UnreadableForm): void {
  const server: Server = instance.server;
  const newest = new WeakMap<Socket, Exchange>();
  const waiting = new WeakSet<Socket>();
  server.on('request', (request, response) => {
    newest.set(request.socket, { request, response, before: newest.get(request.socket)?.response });
  });
  // In place of Fastify's own.
  server.removeAllListeners('clientError');
  server.on('clientError', (error: Error, socket) => {
    if (!(socket instanceof Socket)) return void socket.destroy();
    if (codeOf(error) === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    // Of what comes after bytes that cannot be read, nothing can.
    if (waiting.has(socket)) return;
    waiting.add(socket);
    const unreadable = judged(error, socket);
    const last = newest.get(socket);
    behind(last?.request.complete === true ? last.response : last?.before, () => {
      waiting.delete(socket);
      // An answer that has begun is the answer: a second one would be taken for that of another request.
      if (last?.request.complete === false && last.response.headersSent) socket.destroySoon();
      else if (socket.writable) writeTo(socket, unreadable, form);
    });
  });
  // Without a listener Node answers 417 by itself; the hook below judges it.
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    server.emit('request', request, response);
  });
  server.on('connect', (_request: IncomingMessage, socket) => {
    if (!(socket instanceof Socket)) return;
    // Node no longer listens to it.
    socket.on('error', () => socket.destroy());
    behind(newest.get(socket)?.response, () => {
      if (socket.writable) writeTo(socket, { status: 501, detail: 'no tunnels are opened here' }, form);
    });
  });
  instance.addHook('onRequest', (request, reply, done) => {
    const unreadable = unreadableIn(request);
    if (unreadable === undefined) done();
    else send(reply.header('connection', 'close'), unreadable, form);
  });
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The answer that is due before this one. */
  readonly before: ServerResponse | undefined;
}

/** RFC 9112 §9.3.2: a server answers "in the same order that the requests were received". */
function behind(due: ServerResponse | undefined, answer: () => void): void {
  if (due === undefined || due.writableFinished || due.destroyed) answer();
  else due.once('close', answer);
}

/** For `frameworkErrors`: what Fastify finds in a path before it asks any hook. */
export const answerBadPath =
  (form: UnreadableForm) =>
  ({ statusCode }: FastifyError, _request: unknown, reply: FastifyReply): void => {
    if (statusCode === 414) send(reply, { status: 414, detail: 'a part of the path is too long' }, form);
    else send(reply, { status: 400, detail: 'the path is not well-formed' }, form);
  };

function send(reply: FastifyReply, unreadable: Unreadable, form: UnreadableForm): void {
  const { type, body } = form(unreadable);
  void reply
    .status(unreadable.status)
    .headers({ ...HEADERS, 'content-type': type })
    // Not a Buffer: Node writes the header of one that waits for its turn before the 100 that was said earlier (RFC 9110 §15.2).
    .serializer((text: string) => text)
    .send(body);
}

const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const;

function judged(error: Error, { bytesRead }: Socket): Unreadable {
  const code = codeOf(error);
  const packet = packetOf(error);
  // RFC 9112 §3: "A server that receives a request-target longer than any URI it wishes to parse MUST respond with a 414".
  // Known where the first packet brought it.
  if (code === 'HPE_HEADER_OVERFLOW' && packet.length === bytesRead && !packet.slice(0, maxHeaderSize).includes('\n')) {
    return { status: 414, detail: 'the target of the request is too long' };
  }
  // RFC 9110 §9.1: "a request method that is unrecognized or not implemented SHOULD […] 501 (Not Implemented)".
  const [, method] = /^([\w!#$%&'*+.^`|~-]+) [!-~]+ HTTP\/1\.[01]\r\n/.exec(packet) ?? [];
  if (code === 'HPE_INVALID_METHOD' && method !== undefined && !METHODS.includes(method)) {
    return { status: 501, detail: 'there is no such method' };
  }
  return BY_CODE[code] ?? NO_HTTP;
}

function unreadableIn({ raw, headers }: FastifyRequest): Unreadable | undefined {
  const { httpVersion, rawHeaders } = raw;
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return BY_CODE['HPE_INVALID_VERSION'];
  // RFC 9112 §3.2: "A server MUST respond with a 400 […] to any HTTP/1.1 request message that lacks a Host header field and
  // to any request message that contains more than one Host header field line".
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length;
  if (hosts > 1 || (hosts === 0 && httpVersion === '1.1')) {
    return { status: 400, detail: 'the request must have one Host header field' };
  }
  // RFC 9112 §6.1: "a transfer coding it does not understand SHOULD respond with 501 (Not Implemented)"; §6.3: where chunked
  // is not the last, "the server MUST respond with the 400 (Bad Request) status code and then close the connection".
  const codings = headers['transfer-encoding']?.trim().toLowerCase();
  if (codings !== undefined && codings !== 'chunked') {
    return {
      status: /(^|,)\s*chunked$/.test(codings) ? 501 : 400,
      detail: 'only the transfer coding chunked is understood',
    };
  }
  // RFC 9110 §10.1.1: "a member other than 100-continue MAY […] 417 (Expectation Failed)".
  if (httpVersion === '1.1' && headers.expect !== undefined && !/^\s*100-continue\s*$/i.test(headers.expect)) {
    return { status: 417, detail: 'nothing but 100-continue can be expected here' };
  }
  return undefined;
}

function writeTo(socket: Socket, unreadable: Unreadable, form: UnreadableForm): void {
  const { type, body } = form(unreadable);
  const { status } = unreadable;
  const headers = {
    ...{ 'content-type': type, 'content-length': String(Buffer.byteLength(body)) },
    ...{ ...HEADERS, date: new Date().toUTCString(), connection: 'close' },
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\n${lines.join('')}\r\n${body}`);
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

const codeOf = (error: Error): string => ('code' in error && typeof error.code === 'string' ? error.code : '');

/** What Node was reading. */
const packetOf = (error: Error): string =>
  'rawPacket' in error && Buffer.isBuffer(error.rawPacket) ? error.rawPacket.toString('latin1') : '';
