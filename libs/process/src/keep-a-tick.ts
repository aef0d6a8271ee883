/**
 * Owns that V8 knows for good what Node's queue of next ticks is made of. Does not own that queue, nor when garbage is collected.
 */
import { executionAsyncResource } from 'node:async_hooks';

let kept: object | undefined;

/**
 * Keeps one entry of the queue that has been worked off. V8 writes such an entry quickly while it knows the one shape that they all have. A
 * collection of all garbage while none lives (give-back-memory) takes that shape away, and V8 takes the next one for a second shape:
 * from then on each entry is written by V8's runtime, for as long as the process lives: 5 % of the CPU of a token.
 *
 * To be called before anything runs in an asynchronous context of its own, which would be kept as well.
 */
export function keepATick(): void {
  process.nextTick(() => {
    // Of a callback of the queue it is the entry itself.
    kept = executionAsyncResource();
  });
}

/** For whoever asks whether it is one. */
export const keptTick = (): object | undefined => kept;
