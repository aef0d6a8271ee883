/**
 * Owns the composition of the limits: which there are, by which numbers, and what each door is handed. Does not own the
 * settings' names (config-table), nor what is done at a door.
 */
import type { ClientAttempts, Ephemeral } from '@latchkey/protocol';
import type { Clock } from '@latchkey/tokens';
import type { Logger } from 'pino';
import type { AuditRecord } from '../admin/ports.js';
import { InProcessEphemeral } from '../persistence/in-process/ephemeral.js';
import { Attempts } from './attempts.js';
import { ClientLimits } from './client-limits.js';
import { Counters } from './counters.js';
import { FailureAudit } from './failure-audit.js';
import { type FailureAuditBounds, REFUSAL_AUDIT_BOUNDS } from './failure-audit-bounds.js';
import { Gate } from './gate.js';
import type { LimitPolicy } from './policy.js';

export interface LimitSettings {
  /** Failures of one account or client from one address. */
  readonly failures: number;
  /** Failures from one address (an IPv6 address counts with its /64). */
  readonly failuresPerAddress: number;
  /** How long a failed log-in counts. */
  readonly windowSeconds: number;
  /** Undefined: unbounded. */
  readonly tokensPerMinute: number | undefined;
}

export interface LimitsParts {
  readonly settings: LimitSettings;
  readonly ephemeral: Ephemeral;
  readonly clock: Clock;
  /** Writes to the audit trail, in a transaction of its own. @throws Unavailable */
  readonly record: (...records: readonly AuditRecord[]) => Promise<void>;
  readonly log: Logger;
  readonly auditBounds?: FailureAuditBounds;
  readonly refusalBounds?: FailureAuditBounds;
}

export interface Limits {
  readonly login: Attempts;
  readonly clients: ClientAttempts;
  /** Tokens at the admin port. */
  readonly admin: Attempts;
  readonly audit: FailureAudit;
  /** What callers of the admin API were refused. */
  readonly refusals: FailureAudit;
  /** The span of both is over. @throws Unavailable */
  readonly endSpan: () => Promise<void>;
}

/** How many places may use up their failures before each further one may fail but once. */
const PLACES = 10;
/** Secrets of 256 bits are guessed by nobody: what is bounded is noise, and a mended mistake should work again soon. */
const MACHINE_WINDOW_SECONDS = 60;
/** Of counters, while Redis is away. */
const OWN_CAPACITY = 50_000;

export function openLimits(parts: LimitsParts): Limits {
  const { settings, clock } = parts;
  const { failures: perPair, failuresPerAddress: perNetwork, windowSeconds } = settings;
  const counters = new Counters({ shared: parts.ephemeral, own: new InProcessEphemeral(clock, OWN_CAPACITY) });
  const audit = new FailureAudit({
    ...{ record: parts.record, log: parts.log },
    ...(parts.auditBounds === undefined ? {} : { bounds: parts.auditBounds }),
  });
  const refusals = new FailureAudit({
    ...{ record: parts.record, log: parts.log, bounds: parts.refusalBounds ?? REFUSAL_AUDIT_BOUNDS },
  });
  const attempts = (policy: LimitPolicy): Attempts => new Attempts(new Gate(policy, clock), counters);
  const machine = { perPair, perNetwork, windowSeconds: Math.min(MACHINE_WINDOW_SECONDS, windowSeconds) };
  return {
    login: attempts({ name: 'login', perPair, perNetwork, narrowsBeyond: perPair * PLACES, windowSeconds }),
    clients: new ClientLimits({
      attempts: attempts({ name: 'client-authentication', ...machine }),
      ...{ counters, audit, tokensPerMinute: settings.tokensPerMinute },
    }),
    admin: attempts({ name: 'admin-authentication', ...machine }),
    ...{ audit, refusals },
    endSpan: async () => {
      // What keeps one from being written keeps the other too, and both keep what they have.
      await Promise.all([audit.endSpan(), refusals.endSpan()]);
    },
  };
}
