/**
 * Owns that a server which ends loses no request that it accepted, and still ends. Does not own the close itself.
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

export class Draining {
  #begun = false;

  /** RFC 9112 §9.6: "A server that […] wants to close the connection SHOULD send the close connection option". */
  constructor(instance: FastifyInstance) {
    instance.addHook('onSend', (_request, reply, payload, done) => {
      if (this.#begun) void reply.header('connection', 'close');
      done(null, payload);
    });
  }

  /** Says farewell on every connection, then runs the close of this server, which takes no more. */
  async during(server: Server, close: () => Promise<void>): Promise<void> {
    this.#begun = true;
    const farewellEnds = performance.now() + FAREWELL_MS;
    while ((await openConnections(server)) > 0 && performance.now() < farewellEnds) await sleep(LOOK_EVERY_MS);

    const sweep = setInterval(() => {
      server.closeIdleConnections();
    }, LOOK_EVERY_MS);
    const end = setTimeout(() => {
      server.closeAllConnections();
    }, PATIENCE_MS);
    try {
      await close();
    } finally {
      clearInterval(sweep);
      clearTimeout(end);
    }
  }
}

const openConnections = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.getConnections((error, count) => {
      resolve(error === null ? count : 0);
    });
  });
