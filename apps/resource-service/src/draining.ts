/**
 * Owns that a closing server lets go of its connections: kept-alive ones would hold it open until they time out.
 * Does not own the close itself.
 */
import type { Server } from 'node:http';
import type { FastifyInstance } from 'fastify';

const SWEEP_MS = 50;
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

  /** Runs the close of this server, and meanwhile closes each connection as it becomes idle. */
  async during(server: Server, close: () => Promise<void>): Promise<void> {
    this.#begun = true;
    const sweep = setInterval(() => {
      server.closeIdleConnections();
    }, SWEEP_MS);
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
