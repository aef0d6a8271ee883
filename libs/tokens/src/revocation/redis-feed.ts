/** Placeholder body follows. */
import type { Clock } from '../time.js';
import type { FeedListener, RevocationFeed } from './feed.js';

export type RedisFeedEvent =
  { readonly type: 'connected' } | { readonly type: 'disconnected'; readonly error: unknown };

export interface RedisFeedOptions {
  /** redis:// or rediss://; a user with FEED_ACL_RULES is enough. */
  readonly url: string;
  readonly clock: Clock;
  readonly stream?: string;
  readonly onEvent?: (event: RedisFeedEvent) => void;
}

export class RedisFeed implements RevocationFeed {
  constructor(readonly options: RedisFeedOptions) {}
  start(_listener: FeedListener): void {}
  close(): Promise<void> {
    return Promise.resolve();
  }
}
