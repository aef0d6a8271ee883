/** Owns the sending of a request as it is, however odd: nothing of it is tidied up. Does not own what is sent. */
import { Agent, request } from 'node:http';

export interface RawRequest {
  readonly method: string;
  /** As it stands in the request line. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer | undefined;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
}

const agent = new Agent({ keepAlive: true });

export const sendRaw = (port: number, { method, path, headers, body }: RawRequest): Promise<RawAnswer> =>
  new Promise((resolve, reject) => {
    let answered = false;
    const sent = request({ host: '127.0.0.1', port, method, path, agent }, (answer) => {
      answered = true;
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const fields = new Map<string, string>();
        for (const [name, value] of Object.entries(answer.headers)) fields.set(name, [value ?? []].flat().join(', '));
        resolve({
          status: answer.statusCode ?? 0,
          headers: Object.fromEntries(fields),
          text: Buffer.concat(chunks).toString('utf8'),
        });
      });
    });
    // A body that is refused unread may still be on its way.
    sent.on('error', (error) => {
      if (!answered) reject(error);
    });
    for (const [name, value] of Object.entries(headers)) sent.setHeader(name, value);
    // Node frames no body of a DELETE by itself.
    if (body !== undefined) sent.setHeader('content-length', Buffer.byteLength(body));
    sent.end(body);
  });
