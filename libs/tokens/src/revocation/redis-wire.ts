/** Placeholder body follows. */
import type { EpochMilliseconds } from '../time.js';
import type { RevocationEntry } from './entry.js';
import type { Epoch, RevocationWire, WireIdentity } from './feed.js';

export interface RedisWireOptions {
  /** redis:// or rediss://, with the user and password of one who may write the stream. */
  readonly url: string;
  readonly stream?: string;
  readonly timeoutMs?: number;
}

export class RedisWire implements RevocationWire {
  constructor(readonly options: RedisWireOptions) {}
  inspect(): Promise<WireIdentity> {
    return Promise.reject(new Error('not yet'));
  }
  beginEpoch(_epoch: Epoch): Promise<void> {
    return Promise.reject(new Error('not yet'));
  }
  append(_epoch: Epoch, _entries: readonly RevocationEntry[]): Promise<'appended' | 'foreign-epoch'> {
    return Promise.reject(new Error('not yet'));
  }
  watermark(_epoch: Epoch, _at: EpochMilliseconds): Promise<'appended' | 'foreign-epoch'> {
    return Promise.reject(new Error('not yet'));
  }
  announceKeys(_epoch: Epoch): Promise<'appended' | 'foreign-epoch'> {
    return Promise.reject(new Error('not yet'));
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}
