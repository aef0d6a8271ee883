/**
 * Owns the waiting until the guards have applied a revocation (revocation.md V17, V18): who waits, for what, and that it
 * ends. Does not own the judgement (receipt), one wait (receipt-wait), the publishing, nor the words on any wire.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../time.js';
import type { RevocationEntry } from './entry.js';
import type { RevocationWire } from './feed.js';
import { LeaseWatch, lookAtLeases } from './lease-watch.js';
import type { GuardRegister, StandingLease } from './lease.js';
import { OwnPublications } from './own-publications.js';
import { believedLeases, ReceiptWait, receiptOf, type Receipt } from './receipt-wait.js';
import { judgeReceipt, type Publication } from './receipt.js';

/** The register and the leases at one instant. */
export interface PresentGuards {
  /** As the wire has them, by their keys; undefined when it does not answer. */
  readonly leases: ReadonlyMap<string, StandingLease> | undefined;
  /** Keys of the leases of those that can admit nothing any more, whatever they say themselves. */
  readonly fenced: ReadonlySet<string>;
  /** @param publication undefined while the entry is on no wire */
  receiptOf(publication: Publication | undefined): Receipt;
}

export interface ReceiptDeskOptions {
  readonly wire: Pick<RevocationWire, 'leases' | 'inspect'>;
  readonly register: Pick<GuardRegister, 'roll'>;
  /** Where an entry stands that another instance has published, by its id; undefined while it is on no wire. */
  readonly publicationOf: (id: string) => Promise<Publication | undefined>;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Between two looks at the leases while anybody waits; default 4. */
  readonly pollMs?: number;
}

/** V17: "at most 64 waiters per instance, otherwise ignored and not confirmed". */
const MOST_LIMITED_WAITS = 64;
/** How often the ledger is asked for an entry that another instance has committed and not published yet. */
const LEDGER_MS = 50;
/** What a process that stood still may have lost of the time that it waits for the wire. */
const STEP_MS = 250;

export class ReceiptDesk {
  readonly #options: ReceiptDeskOptions;
  readonly #publications: OwnPublications;
  readonly #watch: LeaseWatch;
  readonly #waits = new Map<ReceiptWait, Promise<void>>();
  #limited = 0;
  #closed = false;

  constructor(options: ReceiptDeskOptions) {
    this.#options = options;
    this.#publications = new OwnPublications(options.publicationOf);
    this.#watch = new LeaseWatch(options.wire, options.pollMs ?? 4);
  }

  /** To be called right after the commit of these entries, with where they will stand. */
  published(
    entries: readonly Pick<RevocationEntry, 'id'>[],
    publication: Promise<Publication | 'deferred' | undefined>,
  ): void {
    this.#publications.note(entries, this.#options.clock.monotonic(), publication);
  }

  /** Whether no more limited waits are taken now. */
  full(): boolean {
    return this.#limited >= MOST_LIMITED_WAITS;
  }

  /**
   * Waits until every guard that could still admit has applied all of these entries, at most this long, and answers how it
   * stands then. Undefined, at once, for a limited wait beyond the 64th. Never rejects: whatever does not answer is partial.
   */
  async wait(
    ids: readonly string[],
    seconds: number,
    { limited = false }: { readonly limited?: boolean } = {},
  ): Promise<Receipt | undefined> {
    if (limited && this.full()) return undefined;
    const wait = new ReceiptWait(this.#options.clock, this.#publications.committedAt(ids), seconds * 1000);
    if (this.#closed) wait.end();
    this.#limited += limited ? 1 : 0;
    const following = this.#follow(wait, ids)
      .catch(() => {
        wait.end();
      })
      .finally(() => this.#waits.delete(wait));
    this.#waits.set(wait, following);
    const receipt = await wait.receipt;
    this.#limited -= limited ? 1 : 0;
    return receipt;
  }

  /** How it stands now, by one look. Rejects when the register does not answer. */
  async now(publication: Publication | undefined): Promise<Receipt> {
    return (await this.present()).receiptOf(publication);
  }

  /** Rejects when the register does not answer. */
  async present(): Promise<PresentGuards> {
    const roll = await this.#options.register.roll();
    const look = await lookAtLeases(
      this.#options.wire,
      roll.guards.map(({ leaseKey }) => leaseKey),
    );
    const leases = believedLeases(look, roll);
    const fenced = judgeReceipt(undefined, roll, leases).guards.filter(({ standing }) => standing === 'fenced');
    return {
      leases: look.wire === 'answered' ? look.leases : undefined,
      fenced: new Set(fenced.map(({ guard }) => guard.leaseKey)),
      receiptOf: (publication) => receiptOf(judgeReceipt(publication, roll, leases)),
    };
  }

  /**
   * Whether the wire is known to have taken these entries. False when a later round has to bring them, and when nobody can
   * say so within this time: nothing is called on its way because it was slow. Never rejects.
   */
  async onTheWire(ids: readonly string[], withinMs: number): Promise<boolean> {
    const taken = this.#publications.of(ids).then(
      (publication) => publication !== undefined,
      () => false,
    );
    // In small steps: while the whole process stands still it has not waited.
    for (let left = withinMs; left > 0; left -= STEP_MS) {
      const answer = await Promise.race([taken, pause(Math.min(left, STEP_MS), undefined, { ref: false })]);
      if (answer !== undefined) return answer;
    }
    return false;
  }

  /** Whoever waits is answered at once, now and later; resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#closed = true;
    const under = [...this.#waits];
    for (const [wait] of under) wait.end();
    await Promise.all(under.map(([, following]) => following));
    await this.#watch.close();
  }

  async #follow(wait: ReceiptWait, ids: readonly string[]): Promise<void> {
    // 1. Where does it stand? What this instance could not publish comes with a later round: nobody waits for that.
    let publication = await orOver(wait, this.#publications.of(ids));
    while (publication === undefined && this.#publications.committedAt(ids) === undefined && !wait.over) {
      await orOver(wait, pause(LEDGER_MS));
      publication = await orOver(wait, this.#publications.of(ids));
    }
    if (wait.over) return;

    // 2. V17: "The live set is read after the XADD." Whoever is not in it was acknowledged behind this entry.
    let roll = await orOver(wait, this.#options.register.roll());
    if (roll !== undefined && publication !== undefined && publication.epoch !== roll.epoch) {
      // It was published in an epoch that is over; perhaps it stands in the new one already.
      this.#publications.forget(ids);
      publication = await orOver(wait, this.#publications.of(ids));
      roll = await orOver(wait, this.#options.register.roll());
    }
    if (roll === undefined) return;
    wait.awaits(publication, roll);
    if (publication?.epoch !== roll.epoch) {
      wait.end();
      return;
    }

    // 3. Who has applied it?
    const stop = this.#watch.watch(
      roll.guards.map(({ leaseKey }) => leaseKey),
      (look) => {
        wait.see(look);
      },
    );
    await wait.receipt;
    stop();
  }
}

/** Undefined when the wait is over first. */
const orOver = <Answer>(wait: ReceiptWait, work: Promise<Answer>): Promise<Answer | undefined> =>
  Promise.race([work, wait.receipt.then(() => undefined)]);
