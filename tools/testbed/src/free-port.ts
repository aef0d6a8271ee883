// Owns: finding a TCP port on 127.0.0.1 that nobody listens on, and that no other test is given. Does not own: the server on it.
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

// Below the ports that systems give to outgoing connections (Linux from 32768, others from 49152): one of those may be taken by
// anybody's request before the server starts, or while it starts again. Above 10080, the last one that browsers and fetch refuse.
const LOWEST = 10_081;
const ABOVE = 32_768;

/** A port that was free a moment ago, that this and every other process of tests is given once, and no outgoing connection. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, ABOVE);
    if ((await isClaimed(port)) && (await isFree(port))) return port;
  }
}

/**
 * Takes the UDP port of the same number until this process ends, which stands in nobody's way: between this and the start of the server
 * nobody listens, and somebody else's draw would find the port free as well.
 */
function isClaimed(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const claim = createSocket('udp4');
    claim.once('error', (error: NodeJS.ErrnoException) => {
      claim.close();
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    claim.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
      claim.unref();
      resolve(true);
    });
  });
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
