/**
 * Owns that failures stand in the audit trail and cannot flood it: so many rows in a span about one subject, from one network
 * and in all, each instance for itself; of the rest a number, in one row for each, at the end of the span (admin-api.md A11:
 * "A flood of failed logins cannot stop it"). Does not own when a span ends (jobs), nor what a failure is.
 */
import { digestOf } from '@latchkey/protocol';
import type { Logger } from 'pino';
import type { AuditRecord } from '../admin/ports.js';
import { FAILURE_AUDIT_BOUNDS, type FailureAuditBounds } from './failure-audit-bounds.js';
import { networkOf } from './network.js';

export type RefusedRecord = AuditRecord & { readonly outcome: 'refused'; readonly address: string };

/** Whom a failure is about. */
export interface Subject {
  /** As it was typed or presented, in its one spelling, so that what exists is treated as what does not. */
  readonly name: string;
  /** The sub or client_id, where there is one and somebody looked. */
  readonly account: string | undefined;
}

export interface FailureAuditParts {
  /** In a transaction of its own. @throws Unavailable */
  readonly record: (...records: readonly AuditRecord[]) => Promise<void>;
  readonly log: Logger;
  readonly bounds?: FailureAuditBounds;
}

interface Bucket {
  readonly name: string;
  readonly most: number;
  readonly withheld: AuditRecord;
}

interface Withheld {
  readonly record: AuditRecord;
  count: number;
}

export class FailureAudit {
  readonly #written = new Map<string, number>();
  /** Who the names are that were looked for in this span: a limit that nobody looks behind says no more than the name. */
  readonly #known = new Map<string, string>();
  readonly #withheld = new Map<string, Withheld>();

  constructor(private readonly parts: FailureAuditParts) {}

  /**
   * Never rejects: what cannot be recorded failed all the same, and the log says so.
   * @param further what stands for the rest of one subject; left out, the record without what names a person
   */
  async note(record: RefusedRecord, subject: Subject, further?: AuditRecord): Promise<void> {
    const { kind, target } = record;
    const buckets = this.#bucketsOf(record, subject.name, further);
    const full = this.#isOwed(kind, subject.account) ? undefined : buckets.find((bucket) => this.#isFull(bucket));
    if (full !== undefined) {
      const known = this.#withheld.get(full.name);
      if (known === undefined) this.#withheld.set(full.name, { record: full.withheld, count: 1 });
      else known.count += 1;
      return;
    }
    for (const { name } of buckets) this.#add(name);
    if (subject.account !== undefined) this.#known.set(subjectKey(kind, subject.name), target);
    await this.parts.record(record).catch((error: unknown) => {
      const cause = error instanceof Error ? error.message : undefined;
      this.parts.log.error({ cause, kind }, 'a failure is not in the audit trail');
    });
  }

  /**
   * Whoever guesses in a crowd of names that nobody has, or from a network that has failed often, does not hide whom he
   * guesses. @returns whether this account still has a row of its own, which is then taken
   */
  #isOwed(kind: string, account: string | undefined): boolean {
    if (account === undefined) return false;
    const bounds = this.#bounds;
    const own = { name: `account:${kind}:${digestOf(account)}`, most: bounds.perAccount };
    const all = { name: `accounts:${kind}`, most: bounds.inAll };
    if (this.#isFull(own) || this.#isFull(all)) return false;
    for (const { name } of [own, all]) this.#add(name);
    return true;
  }

  /** With what is written at the end of the span about the rest of each: it stands for many names and addresses, and names none. */
  #bucketsOf({ actor, kind, target, address }: RefusedRecord, name: string, further?: AuditRecord): readonly Bucket[] {
    const { inAll, perNetwork, perSubject } = this.#bounds;
    const one = subjectKey(kind, name);
    const sum = { actor, kind, outcome: 'refused' } as const;
    return [
      { name: `all:${kind}`, most: inAll, withheld: { ...sum, target: 'several' } },
      {
        ...{ name: `network:${kind}:${networkOf(address)}`, most: perNetwork },
        withheld: { ...sum, target: 'several', address },
      },
      { name: one, most: perSubject, withheld: further ?? { ...sum, target: this.#known.get(one) ?? target } },
    ];
  }

  #isFull({ name, most }: Pick<Bucket, 'name' | 'most'>): boolean {
    return (this.#written.get(name) ?? 0) >= most;
  }

  #add(name: string): void {
    this.#written.set(name, (this.#written.get(name) ?? 0) + 1);
  }

  get #bounds(): FailureAuditBounds {
    return this.parts.bounds ?? FAILURE_AUDIT_BOUNDS;
  }

  /** The span is over. @throws Unavailable; then nothing of what was withheld is lost */
  async endSpan(): Promise<void> {
    this.#written.clear();
    this.#known.clear();
    if (this.#withheld.size === 0) return;
    const withheld = [...this.#withheld];
    this.#withheld.clear();
    try {
      await this.parts.record(...withheld.map(([, { record, count }]) => summaryOf(record, count)));
    } catch (error) {
      for (const [name, { record, count }] of withheld) {
        const since = this.#withheld.get(name)?.count ?? 0;
        this.#withheld.set(name, { record, count: count + since });
      }
      throw error;
    }
  }
}

const subjectKey = (kind: string, name: string): string => `subject:${kind}:${digestOf(name)}`;

const summaryOf = (record: AuditRecord, count: number): AuditRecord => ({
  ...record,
  detail: { reason: 'several', further: count },
});
