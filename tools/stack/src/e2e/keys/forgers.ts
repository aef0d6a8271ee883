// Owns: a flood of forgeries at one guard, each under a kid that nobody has. Does not own: what it must answer.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outside } from '../outside-client.js';
import { forged } from './shown-token.js';

const FORGERS = 4;
const PAUSE_MS = 2;

export class Forgers {
  /** How often each status was answered; 0 when there was no answer. */
  readonly answers = new Map<number, number>();
  #over = false;
  #running: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly guard: Outside,
    /** Whose claims are copied; valid once, at least. */
    private readonly genuine: string,
  ) {}

  start(): void {
    this.#running = Promise.all(Array.from({ length: FORGERS }, () => this.#work()));
  }

  async end(): Promise<void> {
    this.#over = true;
    await this.#running;
  }

  async #work(): Promise<void> {
    while (!this.#over) {
      const status = await this.guard.notes(forged(this.genuine)).then(
        (answer) => answer.status,
        () => 0,
      );
      this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
      await sleep(PAUSE_MS);
    }
  }
}
