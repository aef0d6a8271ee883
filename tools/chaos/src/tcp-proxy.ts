// Owns: a wire that can be broken: it passes, holds, delays, is cut, or leads elsewhere. Does not own: what travels on it.
import { connect, createServer, type Server, type Socket } from 'node:net';

interface Link {
  readonly near: Socket;
  readonly far: Socket;
}

export class TcpProxy {
  readonly #links = new Set<Link>();
  #holding = false;
  #severed = false;
  #delayMs = 0;

  private constructor(
    private readonly server: Server,
    readonly port: number,
    private target: number,
  ) {}

  /** Listens on a free port of 127.0.0.1 and leads to this one. */
  static async start(targetPort: number): Promise<TcpProxy> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no TCP address');
    const proxy = new TcpProxy(server, address.port, targetPort);
    server.on('connection', (near) => {
      proxy.#accept(near);
    });
    return proxy;
  }

  /** Whole again: passes at once, and delivers what was held. */
  pass(): void {
    [this.#holding, this.#severed, this.#delayMs] = [false, false, 0];
    for (const { near, far } of this.#links) for (const socket of [near, far]) socket.resume();
  }

  /** Connections stay open and new ones are accepted, but nothing passes in either direction. */
  hold(): void {
    this.#holding = true;
    for (const { near, far } of this.#links) for (const socket of [near, far]) socket.pause();
  }

  /** Every connection dies, and every new one at once. */
  sever(): void {
    this.#severed = true;
    this.#breakAll();
  }

  /** Everything that is written from now on arrives this much later, in each direction. */
  delay(milliseconds: number): void {
    this.#delayMs = milliseconds;
  }

  /** Existing connections die; new ones lead to the other port. */
  moveTo(targetPort: number): void {
    this.target = targetPort;
    this.#breakAll();
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.sever();
    await closed;
  }

  #accept(near: Socket): void {
    if (this.#severed) {
      near.destroy();
      return;
    }
    const far = connect({ host: '127.0.0.1', port: this.target, noDelay: true });
    near.setNoDelay(true);
    const link = { near, far };
    this.#links.add(link);
    this.#lead(near, far, link);
    this.#lead(far, near, link);
    if (this.#holding) for (const socket of [near, far]) socket.pause();
  }

  #lead(from: Socket, to: Socket, link: Link): void {
    from.on('data', (chunk) => {
      this.#later(() => to.write(chunk));
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      this.#links.delete(link);
      this.#later(() => to.destroy());
    });
  }

  #later(work: () => unknown): void {
    if (this.#delayMs > 0) setTimeout(work, this.#delayMs);
    else work();
  }

  #breakAll(): void {
    for (const { near, far } of this.#links) for (const socket of [near, far]) socket.destroy();
    this.#links.clear();
  }
}
