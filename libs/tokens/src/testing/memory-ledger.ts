/** Owns a model of PostgreSQL's side of the feed for specs: commits, the epoch's compare-and-swap, what was published. */
import { setImmediate as turn } from 'node:timers/promises';
import type { RevocationEntry } from '../revocation/entry.js';
import type { Epoch, EpochRecord, RevocationLedger } from '../revocation/feed.js';

export class MemoryLedger implements RevocationLedger {
  readonly #rows = new Map<string, { readonly entry: RevocationEntry; publishedIn: Epoch }>();
  #record: EpochRecord = { epoch: 0, identity: '' };

  /** What a transaction that commits does. */
  commit(...entries: readonly RevocationEntry[]): void {
    for (const entry of entries) this.#rows.set(entry.id, { entry, publishedIn: 0 });
  }

  get entries(): readonly RevocationEntry[] {
    return [...this.#rows.values()].map(({ entry }) => entry);
  }

  async currentEpoch(): Promise<EpochRecord> {
    await turn();
    return this.#record;
  }

  async raiseEpoch(from: Epoch, identity: string): Promise<EpochRecord> {
    await turn();
    if (this.#record.epoch === from) this.#record = { epoch: from + 1, identity };
    return this.#record;
  }

  async unpublished(epoch: Epoch, limit: number): Promise<readonly RevocationEntry[]> {
    await turn();
    const rows = [...this.#rows.values()].filter(({ publishedIn }) => publishedIn < epoch);
    return rows.slice(0, limit).map(({ entry }) => entry);
  }

  async markPublished(ids: readonly string[], epoch: Epoch): Promise<void> {
    await turn();
    for (const id of ids) {
      const row = this.#rows.get(id);
      if (row !== undefined) row.publishedIn = Math.max(row.publishedIn, epoch);
    }
  }
}
