/** Owns when a round of the revocation feed is due (revocation.md V6). Does not own the round (RevocationPublisher). */
import type { RevocationKnowledge, RevocationPublisher } from '@latchkey/tokens';
import { Repeating, type JobChange } from './repeating.js';

export interface RevocationFeedJobOptions {
  readonly publisher: Pick<RevocationPublisher, 'epoch' | 'roundIfDue'>;
  /** What this instance has heard itself: while it hears young watermarks, nobody need be asked whether there are any. */
  readonly knowledge: Pick<RevocationKnowledge, 'hasWatermark'>;
  /** WATERMARK_INTERVAL_MS; default 100. */
  readonly intervalMs?: number;
  readonly onChange?: (change: JobChange) => void;
}

export class RevocationFeedJob extends Repeating {
  constructor({ publisher, knowledge, intervalMs = 100, ...rest }: RevocationFeedJobOptions) {
    super({
      everyMs: intervalMs,
      work: async () => {
        // The epoch that it would publish in: after a new one a round is due, whatever others have written in it.
        const { epoch } = publisher;
        if (epoch === undefined || !knowledge.hasWatermark(epoch, intervalMs)) await publisher.roundIfDue(intervalMs);
      },
      ...rest,
    });
  }
}
