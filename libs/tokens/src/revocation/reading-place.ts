/**
 * Owns how far a reader has come in the stream, in words that may be reported (revocation.md V16): "everything at or before
 * this place in this epoch's stream has been applied". Does not own the reading (feed), nor what is applied (knowledge).
 */
import type { Epoch } from './feed.js';
import { START, type Position } from './position.js';

export class ReadingPlace {
  #epoch: Epoch | undefined;
  #position: Position = START;
  #gapless = false;

  /** Of the newest life of the wire that was heard of; undefined before the first message. */
  get epoch(): Epoch | undefined {
    return this.#epoch;
  }

  get position(): Position {
    return this.#position;
  }

  /** What is being read began at the start of the stream, in this epoch, and all of it was understood. */
  get gapless(): boolean {
    return this.#gapless;
  }

  /** The feed reads from the start of the stream again. */
  restart(): void {
    this.#position = START;
    this.#gapless = true;
  }

  /** Something critical was not understood, so not applied: no later place may be reported before the next start. */
  stumble(): void {
    this.#gapless = false;
  }

  /**
   * A message of this epoch was heard. If it is a newer one than the epoch that was being read, what was read until then has
   * no place in it, and what follows has none before the next start.
   * @returns whether that is so
   */
  enter(epoch: Epoch): boolean {
    if (this.#epoch !== undefined && epoch <= this.#epoch) return false;
    const another = this.#epoch !== undefined;
    this.#epoch = epoch;
    if (!another) return false;
    this.#position = START;
    this.#gapless = false;
    return true;
  }

  /** The message there was applied. */
  reach(position: Position): void {
    if (this.#gapless) this.#position = position;
  }
}
