/** Owns the sending of bytes that need not be HTTP. Does not own what is sent, nor expected. */
import { connect } from 'node:net';

/** @returns what comes back until the other side ends the connection */
export const say = (url: string, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    let heard = '';
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(text, 'latin1'));
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString('latin1')));
    socket.on('error', reject).on('close', () => {
      resolve(heard);
    });
  });
