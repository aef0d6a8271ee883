/**
 * Owns the looking at leases: once, or again and again while anybody waits, with one loop for all of them.
 * Does not own what is concluded from a look (receipt), nor for how long anybody waits (receipt-desk).
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Epoch, RevocationWire } from './feed.js';
import type { StandingLease } from './lease.js';

/** What the wire said; `silent` when it did not answer. */
export type Look =
  | {
      readonly wire: 'answered';
      readonly leases: ReadonlyMap<string, StandingLease>;
      /** The life of the wire just after the leases were read; undefined when that life is in no epoch yet. */
      readonly epoch: Epoch | undefined;
    }
  | { readonly wire: 'silent' };

type Wire = Pick<RevocationWire, 'leases' | 'inspect'>;
type Tell = (look: Look) => void;

const NONE: ReadonlyMap<string, StandingLease> = new Map();

/** Never rejects. */
export async function lookAtLeases(wire: Wire, leaseKeys: readonly string[]): Promise<Look> {
  try {
    const leases = leaseKeys.length === 0 ? NONE : await wire.leases(leaseKeys);
    // Only then: a wire that was lost before this answer forgot leases that still run, and shows it here.
    const { epoch } = await wire.inspect();
    return { wire: 'answered', leases, epoch };
  } catch {
    return { wire: 'silent' };
  }
}

export class LeaseWatch {
  readonly #wire: Wire;
  readonly #everyMs: number;
  readonly #watchers = new Map<Tell, readonly string[]>();
  #loop: Promise<void> | undefined;

  constructor(wire: Wire, everyMs: number) {
    this.#wire = wire;
    this.#everyMs = everyMs;
  }

  /** Tells of every look that begins after this call, until stopped. */
  watch(leaseKeys: readonly string[], tell: Tell): () => void {
    this.#watchers.set(tell, leaseKeys);
    this.#loop ??= this.#look();
    return () => void this.#watchers.delete(tell);
  }

  /** Resolves when no look is under way any more. Not checked: that nobody begins to watch again. */
  async close(): Promise<void> {
    this.#watchers.clear();
    await this.#loop;
  }

  async #look(): Promise<void> {
    while (this.#watchers.size > 0) {
      // Whoever joins while this look is under way read the register after it began: it is not for them.
      const told = [...this.#watchers];
      const look = await lookAtLeases(this.#wire, [...new Set(told.flatMap(([, leaseKeys]) => leaseKeys))]);
      for (const [tell] of told) if (this.#watchers.has(tell)) tell(look);
      if (this.#watchers.size > 0) await pause(this.#everyMs);
    }
    this.#loop = undefined;
  }
}
