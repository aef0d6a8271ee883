/**
 * Owns counting across instances: in the ephemeral port, and in this process alone while that does not answer. Never rejects:
 * a limit that nobody can count refuses nobody, and is no outage. Does not own what is counted.
 */
import { type Ephemeral, Unavailable } from '@latchkey/protocol';

export interface Counted {
  readonly count: number;
  readonly remainingSeconds: number;
}

export interface CountersParts {
  readonly shared: Ephemeral;
  /** Of this process; it may be full. */
  readonly own: Ephemeral;
}

const NOTHING: Counted = { count: 0, remainingSeconds: 0 };

export class Counters {
  constructor(private readonly parts: CountersParts) {}

  async count(key: string, windowSeconds: number): Promise<Counted> {
    const { shared, own } = this.parts;
    return this.#either(
      () => shared.count(key, windowSeconds),
      () => own.count(key, windowSeconds),
      NOTHING,
    );
  }

  /** What was counted in one of them while the other answered stays counted until its window ends. */
  async uncount(key: string): Promise<void> {
    const { shared, own } = this.parts;
    return this.#either(
      () => shared.uncount(key),
      () => own.uncount(key),
      undefined,
    );
  }

  async #either<Answer>(
    ask: () => Promise<Answer>,
    askOwn: () => Promise<Answer>,
    nobodyAnswers: Answer,
  ): Promise<Answer> {
    try {
      return await ask().catch((error: unknown) => {
        if (error instanceof Unavailable) return askOwn();
        throw error;
      });
    } catch (error) {
      if (error instanceof Unavailable) return nobodyAnswers;
      throw error;
    }
  }
}
