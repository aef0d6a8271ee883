/** Placeholder body follows. */
import type { Clock, EpochMilliseconds } from '../time.js';
import type { RevocationKind } from './entry.js';
import type { FeedListener, FeedMessage } from './feed.js';
import { RevocationList, type RevocableClaims } from './list.js';

export interface Freshness {
  readonly state: 'fresh' | 'stale' | 'loading';
  /** Milliseconds since the newest watermark by the wire's clock; infinite while loading. */
  readonly ageMs: number;
}

export interface RevocationKnowledgeOptions {
  readonly clock: Clock;
  readonly onKeysChanged?: () => void;
}

export class RevocationKnowledge implements FeedListener {
  readonly list = new RevocationList();
  constructor(readonly options: RevocationKnowledgeOptions) {}
  freshness(): Freshness {
    return { state: 'loading', ageMs: Number.POSITIVE_INFINITY };
  }
  judgeable(maxStalenessMs: number): boolean {
    return this.freshness().ageMs <= maxStalenessMs;
  }
  match(claims: RevocableClaims, kid: string): RevocationKind | undefined {
    return this.list.match(claims, kid);
  }
  message(_message: FeedMessage): void {}
  clock(_wireNow: EpochMilliseconds, _askedAt: { wall: EpochMilliseconds; monotonic: number }): void {}
  restarted(): void {}
  incomprehensible(_detail: string): void {}
}
