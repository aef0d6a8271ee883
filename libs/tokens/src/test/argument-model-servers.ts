/**
 * Owns what the Redis of the model holds, on which process, and every way in which it forgets: restarts, FLUSHALL, a lost tail,
 * replicas that lag, an old primary that comes back. Does not own any command (argument-model-redis).
 */
import type { Epoch, FeedMessage } from '../revocation/feed.js';
import type { StandingLease } from '../revocation/lease.js';
import { START, type Position } from '../revocation/position.js';
import type { EpochMilliseconds } from '../time.js';

export interface PlacedMessage {
  readonly position: Position;
  readonly order: number;
  /** All that stand at one place. */
  readonly messages: readonly FeedMessage[];
}

export interface Mark {
  readonly epoch: Epoch;
  readonly identity: string;
  readonly lastId: Position;
  readonly epochId: Position;
  readonly watermark?: { readonly id: Position; readonly at: EpochMilliseconds };
}

export interface Data {
  readonly stream: { readonly messages: readonly PlacedMessage[]; readonly lastId: Position } | undefined;
  readonly mark: Mark | undefined;
  readonly leases: ReadonlyMap<string, { readonly lease: StandingLease; readonly until: EpochMilliseconds }>;
}

/** One process with its data. Data are replaced whole, so that a snapshot is a reference. */
interface Server {
  readonly run: number;
  readonly replication: number;
  readonly data: Data;
}

export const redisFaults = [
  // Killed, and back without its data, with it, or without its tail.
  ...(['restart-empty', 'restart-whole', 'restart-without-tail'] as const),
  // In the same life.
  ...(['flush', 'lose-tail', 'lose-mark', 'lose-stream'] as const),
  // A replica that lags is promoted; with `same`, before its replication id was changed. The old primary lives on, and comes back.
  ...(['failover', 'failover-same', 'failback'] as const),
];

export type RedisFault = (typeof redisFaults)[number];

const EMPTY: Data = { stream: undefined, mark: undefined, leases: new Map() };
/** Messages that a lost tail holds. */
const TAIL = 2;

export class ModelServers {
  #lives = 1;
  #current: Server = { run: 1, replication: 1, data: EMPTY };
  #replica: Data = EMPTY;
  #unseen: Server | undefined;

  get data(): Data {
    return this.#current.data;
  }

  /** What tells one life from another. */
  get identity(): string {
    return `${this.#current.run}:${this.#current.replication}`;
  }

  become(change: Partial<Data>): void {
    this.#current = { ...this.#current, data: { ...this.data, ...change } };
  }

  /** What somebody does who has not followed the last failover, and talks to the old primary as long as that lives. */
  behind<Answer>(act: () => Answer): Answer {
    const [current, unseen] = [this.#current, this.#unseen];
    if (unseen === undefined) return act();
    this.#current = unseen;
    const answer = act();
    this.#unseen = this.#current;
    this.#current = current;
    return answer;
  }

  /** What a replica that falls behind holds from now on. */
  snapshot(): void {
    this.#replica = this.data;
  }

  /** @returns whether the process ended, and with it every connection */
  suffer(fault: RedisFault): boolean {
    const { run, replication, data } = this.#current;
    switch (fault) {
      case 'restart-empty':
      case 'restart-whole':
      case 'restart-without-tail': {
        const left = { 'restart-empty': EMPTY, 'restart-whole': data, 'restart-without-tail': withoutTail(data, true) };
        this.#current = { run: this.#life(), replication: this.#life(), data: left[fault] };
        return true;
      }
      case 'flush':
        this.#current = { run, replication, data: EMPTY };
        return false;
      case 'lose-tail':
        this.#current = { run, replication, data: withoutTail(data, false) };
        return false;
      case 'lose-mark':
        this.become({ mark: undefined });
        return false;
      case 'lose-stream':
        this.become({ stream: undefined });
        return false;
      case 'failover':
      case 'failover-same': {
        this.#unseen = this.#current;
        const id = fault === 'failover' ? this.#life() : replication;
        this.#current = { run: this.#life(), replication: id, data: this.#replica };
        return true;
      }
      case 'failback':
        if (this.#unseen === undefined) return false;
        [this.#current, this.#unseen] = [this.#unseen, undefined];
        return true;
    }
  }

  #life(): number {
    this.#lives += 1;
    return this.#lives;
  }
}

/** @param whole the mark goes back as well, as when a log of whole commands was cut off */
function withoutTail(data: Data, whole: boolean): Data {
  const { stream, mark } = data;
  if (stream === undefined) return data;
  const messages = stream.messages.slice(0, -TAIL);
  const lastId = messages.at(-1)?.position ?? START;
  return {
    ...data,
    stream: { messages, lastId },
    mark: whole && mark !== undefined ? { ...mark, lastId } : mark,
  };
}
