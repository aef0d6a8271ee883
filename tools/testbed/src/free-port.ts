// Owns: finding a TCP port on 127.0.0.1 that nobody listens on. Does not own: keeping it; whoever starts a server on it tries again.
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the ports that systems give to outgoing connections (Linux from 32768, others from 49152): one of those may be taken by
// anybody's request before the server starts, or while it starts again. Above 10080, the last one that browsers and fetch refuse.
const LOWEST = 10_081;
const ABOVE = 32_768;

const handedOut = new Set<number>();

/** A port that was free a moment ago, that this process has not handed out before and that no outgoing connection is given. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, ABOVE);
    if (handedOut.has(port)) continue;
    handedOut.add(port);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
