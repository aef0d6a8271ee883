/**
 * Owns the hashing of the passwords that operators put: in a lane of its own, one after the other, so that a flood of them takes
 * nothing from people who log in but one core. Does not own the hash (interaction/passwords).
 */
import { hashPassword } from '../../interaction/passwords.js';
import { Busy, type WorkSlotLimits, WorkSlots } from '../../interaction/work-slots.js';
import { Problem } from '../http/problem.js';

/** Many may wait, and long: a tool that creates a thousand people is no person before a page. */
const ADMIN_PASSWORD_WORK: WorkSlotLimits = { concurrency: 1, queueLength: 256, queueWaitMs: 20_000 };

export class PasswordLane {
  readonly #slots: WorkSlots;

  /** @param limits how many may wait, and how long */
  constructor(limits: WorkSlotLimits = ADMIN_PASSWORD_WORK) {
    this.#slots = new WorkSlots(limits);
  }

  /** argon2id, PHC string. Not checked: its length. @throws Problem 503 when too many wait */
  async hash(password: string): Promise<string> {
    try {
      return await this.#slots.run(() => hashPassword(password));
    } catch (error) {
      if (!(error instanceof Busy)) throw error;
      throw new Problem(503, 'too many passwords wait to be hashed; try again in a moment', {
        'retry-after': String(error.retryAfterSeconds),
      });
    }
  }
}
