/** Owns a line to a server that can be held: connections stay open and pass nothing. Does not own what travels on it. */
import { connect, createServer, type Socket } from 'node:net';

export interface HeldLine {
  readonly port: number;
  readonly hold: () => void;
  readonly pass: () => void;
  stop(): Promise<void>;
}

export async function heldLine(targetPort: number): Promise<HeldLine> {
  const sockets = new Set<Socket>();
  let holding = false;
  const add = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.on('data', (chunk) => to.write(chunk));
    from.on('error', () => undefined);
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    if (holding) from.pause();
  };
  const server = createServer((near) => {
    const far = connect({ host: '127.0.0.1', port: targetPort, noDelay: true });
    near.setNoDelay(true);
    add(near, far);
    add(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return {
    port: address.port,
    hold: () => {
      holding = true;
      for (const socket of sockets) socket.pause();
    },
    pass: () => {
      holding = false;
      for (const socket of sockets) socket.resume();
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
