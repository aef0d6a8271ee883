/**
 * Owns one wait for the guards, from the commit to the receipt: what was seen of each guard, when, and when enough was seen.
 * Does not own the looking (lease-watch) nor the judgement (receipt).
 */
import type { Clock } from '../time.js';
import type { Look } from './lease-watch.js';
import type { GuardRoll } from './lease.js';
import { judgeReceipt, type GuardStanding, type Judged, type Publication } from './receipt.js';

export interface ReceiptedGuard {
  readonly guardId: string;
  readonly service: string;
  readonly state: GuardStanding;
  /** Milliseconds from the commit until this was seen; null while silent, and where nobody looked since the commit. */
  readonly afterMs: number | null;
}

export interface Receipt {
  /** `applied` only if it is true of every guard that could still admit the token. */
  readonly state: Judged['state'];
  /** Guards on the register. */
  readonly live: number;
  /** Those of them that have applied it or can admit nothing any more. */
  readonly confirmed: number;
  /** The longest afterMs; null where there is none. */
  readonly slowestMs: number | null;
  readonly guards: readonly ReceiptedGuard[];
}

/** @param afterMs by the key of its lease */
export function receiptOf({ state, guards }: Judged, afterMs: ReadonlyMap<string, number> = new Map()): Receipt {
  const receipted = guards.map(({ guard, standing }): ReceiptedGuard => {
    const { guardId, service, leaseKey } = guard;
    return { guardId, service, state: standing, afterMs: afterMs.get(leaseKey) ?? null };
  });
  const times = receipted.flatMap((guard) => (guard.afterMs === null ? [] : [guard.afterMs]));
  return {
    state,
    live: receipted.length,
    confirmed: receipted.filter((guard) => guard.state !== 'silent').length,
    slowestMs: times.length === 0 ? null : Math.max(...times),
    guards: receipted,
  };
}

/** Nothing is believed of a wire that lives in another epoch than the register, or in none. */
export const believedLeases = (look: Look, roll: GuardRoll) =>
  look.wire === 'answered' && look.epoch === roll.epoch ? look.leases : undefined;

const NOBODY: Judged = { state: 'partial', guards: [] };

interface Awaited {
  /** Undefined while the entry is on no wire. */
  readonly publication: Publication | undefined;
  readonly roll: GuardRoll;
  /** On the monotonic clock. */
  readonly readAt: number;
}

export class ReceiptWait {
  readonly receipt: Promise<Receipt>;
  readonly #monotonic: () => number;
  readonly #committedAt: number | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #seenAfter = new Map<string, number>();
  #settle: (receipt: Receipt) => void = () => undefined;
  #over = false;
  #awaited: Awaited | undefined;
  #judged = NOBODY;

  /** @param committedAt on the monotonic clock; undefined when it was not this instance that committed */
  constructor(clock: Pick<Clock, 'monotonic'>, committedAt: number | undefined, milliseconds: number) {
    this.#monotonic = () => clock.monotonic();
    this.#committedAt = committedAt;
    this.receipt = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#timer = setTimeout(() => {
      this.end();
    }, milliseconds);
  }

  get over(): boolean {
    return this.#over;
  }

  /** @param roll read after the entry was appended */
  awaits(publication: Publication | undefined, roll: GuardRoll): void {
    this.#awaited = { publication, roll, readAt: this.#monotonic() };
    this.#judged = judgeReceipt(publication, roll, undefined);
  }

  /** A look that began after the register was read. */
  see(look: Look): void {
    if (this.#over || this.#awaited === undefined || look.wire === 'silent') return;
    const { publication, readAt } = this.#awaited;
    const now = this.#monotonic();
    const roll = { ...this.#awaited.roll, epochAgeMs: this.#awaited.roll.epochAgeMs + (now - readAt) };
    const leases = believedLeases(look, roll);
    // Another life of the wire: V17 "within the longest lease after a new epoch the state is partial", and what was seen of
    // the guards before stays true.
    if (leases === undefined) {
      this.end();
      return;
    }
    this.#judged = judgeReceipt(publication, roll, leases);
    this.#note(now);
    if (this.#judged.state === 'applied') this.end();
  }

  /** Answers with what was seen so far. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#settle(receiptOf(this.#judged, this.#seenAfter));
  }

  #note(now: number): void {
    for (const { guard, standing } of this.#judged.guards) {
      if (standing === 'silent') this.#seenAfter.delete(guard.leaseKey);
      else if (this.#committedAt !== undefined && !this.#seenAfter.has(guard.leaseKey)) {
        this.#seenAfter.set(guard.leaseKey, now - this.#committedAt);
      }
    }
  }
}
