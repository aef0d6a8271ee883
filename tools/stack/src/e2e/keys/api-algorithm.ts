// Owns: an API that changes its mind about the algorithm of its tokens all the time, so that one load needs the keys of both.
// Does not own: the load. The admin API has no way to say so yet: it is said to the database.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fleet } from './fleet.js';

const ALGORITHMS = ['ES256', 'RS256'] as const;
const PAUSE_MS = 100;

export class ApiAlgorithm {
  #over = false;
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly fleet: Pick<Fleet, 'query'>,
    private readonly identifier: string,
  ) {}

  start(): void {
    this.#running = this.#change();
  }

  async end(): Promise<void> {
    this.#over = true;
    await this.#running;
  }

  async #change(): Promise<void> {
    for (let turn = 0; !this.#over; turn += 1) {
      const values = [ALGORITHMS[turn % ALGORITHMS.length], this.identifier];
      await this.fleet.query('UPDATE auth.apis SET access_token_signing_alg = $1 WHERE identifier = $2', values);
      await sleep(PAUSE_MS);
    }
  }
}
