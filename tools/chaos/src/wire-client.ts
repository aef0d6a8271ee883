// Owns: one HTTP request on a kept-alive connection, with the instants that the judge needs. Does not own: what is asked, or retried.
import { Agent, request } from 'node:http';

export interface Reply {
  readonly status: number;
  readonly body: string;
  /** Read just before the request was written. Milliseconds of this process's monotonic clock, as are all instants here. */
  readonly sentAt: number;
  /** Read when the whole answer was there. */
  readonly receivedAt: number;
}

export interface Question {
  readonly method?: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Longer than any fault lasts: only a hang is given up. */
const PATIENCE_MS = 40_000;

/** Asks one server. Many requests may be under way at once; how many is for the caller to say. */
export class WireClient {
  readonly #agent = new Agent({ keepAlive: true, scheduling: 'fifo' });
  #underWay = 0;

  constructor(private readonly base: string) {}

  get underWay(): number {
    return this.#underWay;
  }

  /** @throws Error when the connection died or no whole answer came: nothing is known then */
  async ask(path: string, { method = 'GET', headers, body = '' }: Question): Promise<Reply> {
    this.#underWay += 1;
    try {
      return await this.#exchange(path, method, headers, body);
    } finally {
      this.#underWay -= 1;
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #exchange(path: string, method: string, headers: Question['headers'], body: string): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const sentAt = performance.now();
      const asking = request(new URL(path, this.base), { method, agent: this.#agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const receivedAt = performance.now();
          const status = response.statusCode ?? 0;
          resolve({ status, body: Buffer.concat(chunks).toString('utf8'), sentAt, receivedAt });
        });
      });
      asking.setTimeout(PATIENCE_MS, () => {
        asking.destroy(new Error('no answer in time'));
      });
      asking.on('error', reject).end(body);
    });
  }
}
