// Owns: the verdict of V19 and V18 over what was seen from outside. Pure: it is told instants and reads no clock.
// Does not own: who asks, nor how it is known that a guard stood still.

export interface Admission {
  readonly token: string;
  readonly guard: string;
  /** When the request was sent: the decision cannot have been made earlier. Milliseconds of one monotonic clock. */
  readonly sentAt: number;
  /**
   * When the guard was woken, if the request was sent while it stood still for longer than its bound: the decision fell
   * after that. V18: its first answers refuse, so that nothing acknowledged before it was woken may be admitted.
   */
  readonly wokenAt?: number | undefined;
}

export interface Violation extends Admission {
  readonly acknowledgedAt: number;
  /** By how much more than allowed, in milliseconds. */
  readonly lateMs: number;
}

export class Judge {
  readonly violations: Violation[] = [];
  readonly #acknowledged = new Map<string, number>();

  /** @param maxStalenessMs the bound that every guard runs with */
  constructor(private readonly maxStalenessMs: number) {}

  /** A revocation was answered with 200, received at this instant. The first answer counts. */
  acknowledge(tokens: readonly string[], receivedAt: number): void {
    for (const token of tokens) if (!this.#acknowledged.has(token)) this.#acknowledged.set(token, receivedAt);
  }

  /**
   * V19: no request is admitted "with a token whose revocation had been acknowledged more than maxStalenessMs before".
   * To be called when the answer is there: whatever can convict it was acknowledged earlier. Conservative in both ends,
   * an acknowledgement counts from when it was read, an admission from before it was written.
   */
  admitted(admission: Admission): 'allowed' | 'too-late' {
    const { token, sentAt, wokenAt } = admission;
    const acknowledgedAt = this.#acknowledged.get(token);
    if (acknowledgedAt === undefined) return 'allowed';
    const lateMs = Math.max(
      sentAt - acknowledgedAt - this.maxStalenessMs,
      wokenAt === undefined ? Number.NEGATIVE_INFINITY : wokenAt - acknowledgedAt,
    );
    if (lateMs <= 0) return 'allowed';
    this.violations.push({ ...admission, acknowledgedAt, lateMs });
    return 'too-late';
  }

  /** Every token whose revocation was acknowledged, in the order of acknowledgement. */
  acknowledged(): string[] {
    return [...this.#acknowledged.keys()];
  }

  get acknowledgements(): number {
    return this.#acknowledged.size;
  }
}
