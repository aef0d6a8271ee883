/** Owns the load generator as a process of its own: what it costs is never the server's. Does not own what is sent. */
import { Child } from '../child.js';
import type { Plan, Volley } from './plan.js';

interface Answer {
  readonly open?: boolean;
  readonly volley?: Volley;
  readonly error?: string;
}

export class LoadGenerator {
  private constructor(private readonly child: Child) {}

  static async start(): Promise<LoadGenerator> {
    return new LoadGenerator(await Child.start('load'));
  }

  /**
   * One at a time.
   * @param begin is called when all connections are open, right before the first request
   * @throws Error when it could not be sent
   */
  async fire(plan: Plan, begin: () => void = () => undefined): Promise<Volley> {
    const { open, error: closed = 'no words' } = await this.#ask(plan);
    if (open !== true) throw new Error(`The load generator failed: ${closed}`);
    begin();
    const { volley, error = 'no words' } = await this.#ask({ go: true });
    if (volley === undefined) throw new Error(`The load generator failed: ${error}`);
    return volley;
  }

  /** Written by child.ts, from the same sources. */
  async #ask(question: object): Promise<Answer> {
    return (await this.child.ask(question)) as Answer;
  }

  async stop(): Promise<void> {
    await this.child.stop();
  }
}
