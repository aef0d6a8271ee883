// Owns: doing something so many times a second, whether or not the last one is done, and catching up after a pause of ours.
// Does not own: what is done.

const TICK_MS = 5;
/** A pause of ours is made up for by no more than this at once. */
const AT_MOST_AT_ONCE = 10;

export class Pace {
  #timer: NodeJS.Timeout | undefined;
  #startedAt = 0;
  #done = 0;

  constructor(
    private readonly perSecond: number,
    private readonly work: () => void,
  ) {}

  start(): void {
    this.stop();
    [this.#startedAt, this.#done] = [performance.now(), 0];
    this.#timer = setInterval(() => {
      this.#catchUp();
    }, TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #catchUp(): void {
    const due = Math.floor(((performance.now() - this.#startedAt) / 1000) * this.perSecond);
    this.#done = Math.max(this.#done, due - AT_MOST_AT_ONCE);
    for (; this.#done < due; this.#done++) this.work();
  }
}
