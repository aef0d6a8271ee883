/**
 * Owns the walk along the whole chain, page by page, that says whether anything was changed (admin-api.md A11). Does not own
 * the arithmetic (audit-chain), nor who may ask.
 */
import type { AuditVerification, AuditVerifier, ChainFault } from '../../admin/audit-events/audit-ports.js';
import { BEFORE_ALL, keyOf, type Seal, SealDigest } from './audit-chain.js';
import { checkedEventsBetween, newestSeal, sealNumbered, sealsBetween } from './audit-pages.js';
import type { Database } from './database.js';

export interface PostgresAuditVerifierParts {
  readonly database: Database;
  readonly macKeys: readonly [Buffer, ...Buffer[]];
}

export class PostgresAuditVerifier implements AuditVerifier {
  constructor(private readonly parts: PostgresAuditVerifierParts) {}

  /** @throws Unavailable */
  async verify(asked: { readonly head?: string; readonly afterSeal?: number }): Promise<AuditVerification> {
    const { database, macKeys } = this.parts;
    // What is sealed while this walks is left to the next.
    const last = (await newestSeal(database))?.number ?? 0;
    const walk = new Walk(asked.head);
    if (asked.afterSeal !== undefined) {
      const first = await sealNumbered(database, asked.afterSeal);
      if (first === undefined)
        return walk.broken({ seal: asked.afterSeal, event: null, detail: 'there is no such seal' });
      walk.startAfter(first);
    }
    for (;;) {
      const seals = await sealsBetween(database, walk.number, last);
      if (seals.length === 0) return walk.end();
      for (const seal of seals) {
        const fault = await this.#faultIn(seal, walk.before, walk.number);
        if (fault !== undefined) return walk.broken(fault);
        walk.passed(seal, keyOf(seal, macKeys) >= 0);
      }
    }
  }

  async #faultIn(seal: Seal, before: Seal | undefined, numberBefore: number): Promise<ChainFault | undefined> {
    const wrong = (detail: string, event: string | null = null): ChainFault => ({ seal: seal.number, event, detail });
    if (seal.number !== numberBefore + 1) return { ...wrong('this seal is missing'), seal: numberBefore + 1 };
    const digest = new SealDigest(before);
    let after = before?.upTo ?? BEFORE_ALL;
    while (after !== seal.upTo) {
      const page = await checkedEventsBetween(this.parts.database, after, seal.upTo);
      const altered = page.find(({ alteredBeside }) => alteredBeside);
      if (altered !== undefined) return wrong('what stands beside this event was altered', altered.id);
      for (const event of page) digest.add(event);
      const end = page.at(-1);
      if (end === undefined) break;
      after = end.id;
    }
    const { events, digest: made } = digest.end(seal);
    if (events !== seal.events) {
      return wrong(`${seal.events} events were sealed after ${before?.upTo ?? 'the beginning'}, ${events} are there`);
    }
    return made === seal.digest ? undefined : wrong('an event under this seal, or the seal itself, was altered');
  }
}

/** How far a walk is, and what it has seen. */
class Walk {
  number = 0;
  before: Seal | undefined;
  #head: string | null = null;
  #seals = 0;
  #events = 0;
  #contains: boolean;
  /** The first since the last head that is ours. A later one that is ours speaks for it, since it says the digest of this. */
  #unwitnessed: number | undefined;

  constructor(private readonly asked: string | undefined) {
    this.#contains = false;
  }

  startAfter(seal: Seal): void {
    [this.number, this.before, this.#head] = [seal.number, seal, seal.head];
    this.#contains = seal.head === this.asked;
  }

  passed(seal: Seal, isOurs: boolean): void {
    [this.number, this.before, this.#head] = [seal.number, seal, seal.head];
    this.#seals += 1;
    this.#events += seal.events;
    this.#contains ||= seal.head === this.asked;
    this.#unwitnessed = isOurs ? undefined : (this.#unwitnessed ?? seal.number);
  }

  end(): AuditVerification {
    if (this.#unwitnessed !== undefined) {
      const detail = 'the head of this seal was made under no key of this service, and no later one speaks for it';
      return this.broken({ seal: this.#unwitnessed, event: null, detail });
    }
    if (this.asked !== undefined && !this.#contains) {
      return this.broken({ seal: null, event: null, detail: 'the chain does not contain this head' });
    }
    return { ...this.#said(), broken: null };
  }

  broken(fault: ChainFault): AuditVerification {
    return { ...this.#said(), broken: fault };
  }

  #said(): Omit<AuditVerification, 'broken'> {
    const containsHead = this.asked === undefined ? null : this.#contains;
    return { head: this.#head, seals: this.#seals, events: this.#events, containsHead };
  }
}
