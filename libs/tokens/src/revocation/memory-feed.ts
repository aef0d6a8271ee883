/** Placeholder body follows. */
import type { Clock, EpochMilliseconds } from '../time.js';
import type { RevocationEntry } from './entry.js';
import type { Epoch, FeedListener, RevocationFeed, RevocationWire, WireIdentity } from './feed.js';

export class MemoryWire implements RevocationWire {
  constructor(readonly clock: Clock) {}
  feed(): RevocationFeed {
    return { start: (_listener: FeedListener) => undefined, close: () => Promise.resolve() };
  }
  forget(): void {}
  inspect(): Promise<WireIdentity> {
    return Promise.resolve({ identity: '', epoch: undefined, now: this.clock.now(), newestWatermark: undefined });
  }
  beginEpoch(_epoch: Epoch): Promise<void> {
    return Promise.resolve();
  }
  append(_epoch: Epoch, _entries: readonly RevocationEntry[]): Promise<'appended' | 'foreign-epoch'> {
    return Promise.resolve('foreign-epoch');
  }
  watermark(_epoch: Epoch, _at: EpochMilliseconds): Promise<'appended' | 'foreign-epoch'> {
    return Promise.resolve('foreign-epoch');
  }
  announceKeys(_epoch: Epoch): Promise<'appended' | 'foreign-epoch'> {
    return Promise.resolve('foreign-epoch');
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}
