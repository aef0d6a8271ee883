/**
 * Owns how far a run has come as a whole, and how long the rest may take: all that was asked for, by the seconds that it is likely
 * to take; what has taken longer so far will take longer. Does not own the work.
 */
import { some, type Tell } from '@latchkey/stack';

const EVERY_MS = 5000;
/** Of the whole. So much is reckoned as if it had gone as expected: the first steps alone foretell nothing. */
const BELIEVED = 0.1;

export class Course {
  readonly #began: number;
  #told: number;
  #passed = 0;

  /** @param now milliseconds, monotonic */
  constructor(
    readonly tell: Tell,
    private expectedSeconds: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#began = this.#told = now();
    tell(`all that was asked for takes ${some(expectedSeconds)}`);
  }

  /** So much more than was expected at first is to be done. */
  longer(seconds: number): void {
    this.expectedSeconds += seconds;
  }

  /** So much of what was expected is done. Told now and then. */
  passed(seconds: number): void {
    this.#passed += seconds;
    const at = this.now();
    if (at - this.#told < EVERY_MS) return;
    this.#told = at;
    const believed = BELIEVED * this.expectedSeconds;
    const pace = ((at - this.#began) / 1000 + believed) / (this.#passed + believed);
    const percent = Math.round((100 * this.#passed) / this.expectedSeconds);
    this.tell(`${percent} % of the whole run; ${some(pace * (this.expectedSeconds - this.#passed))} left`);
  }
}
