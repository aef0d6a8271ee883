/** Owns how often keys are looked after: within a second every instance signs with a new one. Does not own what is due. */
import type { Keys } from '../keys.js';
import { Repeating, type JobChange } from './repeating.js';

export interface KeyRotationJobOptions {
  readonly keys: Pick<Keys, 'watch'>;
  /** Default 400. */
  readonly intervalMs?: number;
  readonly onChange?: (change: JobChange) => void;
}

export class KeyRotationJob extends Repeating {
  constructor({ keys, intervalMs = 400, ...rest }: KeyRotationJobOptions) {
    super({ everyMs: intervalMs, work: () => keys.watch(), ...rest });
  }
}
