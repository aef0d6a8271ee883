/**
 * Owns what is gathered while a seed is made true: faults, what must be there before it is committed, and what was done. Does not
 * own the entries.
 */
import type { SigningAlgorithm } from '@latchkey/tokens';
import type { AuditRecord } from '../admin/ports.js';
import type { Fault } from '../admin/http/problem.js';

/** What stands outside of the transaction, and must be there before anybody sees what it commits. */
export interface Needs {
  readonly algorithms: ReadonlySet<SigningAlgorithm>;
  readonly lifetimeSeconds: number;
  readonly refreshSeconds: number;
  /** By the name in the file: whoever is created, and has a password in it. */
  readonly passwords: ReadonlyMap<string, string>;
}

export class Seeding {
  readonly faults: Fault[] = [];
  readonly done = { created: 0, changed: 0 };
  /** Of what was left alone although the file says otherwise. */
  readonly ignored: Fault[] = [];
  readonly #algorithms = new Set<SigningAlgorithm>();
  readonly #passwords = new Map<string, string>();
  #lifetimeSeconds = 0;
  #refreshSeconds = 0;

  note(faults: readonly Fault[]): void {
    this.faults.push(...faults);
  }

  did(what: 'created' | 'changed'): void {
    this.done[what] += 1;
  }

  leave(pointer: string, detail: string): void {
    this.ignored.push({ pointer, detail });
  }

  needs(need: {
    readonly algorithms?: readonly SigningAlgorithm[];
    readonly lifetimeSeconds?: number;
    readonly refreshSeconds?: number;
    readonly password?: readonly [username: string, password: string];
  }): void {
    for (const algorithm of need.algorithms ?? []) this.#algorithms.add(algorithm);
    if (need.password !== undefined) this.#passwords.set(...need.password);
    this.#lifetimeSeconds = Math.max(this.#lifetimeSeconds, need.lifetimeSeconds ?? 0);
    this.#refreshSeconds = Math.max(this.#refreshSeconds, need.refreshSeconds ?? 0);
  }

  get needed(): Needs {
    return {
      ...{ algorithms: this.#algorithms, passwords: this.#passwords },
      ...{ lifetimeSeconds: this.#lifetimeSeconds, refreshSeconds: this.#refreshSeconds },
    };
  }
}

/** How what a seed did stands in the audit trail. */
export const seeded = (kind: string, target: string, detail: Readonly<Record<string, unknown>>): AuditRecord => ({
  ...{ actor: 'system', kind, target, outcome: 'done' },
  detail: { ...detail, seed: true },
});
