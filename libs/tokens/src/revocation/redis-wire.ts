/**
 * Owns the publisher's end of the feed on a Redis Stream. Does not own what is published when (publish-round), nor the
 * scripts (redis-scripts). Commands sent: EVAL alone; keys: the stream and the mark beside it.
 */
import type { EpochMilliseconds } from '../time.js';
import type { RevocationEntry } from './entry.js';
import type { Epoch, FeedMessage, RevocationWire, WireIdentity } from './feed.js';
import { RedisConnection } from './redis-connection.js';
import { APPEND, BEGIN_EPOCH, INSPECT, WATERMARK } from './redis-scripts.js';
import { markKeyOf, REVOCATION_STREAM } from './stream.js';
import { encodeMessage } from './wire-format.js';

export interface RedisWireOptions {
  /** redis:// or rediss://, with the user and password of one who may write the stream. */
  readonly url: string;
  /** Another stream than the one of this version; for specs. */
  readonly stream?: string;
  /** How long to wait for an answer; default 1000. */
  readonly timeoutMs?: number;
}

type Appended = 'appended' | 'foreign-epoch';

const answered = (reply: unknown): Appended => (Number(reply) === 1 ? 'appended' : 'foreign-epoch');

/** An XADD that is carried out and then not answered is repeated by a later round: entries may stand twice. */
export class RedisWire implements RevocationWire {
  readonly #connection: RedisConnection;
  readonly #keys: readonly [string, string];
  #closed = false;

  constructor({ url, stream = REVOCATION_STREAM, timeoutMs = 1000 }: RedisWireOptions) {
    this.#connection = new RedisConnection({ url, timeoutMs });
    this.#keys = [stream, markKeyOf(stream)];
  }

  async inspect(): Promise<WireIdentity> {
    const reply = await this.#run(INSPECT, []);
    if (!Array.isArray(reply)) throw new TypeError('Redis gave an unexpected answer.');
    const [now, identity, epoch, watermark] = reply.map(String);
    return {
      identity: identity ?? '',
      epoch: epoch === '' ? undefined : Number(epoch),
      now: Number(now),
      newestWatermark: watermark === '' ? undefined : Number(watermark),
    };
  }

  async beginEpoch(epoch: Epoch): Promise<void> {
    await this.#run(BEGIN_EPOCH, [String(epoch), ...encodeMessage({ type: 'epoch', epoch })]);
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

  async watermark(epoch: Epoch, at: EpochMilliseconds): Promise<Appended> {
    const fields = encodeMessage({ type: 'watermark', epoch, at });
    return answered(await this.#run(WATERMARK, [String(epoch), String(at), ...fields]));
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#connection.destroy();
    return Promise.resolve();
  }

  async #append(epoch: Epoch, messages: readonly FeedMessage[]): Promise<Appended> {
    const fields = messages.map(encodeMessage).flatMap((message) => [String(message.length), ...message]);
    return answered(await this.#run(APPEND, [String(epoch), ...fields]));
  }

  async #run(script: string, values: readonly string[]): Promise<unknown> {
    if (this.#closed) throw new Error('The wire is closed.');
    return this.#connection.send(['EVAL', script, '2', ...this.#keys, ...values]);
  }
}
