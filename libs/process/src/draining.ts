/**
 * Owns that a server which ends loses no request that it accepted, and still ends. Does not own the end itself: it begins
 * with the `close()` of the Fastify instance.
 *
 * A kept-alive connection is the trouble: closed by the server at the moment in which the client sends its next request, it
 * loses that request. So for a short while everything is still answered, and each answer says that it is the last on its
 * connection; what is then still open is idle.
 */
import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

const FAREWELL_MS = 500;
const LOOK_EVERY_MS = 20;
/** Whoever has not sent a whole request, or not read the answer, by then is cut off. */
const PATIENCE_MS = 10_000;

export interface Draining {
  /** From then on each answer says that it is the last on its connection. */
  hasBegun(): boolean;
}

/** The instance must have been made with `return503OnClosing: false`, and must not listen yet. */
export function drainOnClose(instance: FastifyInstance): Draining {
  let closing = false;
  // RFC 9112 §9.6: "A server that […] wants to close the connection SHOULD send the close connection option". Fastify says
  // it to requests that arrive while it closes; this to those that are being answered.
  instance.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) void reply.header('connection', 'close');
    done(null, payload);
  });
  instance.addHook('preClose', async () => {
    closing = true;
    await farewell(instance.server);
    letGo(instance.server);
  });
  return { hasBegun: () => closing };
}

async function farewell(server: Server): Promise<void> {
  const end = performance.now() + FAREWELL_MS;
  while (server.listening && (await openConnections(server)) > 0 && performance.now() < end) await sleep(LOOK_EVERY_MS);
}

/** From now on a connection is closed as it becomes idle, and in the end in any case. */
function letGo(server: Server): void {
  const sweep = setInterval(() => {
    server.closeIdleConnections();
  }, LOOK_EVERY_MS);
  const end = setTimeout(() => {
    server.closeAllConnections();
  }, PATIENCE_MS);
  const stop = (): void => {
    clearInterval(sweep);
    clearTimeout(end);
  };
  if (server.listening) server.once('close', stop);
  else stop();
}

const openConnections = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.getConnections((error, count) => {
      resolve(error === null ? count : 0);
    });
  });
