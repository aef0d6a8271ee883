/** Owns when applications are told of log-outs that they were not told of at once. Does not own the telling (backchannel). */
import type { BackchannelLogout } from '../backchannel/backchannel-logout.js';
import { Repeating, type JobChange } from './repeating.js';

export interface LogoutDeliveryJobOptions {
  readonly backchannel: Pick<BackchannelLogout, 'deliverDue'>;
  /** Default one second. */
  readonly intervalMs?: number;
  readonly onChange?: (change: JobChange) => void;
}

export class LogoutDeliveryJob extends Repeating {
  readonly #stopping: AbortController;

  constructor({ backchannel, intervalMs = 1000, ...rest }: LogoutDeliveryJobOptions) {
    const stopping = new AbortController();
    super({ everyMs: intervalMs, work: () => backchannel.deliverDue(stopping.signal), ...rest });
    this.#stopping = stopping;
  }

  /** Resolves when the tries under way have ended, however much else is due. */
  override async stop(): Promise<void> {
    this.#stopping.abort();
    await super.stop();
  }
}
