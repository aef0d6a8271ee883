/**
 * Owns a reverse proxy as operators have one in front: it ends TLS where it has a certificate, appends the address of its
 * peer to X-Forwarded-For, and says which host and scheme it was asked for. Does not own whose word it is.
 */
import { createServer, type RequestListener, request, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface ReverseProxy {
  readonly port: number;
  close(): Promise<void>;
}

export interface ReverseProxyOptions {
  /** Where it listens, and from where it connects: an address of the loopback network. */
  readonly address: string;
  readonly to: { readonly host: string; readonly port: number };
  readonly certificate?: { readonly cert: string; readonly key: string };
  /** 0 takes a free one. */
  readonly port?: number;
}

export async function startReverseProxy(options: ReverseProxyOptions): Promise<ReverseProxy> {
  const { address, to, certificate, port = 0 } = options;
  const pass: RequestListener = (asked, answered) => {
    const { 'x-forwarded-for': before, ...headers } = asked.headers;
    const peer = asked.socket.remoteAddress ?? '';
    const forwarded = {
      'x-forwarded-for': before === undefined ? peer : `${String(before)}, ${peer}`,
      'x-forwarded-host': headers['x-forwarded-host'] ?? headers.host ?? '',
      'x-forwarded-proto': headers['x-forwarded-proto'] ?? (certificate === undefined ? 'http' : 'https'),
    };
    const passed = request(
      { ...to, localAddress: address, method: asked.method ?? 'GET', path: asked.url ?? '/', agent: false },
      (answer) => {
        answered.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(answered);
      },
    );
    for (const [name, value] of Object.entries({ ...headers, ...forwarded })) {
      if (value !== undefined) passed.setHeader(name, value);
    }
    passed.on('error', () => answered.destroy());
    asked.pipe(passed);
  };
  const server: Server = certificate === undefined ? createServer(pass) : createTlsServer(certificate, pass);
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
