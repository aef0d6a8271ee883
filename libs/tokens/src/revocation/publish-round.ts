/** Placeholder body follows. */
import type { RevocationEntry } from './entry.js';
import type { Epoch, RevocationLedger, RevocationWire } from './feed.js';

export type RoundOutcome =
  | { readonly outcome: 'watermarked'; readonly epoch: Epoch; readonly published: number }
  | { readonly outcome: 'contended' };

export type PublisherEvent =
  | { readonly type: 'epoch-raised'; readonly epoch: Epoch }
  | { readonly type: 'publish-deferred'; readonly error: unknown };

export interface RevocationPublisherOptions {
  readonly wire: RevocationWire;
  readonly ledger: RevocationLedger;
  readonly batchSize?: number;
  readonly onEvent?: (event: PublisherEvent) => void;
}

export class RevocationPublisher {
  constructor(readonly options: RevocationPublisherOptions) {}
  async publishNow(_entries: readonly RevocationEntry[]): Promise<'published' | 'deferred'> {
    return Promise.resolve('deferred');
  }
  async announceKeys(): Promise<'published' | 'deferred'> {
    return Promise.resolve('deferred');
  }
  async round(): Promise<RoundOutcome> {
    return Promise.resolve({ outcome: 'contended' });
  }
  async roundIfDue(_intervalMs: number): Promise<RoundOutcome | { readonly outcome: 'not-due' }> {
    return Promise.resolve({ outcome: 'not-due' });
  }
}
