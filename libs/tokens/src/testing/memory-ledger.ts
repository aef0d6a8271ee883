/** Owns a model of PostgreSQL's side of the feed for specs: commits, the epoch's compare-and-swap, what was published where. */
import { setImmediate as turn } from 'node:timers/promises';
import type { RevocationEntry } from '../revocation/entry.js';
import type { Epoch, EpochRecord, Placed, RevocationLedger, StandingEntries, Unpublished } from '../revocation/feed.js';
import { precedes, START, type Position } from '../revocation/position.js';

interface Row {
  readonly entry: RevocationEntry;
  publishedIn: Epoch;
  position: Position;
}

export class MemoryLedger implements RevocationLedger {
  readonly #rows = new Map<string, Row>();
  #record: EpochRecord = { epoch: 0, identity: '', longestLifetimeSeconds: 300, registryRevision: 0 };

  /** What a transaction that commits does. */
  commit(...entries: readonly RevocationEntry[]): void {
    for (const entry of entries) this.#rows.set(entry.id, { entry, publishedIn: 0, position: START });
  }

  /** What the sweeping of an expired row does. */
  forget(...entries: readonly RevocationEntry[]): void {
    for (const { id } of entries) this.#rows.delete(id);
  }

  noteTokenLifetime(longestLifetimeSeconds: number): void {
    this.#record = { ...this.#record, longestLifetimeSeconds };
  }

  /** What a change of a client does. */
  noteRegistry(registryRevision: number): void {
    this.#record = { ...this.#record, registryRevision };
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
    if (this.#record.epoch === from) this.#record = { ...this.#record, epoch: from + 1, identity };
    return this.#record;
  }

  async unpublished(limit: number): Promise<Unpublished> {
    await turn();
    const record = this.#record;
    const rows = [...this.#rows.values()].filter(({ publishedIn }) => publishedIn < record.epoch);
    return { record, entries: rows.slice(0, limit).map(({ entry }) => entry) };
  }

  async markPublished(placed: readonly Placed[], epoch: Epoch, moved: boolean): Promise<void> {
    await turn();
    for (const { id, position } of placed) {
      const row = this.#rows.get(id);
      if (row === undefined) continue;
      if (row.publishedIn < epoch) row.position = position;
      else if (row.publishedIn === epoch && precedes(row.position, position) === moved) row.position = position;
      row.publishedIn = Math.max(row.publishedIn, epoch);
    }
  }

  async standing(epoch: Epoch): Promise<StandingEntries | 'epoch-over'> {
    await turn();
    if (epoch !== this.#record.epoch) return 'epoch-over';
    const rows = this.#inOrder(epoch);
    return { places: new Set(rows.map(({ position }) => position)).size, oldest: rows[0]?.position };
  }

  async oldestStanding(epoch: Epoch, before: Position, limit: number): Promise<readonly RevocationEntry[]> {
    await turn();
    return this.#inOrder(epoch)
      .filter(({ position }) => precedes(position, before))
      .slice(0, limit)
      .map(({ entry }) => entry);
  }

  #inOrder(epoch: Epoch): readonly Row[] {
    return [...this.#rows.values()]
      .filter(({ publishedIn }) => publishedIn === epoch)
      .sort((left, right) => (precedes(left.position, right.position) ? -1 : 1));
  }
}
