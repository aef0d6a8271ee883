/** Owns an application that is told of log-outs, for specs: a real HTTP server that answers as it is bidden. Does not own what is expected. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Told {
  readonly method: string | undefined;
  readonly contentType: string | undefined;
  /** The form as it came. */
  readonly form: URLSearchParams;
  readonly token: string;
}

export interface Receiver {
  readonly url: string;
  readonly told: Told[];
  /** What the next answers are; the last one stays. */
  answers: readonly ((response: ServerResponse) => void)[];
  /** Drops whoever still waits. */
  close(): Promise<void>;
}

export const status =
  (code: number, headers: Readonly<Record<string, string>> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(code, headers).end();
  };
/** Holds the line and says nothing. */
export const silence = (): void => undefined;

export async function startReceiver(): Promise<Receiver> {
  const told: Told[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const form = new URLSearchParams(body);
      const { method, headers } = request;
      told.push({ method, contentType: headers['content-type'], form, token: form.get('logout_token') ?? '' });
      const [answer = status(200), ...later] = receiver.answers;
      if (later.length > 0) receiver.answers = later;
      answer(response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/backchannel?kept=1`,
    told,
    answers: [status(200)],
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return receiver;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}
