/** Owns the web site of a client for specs: an origin of its own that answers what a spec wants. Does not own what that is. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ClientSite {
  readonly origin: string;
  close(): Promise<void>;
}

/** @param answer a page that says "back" when left out */
export async function startClientSite(answer?: RequestListener): Promise<ClientSite> {
  const server = createServer(
    answer ??
      ((_request, response) => {
        response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Client</title><h1>back</h1>');
      }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    // What it listens on is no pipe.
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
