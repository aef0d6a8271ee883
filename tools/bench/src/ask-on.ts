/** Owns one HTTP request on one kept-alive connection: what is measured is the server, not the opening of connections. */
import { type Agent, request } from 'node:http';

export interface Question {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answered {
  readonly status: number;
  readonly body: string;
}

/** Resolves when the whole answer is here. Rejects when there is none. @param agent undefined: a connection of its own */
export function askOn(
  agent: Agent | undefined,
  url: string,
  { method = 'GET', headers, body = '' }: Question,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { method, headers, ...(agent === undefined ? {} : { agent }) }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') });
      });
    });
    asking.on('error', reject).end(body);
  });
}
