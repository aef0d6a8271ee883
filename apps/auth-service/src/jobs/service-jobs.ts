/** Owns the list of what this service does again and again, and what the log hears of it. Does not own any of the work. */
import type { Logger } from 'pino';
import type { BackchannelLogout } from '../backchannel/backchannel-logout.js';
import type { ExpiredRows } from '../persistence/postgres/expired-rows.js';
import type { Keys } from '../keys.js';
import type { Revocation } from '../revocation.js';
import type { AuditSealer } from '../persistence/postgres/audit-sealer.js';
import { AuditSealJob } from './audit-seal-job.js';
import type { FailureAudit } from '../limits/failure-audit.js';
import { FailureAuditJob } from './failure-audit-job.js';
import { ExpiredRowsJob } from './expired-rows-job.js';
import { GuardRegistryJob } from './guard-registry-job.js';
import { LogoutDeliveryJob } from './logout-delivery-job.js';
import { KeyRotationJob } from './key-rotation-job.js';
import type { JobChange, Repeating } from './repeating.js';
import { RevocationFeedJob } from './revocation-feed-job.js';
import { TrimmingJob } from './trimming-job.js';

export interface ServiceJobsParts {
  readonly revocation: Pick<Revocation, 'publisher' | 'knowledge' | 'registry'>;
  readonly keys: Pick<Keys, 'watch'>;
  readonly expiredRows: Pick<ExpiredRows, 'sweep'>;
  readonly backchannel: Pick<BackchannelLogout, 'deliverDue'>;
  readonly sealer: Pick<AuditSealer, 'round'>;
  readonly failures: Pick<FailureAudit, 'endSpan'>;
  readonly watermarkIntervalMs: number;
  readonly log: Logger;
}

export function serviceJobs(parts: ServiceJobsParts): Repeating[] {
  const { revocation, keys, expiredRows, backchannel, sealer, failures, watermarkIntervalMs, log } = parts;
  const said =
    (level: 'warn' | 'error', failing: string, working: string) =>
    (change: JobChange): void => {
      if (change.state === 'failing') log[level]({ cause: causeOf(change.error) }, failing);
      else log.info(working);
    };
  const { publisher, knowledge, registry } = revocation;
  return [
    new RevocationFeedJob({
      ...{ publisher, knowledge, intervalMs: watermarkIntervalMs },
      onChange: said('error', 'the revocation feed is behind', 'the revocation feed is complete again'),
    }),
    new KeyRotationJob({
      keys,
      onChange: said('error', 'keys are not looked after', 'keys are looked after again'),
    }),
    new GuardRegistryJob({
      registry,
      onChange: said('warn', 'new guards wait for the register', 'guards are entered in the register again'),
    }),
    new TrimmingJob({
      publisher,
      onChange: said('warn', 'the revocation feed is not trimmed for now', 'the revocation feed is trimmed again'),
    }),
    new AuditSealJob({
      sealer,
      onChange: said('error', 'the audit trail is not sealed for now', 'the audit trail is sealed again'),
    }),
    new FailureAuditJob({
      failures,
      onChange: said('error', 'failures are not summed up in the audit trail', 'failures are summed up again'),
    }),
    new LogoutDeliveryJob({
      backchannel,
      onChange: said(
        'warn',
        'applications are not told of log-outs for now',
        'applications are told of log-outs again',
      ),
    }),
    new ExpiredRowsJob({
      expiredRows,
      onChange: said('warn', 'expired rows stay for now', 'expired rows are swept again'),
    }),
  ];
}

export const causeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown';
  return error.cause instanceof Error ? error.cause.message : error.message;
};
