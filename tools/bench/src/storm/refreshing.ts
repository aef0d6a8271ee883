/**
 * Owns how one client uses refresh tokens at several auth-services in turn, and what came of it. Does not own which token is
 * used when (party), nor what is right.
 */
import { Agent } from 'node:http';
import { basic, type Fleet, type RegisteredClient } from '@latchkey/stack';
import { askOn, type Question } from '../ask-on.js';
import { askAndLose } from './lost-answer.js';

export interface Refreshed {
  readonly status: number;
  /** The refresh token that was answered. */
  readonly successor: string | undefined;
  readonly milliseconds: number;
}

/** What went wrong that may never go wrong, whoever uses what. */
export interface Faults {
  /** Answers of 5xx, and connections that broke by themselves. */
  broken: number;
  /** In words, the first few. */
  readonly words: string[];
}

const MOST_WORDS = 10;

export class Refreshing {
  readonly faults: Faults = { broken: 0, words: [] };
  /** Milliseconds of every answer. */
  readonly took: number[] = [];
  readonly #urls: readonly string[];
  readonly #agent: Agent;
  #turn = 0;

  /** @param connections to each auth-service, as behind a balancer */
  constructor(fleet: Fleet, connections: number) {
    this.#urls = fleet.auths.map(({ bootstrap }) => `${bootstrap.issuer}/token`);
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  async use(client: RegisteredClient, token: string): Promise<Refreshed> {
    const asked = performance.now();
    const answered = await askOn(this.#agent, this.#next(), questionOf(client, token)).catch((error: unknown) => ({
      status: 0,
      body: String(error),
    }));
    const milliseconds = performance.now() - asked;
    this.took.push(milliseconds);
    const { status, body } = answered;
    if (status === 0 || status >= 500) this.fault(`${status}: ${body}`);
    return { status, successor: status === 200 ? successorIn(body) : undefined, milliseconds };
  }

  /** All of them at once, each at the next auth-service. */
  useAtOnce(client: RegisteredClient, token: string, times: number): Promise<readonly Refreshed[]> {
    return Promise.all(Array.from({ length: times }, () => this.use(client, token)));
  }

  /** All of them at once, and no answer arrives: of every second one not even the server knows that. */
  async loseAtOnce(client: RegisteredClient, token: string, times: number): Promise<void> {
    await Promise.all(
      Array.from({ length: times }, (_, n) =>
        askAndLose(this.#next(), questionOf(client, token), n % 2 === 0 ? 'answered' : 'sent'),
      ),
    );
  }

  fault(words: string): void {
    this.faults.broken += 1;
    if (this.faults.words.length < MOST_WORDS) this.faults.words.push(words);
  }

  end(): void {
    this.#agent.destroy();
  }

  #next(): string {
    this.#turn += 1;
    return this.#urls[this.#turn % this.#urls.length] ?? '';
  }
}

const questionOf = (client: RegisteredClient, token: string): Question => ({
  method: 'POST',
  headers: { authorization: basic(client), 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token }).toString(),
});

function successorIn(body: string): string | undefined {
  const { refresh_token: token } = Object(JSON.parse(body)) as Record<string, unknown>;
  return typeof token === 'string' ? token : undefined;
}
