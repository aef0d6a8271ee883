/**
 * Owns one kept-alive connection of HTTP/1.1 (RFC 9112), on which one request is under way at a time. It knows as much of HTTP as the
 * servers of the bench speak, and takes every answer that it does not know for a broken one: undici took all of a processor where a
 * server answers out of memory, and the rate was the generator's own. Does not own what is asked.
 */
import { connect, type Socket } from 'node:net';
import type { Shot } from './plan.js';

export interface Answer {
  /** 0: there was none, and the body says why. */
  readonly status: number;
  /** Of a success only where it is read. */
  readonly body: string;
}

const END_OF_HEAD = '\r\n\r\n';
/** RFC 9112 §6.3: by what follows. None of these has a body. */
const NO_BODY = new Set([204, 304]);

interface Awaited {
  readonly reads: boolean;
  readonly resolve: (answer: Answer) => void;
}

export class Wire {
  readonly #port: number;
  readonly #hostname: string;
  readonly #host: string;
  #socket: Socket | undefined;
  #awaited: Awaited | undefined;
  #received: Buffer | undefined;

  /** Opens no connection yet. @param origin http alone */
  constructor(origin: string) {
    const { hostname, port, host } = new URL(origin);
    [this.#hostname, this.#port, this.#host] = [hostname, Number(port === '' ? 80 : port), host];
  }

  /** One at a time. On a new connection where there is none, or the server has closed it. Never rejects. */
  ask({ method, path, headers, body }: Shot, reads: boolean): Promise<Answer> {
    return new Promise((resolve) => {
      this.#awaited = { reads, resolve };
      let text = `${method} ${path} HTTP/1.1\r\nhost: ${this.#host}\r\n`;
      for (const name in headers) text += `${name}: ${headers[name] ?? ''}\r\n`;
      if (method === 'POST') text += `content-length: ${Buffer.byteLength(body)}\r\n`;
      this.#socket ??= this.#open();
      this.#socket.write(`${text}\r\n${body}`);
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): Socket {
    const socket = connect({ port: this.#port, host: this.#hostname, noDelay: true });
    let reason = 'The server has closed the connection.';
    socket.on('data', (bytes: Buffer) => {
      this.#read(bytes);
    });
    socket.on('end', () => socket.destroy());
    socket.on('error', (error) => {
      reason = String(error);
    });
    socket.on('close', () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#received = undefined;
      this.#tell({ status: 0, body: reason });
    });
    return socket;
  }

  #read(bytes: Buffer): void {
    const received = this.#received === undefined ? bytes : Buffer.concat([this.#received, bytes]);
    const endOfHead = received.indexOf(END_OF_HEAD);
    if (endOfHead < 0) {
      this.#received = received;
      return;
    }
    const head = received.toString('latin1', 0, endOfHead);
    const status = Number(head.slice(9, 12));
    const length = NO_BODY.has(status) ? 0 : Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? Number.NaN);
    const begin = endOfHead + END_OF_HEAD.length;
    if (!head.startsWith('HTTP/1.1 ') || !(status >= 200) || Number.isNaN(length)) {
      this.#break(`This client knows no such answer:\n${head}`);
    } else if (received.length > begin + length || this.#awaited === undefined) {
      this.#break('The server has sent what nobody had asked for.');
    } else if (received.length < begin + length) {
      this.#received = received;
    } else {
      this.#received = undefined;
      const read = this.#awaited.reads || status >= 300;
      this.#tell({ status, body: read ? received.toString('utf8', begin) : '' });
    }
  }

  #break(reason: string): void {
    this.#socket?.destroy(new Error(reason));
  }

  #tell(answer: Answer): void {
    const awaited = this.#awaited;
    this.#awaited = undefined;
    awaited?.resolve(answer);
  }
}
