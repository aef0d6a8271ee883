// Owns: what a port and a client agree on when they begin to speak TLS. Does not own: what they should.
import { connect, type ConnectionOptions } from 'node:tls';

/** The protocol and the cipher suite ("TLSv1.3 TLS_AES_128_GCM_SHA256"), or the code of the error, an alert's for example. */
export const tlsHandshake = (port: number, options: ConnectionOptions): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: 'localhost', rejectUnauthorized: false, ...options }, () => {
      resolve(`${socket.getProtocol() ?? ''} ${socket.getCipher().name}`);
      socket.destroy();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message);
    });
  });
