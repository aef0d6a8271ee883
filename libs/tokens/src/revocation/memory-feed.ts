/**
 * Owns a wire within one process, with a feed for each of its readers: what `npm start` uses in place of Redis.
 * Does not own anything that survives the process: the truth is in the ledger.
 */
import type { Clock, EpochMilliseconds } from '../time.js';
import type { RevocationEntry } from './entry.js';
import type { Epoch, FeedListener, FeedMessage, RevocationFeed, RevocationWire, WireIdentity } from './feed.js';

type Appended = 'appended' | 'foreign-epoch';

export class MemoryWire implements RevocationWire {
  readonly #clock: Clock;
  readonly #readers = new Set<MemoryFeed>();
  #life = 1;
  #epoch: Epoch | undefined;
  #messages: FeedMessage[] = [];
  #watermark: Extract<FeedMessage, { type: 'watermark' }> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A reader's end; as many as are wanted. Delivers within the call that publishes. */
  feed(): RevocationFeed {
    return new MemoryFeed(this.#clock, this.#readers, () => [
      ...this.#messages,
      ...(this.#watermark === undefined ? [] : [this.#watermark]),
    ]);
  }

  /** Loses everything, like a Redis that was killed and came back empty; or, in the same life, like FLUSHALL. */
  forget(life: 'new' | 'same' = 'new'): void {
    if (life === 'new') this.#life += 1;
    this.#epoch = undefined;
    this.#messages = [];
    this.#watermark = undefined;
  }

  inspect(): Promise<WireIdentity> {
    return Promise.resolve({
      identity: `memory:${this.#life}`,
      epoch: this.#epoch,
      now: this.#clock.now(),
      newestWatermark: this.#watermark?.at,
    });
  }

  beginEpoch(epoch: Epoch): Promise<void> {
    if (this.#epoch === undefined || epoch > this.#epoch) {
      this.#epoch = epoch;
      this.#watermark = undefined;
      this.#deliver({ type: 'epoch', epoch });
    }
    return Promise.resolve();
  }

  append(epoch: Epoch, entries: readonly RevocationEntry[]): Promise<Appended> {
    return this.#append(
      epoch,
      entries.map((entry) => ({ type: 'revocation', epoch, entry })),
    );
  }

  announceKeys(epoch: Epoch): Promise<Appended> {
    return this.#append(epoch, [{ type: 'keys', epoch }]);
  }

  watermark(epoch: Epoch, at: EpochMilliseconds): Promise<Appended> {
    if (epoch !== this.#epoch) return Promise.resolve('foreign-epoch');
    const standing = this.#watermark?.at;
    // A round that was slow does not take the place of one that was quicker.
    if (standing !== undefined && standing > at && standing <= this.#clock.now()) return Promise.resolve('appended');
    // The refill is complete: what stood before the mark of this epoch is a copy.
    if (standing === undefined) this.#messages = this.#messages.filter((message) => message.epoch === epoch);
    this.#watermark = { type: 'watermark', epoch, at };
    for (const reader of this.#readers) reader.hear(this.#watermark);
    return Promise.resolve('appended');
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #append(epoch: Epoch, messages: readonly FeedMessage[]): Promise<Appended> {
    if (epoch !== this.#epoch) return Promise.resolve('foreign-epoch');
    for (const message of messages) this.#deliver(message);
    return Promise.resolve('appended');
  }

  #deliver(message: FeedMessage): void {
    this.#messages.push(message);
    for (const reader of this.#readers) reader.hear(message);
  }
}

class MemoryFeed implements RevocationFeed {
  readonly #clock: Clock;
  readonly #readers: Set<MemoryFeed>;
  readonly #standing: () => readonly FeedMessage[];
  #listener: FeedListener | undefined;
  #epoch: Epoch | undefined;

  constructor(clock: Clock, readers: Set<MemoryFeed>, standing: () => readonly FeedMessage[]) {
    this.#clock = clock;
    this.#readers = readers;
    this.#standing = standing;
  }

  start(listener: FeedListener): void {
    this.#listener = listener;
    this.#readers.add(this);
    this.#fromStart(listener);
  }

  close(): Promise<void> {
    this.#readers.delete(this);
    this.#listener = undefined;
    return Promise.resolve();
  }

  hear(message: FeedMessage): void {
    const listener = this.#listener;
    if (listener === undefined) return;
    if (message.type === 'watermark') this.#tellClock(listener);
    listener.message(message);
    if (message.type !== 'epoch') return;
    const restart = this.#epoch !== undefined && message.epoch > this.#epoch;
    this.#epoch = Math.max(this.#epoch ?? 0, message.epoch);
    if (restart) this.#fromStart(listener);
  }

  #fromStart(listener: FeedListener): void {
    listener.restarted();
    this.#tellClock(listener);
    for (const message of this.#standing()) this.hear(message);
  }

  #tellClock(listener: FeedListener): void {
    const wall = this.#clock.now();
    listener.clock(wall, { wall, monotonic: this.#clock.monotonic() });
  }
}
