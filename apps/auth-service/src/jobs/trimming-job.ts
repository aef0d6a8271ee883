/** Owns how often the wire is trimmed (revocation.md V8). Does not own what may be trimmed (RevocationPublisher). */
import type { RevocationPublisher } from '@latchkey/tokens';
import { Repeating, type JobChange } from './repeating.js';

export interface TrimmingJobOptions {
  readonly publisher: Pick<RevocationPublisher, 'trimmingRound'>;
  /** Default half a minute. */
  readonly intervalMs?: number;
  readonly onChange?: (change: JobChange) => void;
}

export class TrimmingJob extends Repeating {
  constructor({ publisher, intervalMs = 30_000, ...rest }: TrimmingJobOptions) {
    super({ everyMs: intervalMs, work: () => publisher.trimmingRound(), ...rest });
  }
}
