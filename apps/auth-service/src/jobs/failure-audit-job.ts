/** Owns how long a span of failures is in the audit trail. Does not own what is written of it (limits/failure-audit). */
import type { FailureAudit } from '../limits/failure-audit.js';
import { Repeating, type JobChange } from './repeating.js';

export interface FailureAuditJobOptions {
  readonly failures: Pick<FailureAudit, 'endSpan'>;
  /** Default one minute. */
  readonly intervalMs?: number;
  readonly onChange?: (change: JobChange) => void;
}

export class FailureAuditJob extends Repeating {
  constructor({ failures, intervalMs = 60_000, ...rest }: FailureAuditJobOptions) {
    super({ everyMs: intervalMs, work: () => failures.endSpan(), ...rest });
  }
}
