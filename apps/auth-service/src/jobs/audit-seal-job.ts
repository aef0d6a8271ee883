/** Owns how often the audit trail is sealed (admin-api.md A11: "each second"). Does not own the sealing (AuditSealer). */
import type { AuditSealer } from '../persistence/postgres/audit-sealer.js';
import { Repeating, type JobChange } from './repeating.js';

export interface AuditSealJobOptions {
  readonly sealer: Pick<AuditSealer, 'round'>;
  /** Default one second. */
  readonly intervalMs?: number;
  readonly onChange?: (change: JobChange) => void;
}

export class AuditSealJob extends Repeating {
  constructor({ sealer, intervalMs = 1000, ...rest }: AuditSealJobOptions) {
    super({ everyMs: intervalMs, work: () => sealer.round(), ...rest });
  }
}
