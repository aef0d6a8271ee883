/**
 * Owns a wire within one process, with a feed for each of its readers: what `npm start` uses in place of Redis.
 * Does not own anything that survives the process: the truth is in the ledger.
 */
import type { Clock } from '../time.js';
import type { RevocationEntry } from './entry.js';
import type {
  Epoch,
  FeedListener,
  FeedMessage,
  LeaseWriting,
  NewWatermark,
  RevocationFeed,
  RevocationWire,
  WireIdentity,
} from './feed.js';
import type { LeaseReport, StandingLease } from './lease.js';
import { MemoryLeases } from './memory-leases.js';
import { precedes, START, type Position } from './position.js';

type Appended = 'appended' | 'foreign-epoch';
type Watermark = Extract<FeedMessage, { type: 'watermark' }>;

interface Placed<Message extends FeedMessage = FeedMessage> {
  readonly message: Message;
  readonly position: Position;
}

export class MemoryWire implements RevocationWire {
  readonly #clock: Clock;
  readonly #readers = new Set<MemoryFeed>();
  readonly #leases: MemoryLeases;
  #life = 1;
  #count = 0;
  #epoch: Epoch | undefined;
  #messages: Placed[] = [];
  #watermark: Placed<Watermark> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#leases = new MemoryLeases(clock);
  }

  /** A reader's end; as many as are wanted. Delivers within the call that publishes. */
  feed(): RevocationFeed {
    return new MemoryFeed(this.#clock, this.#readers, this.#leases, () => this.#standing());
  }

  /** Loses everything, like a Redis that was killed and came back empty; or, in the same life, like FLUSHALL. */
  forget(life: 'new' | 'same' = 'new'): void {
    if (life === 'new') this.#life += 1;
    this.#epoch = undefined;
    this.#messages = [];
    this.#watermark = undefined;
    this.#leases.forget();
  }

  inspect(): Promise<WireIdentity> {
    const standing = this.#standing();
    return Promise.resolve({
      identity: `memory:${this.#life}`,
      epoch: this.#epoch,
      now: this.#clock.now(),
      newestWatermark: this.#watermark?.message.at,
      end: this.#count === 0 ? START : `${this.#count}-0`,
      length: standing.length,
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

  append(
    epoch: Epoch,
    entries: readonly RevocationEntry[],
    receipt: boolean,
  ): Promise<readonly Position[] | 'foreign-epoch'> {
    if (epoch !== this.#epoch) return Promise.resolve('foreign-epoch');
    return Promise.resolve(entries.map((entry) => this.#deliver({ type: 'revocation', epoch, entry, receipt })));
  }

  announceKeys(epoch: Epoch, revision: number): Promise<Appended> {
    return this.#append({ type: 'keys', epoch, revision });
  }

  announceRegistry(epoch: Epoch, revision: number): Promise<Appended> {
    return this.#append({ type: 'registry', epoch, revision });
  }

  acknowledgeGuard(
    epoch: Epoch,
    { guardId, registration }: Pick<LeaseReport, 'guardId' | 'registration'>,
  ): Promise<Appended> {
    return this.#append({ type: 'guard', epoch, guardId, registration });
  }

  watermark(epoch: Epoch, { trimTo, ...watermark }: NewWatermark): Promise<Appended> {
    if (epoch !== this.#epoch) return Promise.resolve('foreign-epoch');
    const standing = this.#watermark?.message.at;
    // A round that was slow does not take the place of one that was quicker.
    if (standing !== undefined && standing > watermark.at && standing <= this.#clock.now()) {
      return Promise.resolve('appended');
    }
    // The refill is complete: what stood before the mark of this epoch is a copy.
    if (standing === undefined) this.#messages = this.#messages.filter(({ message }) => message.epoch === epoch);
    if (trimTo !== undefined) this.#messages = this.#messages.filter(({ position }) => !precedes(position, trimTo));
    this.#watermark = { message: { type: 'watermark', epoch, ...watermark }, position: this.#next() };
    for (const reader of this.#readers) reader.hear(this.#watermark);
    return Promise.resolve('appended');
  }

  allLeases(): Promise<readonly StandingLease[]> {
    return Promise.resolve(this.#leases.all());
  }

  leases(leaseKeys: readonly string[]): Promise<ReadonlyMap<string, StandingLease>> {
    const wanted = new Set(leaseKeys);
    const found = this.#leases.all().filter(({ leaseKey }) => wanted.has(leaseKey));
    return Promise.resolve(new Map(found.map((lease) => [lease.leaseKey, lease])));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #append(message: FeedMessage): Promise<Appended> {
    if (message.epoch !== this.#epoch) return Promise.resolve('foreign-epoch');
    this.#deliver(message);
    return Promise.resolve('appended');
  }

  #deliver(message: FeedMessage): Position {
    const placed = { message, position: this.#next() };
    this.#messages.push(placed);
    for (const reader of this.#readers) reader.hear(placed);
    return placed.position;
  }

  #next(): Position {
    this.#count += 1;
    return `${this.#count}-0`;
  }

  /** In order of their places: the watermark may stand before what was appended after it. */
  #standing(): readonly Placed[] {
    const watermark = this.#watermark;
    if (watermark === undefined) return [...this.#messages];
    const before = this.#messages.filter(({ position }) => precedes(position, watermark.position));
    return [...before, watermark, ...this.#messages.slice(before.length)];
  }
}

class MemoryFeed implements RevocationFeed {
  readonly #clock: Clock;
  readonly #readers: Set<MemoryFeed>;
  readonly #leases: MemoryLeases;
  readonly #standing: () => readonly Placed[];
  #listener: FeedListener | undefined;
  #epoch: Epoch | undefined;

  constructor(clock: Clock, readers: Set<MemoryFeed>, leases: MemoryLeases, standing: () => readonly Placed[]) {
    this.#clock = clock;
    this.#readers = readers;
    this.#leases = leases;
    this.#standing = standing;
  }

  start(listener: FeedListener): void {
    this.#listener = listener;
    this.#readers.add(this);
    this.#fromStart(listener);
  }

  writeLease(report: LeaseReport, writing: LeaseWriting): Promise<'written' | 'lost'> {
    return Promise.resolve(this.#leases.write(report, writing));
  }

  close(): Promise<void> {
    this.#readers.delete(this);
    this.#listener = undefined;
    return Promise.resolve();
  }

  hear({ message, position }: Placed): void {
    const listener = this.#listener;
    if (listener === undefined) return;
    if (message.type === 'watermark') this.#tellClock(listener);
    listener.message(message, position);
    const restart = this.#epoch !== undefined && message.epoch > this.#epoch;
    this.#epoch = Math.max(this.#epoch ?? 0, message.epoch);
    if (restart) this.#fromStart(listener);
  }

  #fromStart(listener: FeedListener): void {
    listener.restarted();
    this.#tellClock(listener);
    for (const placed of this.#standing()) this.hear(placed);
  }

  #tellClock(listener: FeedListener): void {
    const wall = this.#clock.now();
    listener.clock(wall, { wall, monotonic: this.#clock.monotonic() });
  }
}
