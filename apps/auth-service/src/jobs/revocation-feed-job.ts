/** Owns when a round of the revocation feed is due (revocation.md V6). Does not own the round (RevocationPublisher). */
import type { RevocationPublisher } from '@latchkey/tokens';
import { Repeating, type JobChange } from './repeating.js';

export interface RevocationFeedJobOptions {
  readonly publisher: Pick<RevocationPublisher, 'roundIfDue'>;
  /** WATERMARK_INTERVAL_MS; default 100. */
  readonly intervalMs?: number;
  readonly onChange?: (change: JobChange) => void;
}

export class RevocationFeedJob extends Repeating {
  constructor({ publisher, intervalMs = 100, ...rest }: RevocationFeedJobOptions) {
    super({ everyMs: intervalMs, work: () => publisher.roundIfDue(intervalMs), ...rest });
  }
}
