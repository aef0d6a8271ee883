// Owns: showing valid tokens to guards and what each of them answered. Does not own: where tokens come from, nor when they are shown.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outside } from '../outside-client.js';
import { isOver, type ShownToken } from './shown-token.js';

const AGAIN_MS = 20;

export class GuardWitness {
  admitted = 0;
  /** A guard said that it cannot tell (503). It was asked again until it could. */
  couldNotTell = 0;
  /** 401 for a token that was still valid when the answer was there. In words. */
  readonly refused: string[] = [];
  /** Answers that nothing here may cause. In words. */
  readonly unexpected: string[] = [];
  /** The keys of which a token was admitted, by algorithm. */
  readonly #kids = new Map<string, Set<string>>();
  #away = false;

  constructor(
    readonly name: string,
    private readonly guard: Outside,
  ) {}

  kidsOf(algorithm: string): ReadonlySet<string> {
    return this.#kids.get(algorithm) ?? new Set<string>();
  }

  /** While this runs it may be deaf: a connection that is refused is no token that is refused. */
  async whileAway(work: Promise<unknown>): Promise<void> {
    this.#away = true;
    try {
      await work;
    } finally {
      this.#away = false;
    }
  }

  /** Never rejects. Resolves when it has been admitted or refused, or is not valid any more, or the guard is away. */
  async show(shown: ShownToken): Promise<void> {
    while (!isOver(shown)) {
      const away = this.#away;
      const status = await this.guard.notes(shown.token).then(
        (answer) => answer.status,
        (error: unknown) => String(error),
      );
      if (status !== 503) {
        this.#note(shown, status, away || this.#away);
        return;
      }
      if (!away) this.couldNotTell += 1;
      await sleep(AGAIN_MS);
    }
  }

  #note(shown: ShownToken, status: number | string, away: boolean): void {
    const { kid, algorithm } = shown;
    if (status === 200) {
      this.admitted += 1;
      const kids = this.#kids.get(algorithm) ?? new Set();
      this.#kids.set(algorithm, kids.add(kid));
    } else if (status === 401) {
      // A slow machine may have let it expire on the way.
      if (!isOver(shown)) this.refused.push(`${this.name} refused a valid token of ${algorithm} ${kid}`);
    } else if (!(away && typeof status === 'string')) this.unexpected.push(`${this.name} answered ${status}`);
  }
}
