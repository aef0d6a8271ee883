/**
 * Owns the publisher's end of the feed on a Redis Stream. Does not own what is published when (publish-round), the scripts
 * (redis-scripts), nor how leases are found and read (redis-leases). Commands sent: EVAL on the stream and the mark beside it.
 */
import type { Epoch, NewWatermark, RevocationWire, WireIdentity } from './feed.js';
import type { RevocationEntry } from './entry.js';
import type { LeaseReport, StandingLease } from './lease.js';
import { encodePack, groupsOf } from './pack-format.js';
import { type Position, START } from './position.js';
import { RedisConnection } from './redis-connection.js';
import { RedisLeases } from './redis-leases.js';
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

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

/** An XADD that is carried out and then not answered is repeated by a later round: entries may stand twice. */
export class RedisWire implements RevocationWire {
  readonly #connection: RedisConnection;
  /** Over a connection of their own: what guards have written there must not stand in the way of what is published. */
  readonly #leases: RedisLeases;
  readonly #stream: string;
  #closed = false;

  constructor({ url, stream = REVOCATION_STREAM, timeoutMs = 1000 }: RedisWireOptions) {
    this.#connection = new RedisConnection({ url, timeoutMs });
    this.#leases = new RedisLeases({ url, stream, timeoutMs });
    this.#stream = stream;
  }

  async inspect(): Promise<WireIdentity> {
    const reply = await this.#run(INSPECT, []);
    if (!isList(reply)) throw new TypeError('Redis gave an unexpected answer.');
    const [now, identity, epoch, watermark, end, length] = reply.map(String);
    return {
      identity: identity ?? '',
      epoch: epoch === '' ? undefined : Number(epoch),
      now: Number(now),
      newestWatermark: watermark === '' ? undefined : Number(watermark),
      end: end === undefined || end === '' ? START : end,
      length: Number(length),
    };
  }

  async beginEpoch(epoch: Epoch): Promise<void> {
    await this.#run(BEGIN_EPOCH, [String(epoch), ...encodeMessage({ type: 'epoch', epoch })]);
  }

  /** Those that stand in one message have one place. */
  async append(
    epoch: Epoch,
    entries: readonly RevocationEntry[],
    receipt: boolean,
  ): Promise<readonly Position[] | 'foreign-epoch'> {
    const groups = groupsOf(entries);
    const positions = await this.#append(
      epoch,
      groups.map((group) => encodeGroup(epoch, group, receipt)),
    );
    if (positions === 'foreign-epoch') return positions;
    return groups.flatMap((group, index) => group.map(() => positions[index] ?? START));
  }

  async announceKeys(epoch: Epoch, revision: number): Promise<Appended> {
    return appended(await this.#append(epoch, [encodeMessage({ type: 'keys', epoch, revision })]));
  }

  async announceRegistry(epoch: Epoch, revision: number): Promise<Appended> {
    return appended(await this.#append(epoch, [encodeMessage({ type: 'registry', epoch, revision })]));
  }

  async acknowledgeGuard(
    epoch: Epoch,
    { guardId, registration }: Pick<LeaseReport, 'guardId' | 'registration'>,
  ): Promise<Appended> {
    return appended(await this.#append(epoch, [encodeMessage({ type: 'guard', epoch, guardId, registration })]));
  }

  async watermark(epoch: Epoch, { trimTo, ...watermark }: NewWatermark): Promise<Appended> {
    const fields = encodeMessage({ type: 'watermark', epoch, ...watermark });
    const reply = await this.#run(WATERMARK, [String(epoch), String(watermark.at), trimTo ?? '', ...fields]);
    return Number(reply) === 1 ? 'appended' : 'foreign-epoch';
  }

  async allLeases(): Promise<readonly StandingLease[]> {
    return [...(await this.#leases.all()).values()];
  }

  leases(leaseKeys: readonly string[]): Promise<ReadonlyMap<string, StandingLease>> {
    return this.#leases.read(leaseKeys);
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#connection.destroy();
    this.#leases.close();
    return Promise.resolve();
  }

  async #append(epoch: Epoch, messages: readonly string[][]): Promise<readonly Position[] | 'foreign-epoch'> {
    const fields = messages.flatMap((message) => [String(message.length), ...message]);
    const reply = await this.#run(APPEND, [String(epoch), ...fields]);
    return isList(reply) ? reply.map(String) : 'foreign-epoch';
  }

  async #run(script: string, values: readonly string[]): Promise<unknown> {
    if (this.#closed) throw new Error('The wire is closed.');
    return this.#connection.send(['EVAL', script, '2', this.#stream, markKeyOf(this.#stream), ...values]);
  }
}

const encodeGroup = (epoch: Epoch, group: readonly RevocationEntry[], receipt: boolean): string[] => {
  const [entry, ...others] = group;
  if (entry === undefined || others.length > 0) return encodePack(epoch, group, receipt);
  return encodeMessage({ type: 'revocation', epoch, entry, receipt });
};

const appended = (positions: readonly Position[] | 'foreign-epoch'): Appended =>
  positions === 'foreign-epoch' ? positions : 'appended';
