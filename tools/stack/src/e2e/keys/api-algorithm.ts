// Owns: an API that changes its mind about the algorithm of its tokens all the time, so that one load needs the keys of both.
// Does not own: the load. The admin API has no way to say so yet: it is said to the database.
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const ALGORITHMS = ['ES256', 'RS256'] as const;
const PAUSE_MS = 100;

export class ApiAlgorithm {
  readonly #client: pg.Client;
  #over = false;
  #running: Promise<void> = Promise.resolve();

  constructor(
    databaseUrl: string,
    private readonly identifier: string,
  ) {
    this.#client = new pg.Client({ connectionString: databaseUrl });
  }

  async start(): Promise<void> {
    await this.#client.connect();
    this.#running = this.#change();
  }

  async end(): Promise<void> {
    this.#over = true;
    await this.#running;
    await this.#client.end();
  }

  async #change(): Promise<void> {
    for (let turn = 0; !this.#over; turn += 1) {
      const values = [ALGORITHMS[turn % ALGORITHMS.length], this.identifier];
      await this.#client.query('UPDATE auth.apis SET access_token_signing_alg = $1 WHERE identifier = $2', values);
      await sleep(PAUSE_MS);
    }
  }
}
