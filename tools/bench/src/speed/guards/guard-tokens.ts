/** Owns the tokens that guards are shown: where they come from, and how long they may be shown. Does not own who shows them. */
import { textOf } from '@latchkey/stack';
import type { Latchkey } from '../contenders/latchkey.js';
import { API, MACHINE, TOKEN_LIFETIME_SECONDS, type Algorithm } from '../contenders/seed.js';
import type { Shot } from '../load/plan.js';

const AT_ONCE = 16;
/** Two minutes before they end: a round is over by then. */
const SHOWN_MS = (TOKEN_LIFETIME_SECONDS - 120) * 1000;

export const bearer = (token: string): Shot => ({
  ...{ method: 'GET', path: '/notes', body: '' },
  headers: { authorization: `Bearer ${token}` },
});

export class GuardTokens {
  constructor(
    private readonly latchkey: Latchkey,
    private readonly algorithm: Algorithm,
  ) {}

  /** Each another one, from the issuer itself. */
  async take(count: number): Promise<string[]> {
    const tokens: string[] = [];
    let left = count;
    const takeTheirs = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        tokens.push(await this.takeOne());
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, takeTheirs));
    return tokens;
  }

  /** Always the same, so that a guard has seen them before, until they grow old. */
  same(count: number): () => Promise<readonly Shot[]> {
    let [shots, takenAt]: [Promise<readonly Shot[]> | undefined, number] = [undefined, 0];
    return () => {
      if (shots === undefined || performance.now() - takenAt > SHOWN_MS) {
        takenAt = performance.now();
        shots = this.take(count).then((tokens) => tokens.map(bearer));
      }
      return shots;
    };
  }

  /** Those of its own for each round, which every guard is shown once. @returns to be called by each guard with the number of its round */
  fresh(): (round: number, count: number) => Promise<readonly Shot[]> {
    let [shots, current]: [Promise<readonly Shot[]> | undefined, number] = [undefined, -1];
    return (round, count) => {
      if (shots === undefined || round !== current) {
        current = round;
        shots = this.take(count).then((tokens) => tokens.map(bearer));
      }
      return shots;
    };
  }

  async takeOne(): Promise<string> {
    const { scope } = API[this.algorithm];
    return textOf(
      await this.latchkey.outside.token(MACHINE, { grant_type: 'client_credentials', scope }),
      'access_token',
    );
  }
}
