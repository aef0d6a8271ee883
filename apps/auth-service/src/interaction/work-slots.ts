/**
 * Owns a bounded number of slots for costly work, and a short, bounded queue before them. Does not own the work.
 */

/** More work is waiting than may wait: 503, and come back in a moment. */
export class Busy extends Error {
  constructor(readonly retryAfterSeconds: number) {
    super('too much work is waiting');
    this.name = 'Busy';
  }
}

export interface WorkSlotLimits {
  /** At work at once. */
  readonly concurrency: number;
  /** Waiting at once, at most. */
  readonly queueLength: number;
  /** Milliseconds that one may wait. */
  readonly queueWaitMs: number;
}

export class WorkSlots {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly limits: WorkSlotLimits) {}

  /** @throws Busy when the queue is full or the wait too long; then the work was not begun */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.enter();
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  private enter(): Promise<void> {
    if (this.running < this.limits.concurrency) {
      this.running += 1;
      return Promise.resolve();
    }
    if (this.waiting.length >= this.limits.queueLength) return Promise.reject(this.busy());
    return new Promise((resolve, reject) => {
      const admit = (): void => {
        clearTimeout(patience);
        resolve();
      };
      const patience = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(admit), 1);
        reject(this.busy());
      }, this.limits.queueWaitMs);
      this.waiting.push(admit);
    });
  }

  /** A slot is handed to whoever has waited longest; only when nobody waits does it become free. */
  private leave(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.running -= 1;
    else next();
  }

  private busy(): Busy {
    return new Busy(Math.max(1, Math.ceil(this.limits.queueWaitMs / 1000)));
  }
}
