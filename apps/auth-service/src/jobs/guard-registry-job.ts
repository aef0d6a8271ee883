/** Owns how often whoever holds a lease is entered in the register (revocation.md V16). Does not own the registering (GuardRegistry). */
import type { GuardRegistry } from '@latchkey/tokens';
import { Repeating, type JobChange } from './repeating.js';

export interface GuardRegistryJobOptions {
  readonly registry: Pick<GuardRegistry, 'run'>;
  /** A new guard admits nothing until it was entered; default 250. */
  readonly intervalMs?: number;
  readonly onChange?: (change: JobChange) => void;
}

export class GuardRegistryJob extends Repeating {
  constructor({ registry, intervalMs = 250, ...rest }: GuardRegistryJobOptions) {
    super({ everyMs: intervalMs, work: () => registry.run(), ...rest });
  }
}
