/**
 * Owns the limits on clients at the endpoints for machines: how often one is told that it failed to authenticate, and how many
 * tokens it may get, where that is bounded at all. A secret of 256 bits costs one digest to check, so a right one is never kept
 * out: only failures are counted. Does not own authentication (protocol).
 */
import { type ClientAttempts, digestOf, type FailedClient, type RateLimit } from '@latchkey/protocol';
import type { Attempts } from './attempts.js';
import type { Counters } from './counters.js';
import type { FailureAudit } from './failure-audit.js';

const MINUTE_SECONDS = 60;

export interface ClientLimitsParts {
  readonly attempts: Pick<Attempts, 'failed'>;
  readonly counters: Counters;
  readonly audit: FailureAudit;
  /** Undefined: as many as it likes, and nobody counts. */
  readonly tokensPerMinute: number | undefined;
}

export class ClientLimits implements ClientAttempts {
  constructor(private readonly parts: ClientLimitsParts) {}

  async failed(failure: FailedClient): Promise<RateLimit | undefined> {
    const limit = await this.parts.attempts.failed(failure.clientId, failure.address);
    // Whoever made a client_id up names no client of ours.
    if (failure.known) await this.#record(failure);
    return limit;
  }

  async takeToken(clientId: string): Promise<{ readonly limited: boolean; readonly limit: RateLimit } | undefined> {
    const { counters, tokensPerMinute: quota } = this.parts;
    if (quota === undefined) return undefined;
    const { count, remainingSeconds } = await counters.count(`limit:tokens:${digestOf(clientId)}`, MINUTE_SECONDS);
    const limit: RateLimit = {
      ...{ policy: 'tokens', quota, windowSeconds: MINUTE_SECONDS },
      ...{ remaining: Math.max(0, quota - count), resetSeconds: remainingSeconds },
    };
    return { limited: count > quota, limit };
  }

  #record({ clientId, address, reason }: FailedClient): Promise<void> {
    return this.parts.audit.note(
      {
        ...{ actor: clientId, kind: 'client_authentication.failed', target: clientId, outcome: 'refused', address },
        detail: { reason },
      },
      { name: clientId, account: clientId },
    );
  }
}
