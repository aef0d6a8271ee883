/**
 * Owns a model of Redis that is worse than any: what redis-scripts, XREAD, XINFO, TIME and the leases do there, by a clock
 * that steps. Does not own what it holds and how it forgets that (argument-model-servers), nor the network.
 */
import type { RevocationEntry } from '../revocation/entry.js';
import type { Epoch, FeedMessage, LeaseWriting, NewWatermark, WireIdentity } from '../revocation/feed.js';
import type { LeaseReport, StandingLease } from '../revocation/lease.js';
import { groupsOf } from '../revocation/pack-format.js';
import { START, type Position } from '../revocation/position.js';
import type { EpochMilliseconds } from '../time.js';
import { type Data, type Mark, ModelServers, type PlacedMessage, type RedisFault } from './argument-model-servers.js';

const ENDED_MS = 600_000;
/** A place as a number: the model never gives out a thousand in a millisecond. */
const orderOf = (position: Position): number => {
  const [milliseconds, sequence] = position.split('-');
  return Number(milliseconds) * 1000 + Number(sequence);
};

export class ModelRedis {
  readonly #trueNow: () => EpochMilliseconds;
  /** Dead messages that nobody sees, so that a trimming round moves the living up. */
  readonly clutter: number;
  #offsetMs = 0;
  #offsetRange = { lowest: 0, highest: 0, rise: 0 };
  readonly #servers = new ModelServers();
  /** When this clock was first read, in true time, by what was read. */
  readonly #inspectedAt = new Map<EpochMilliseconds, EpochMilliseconds>();
  readonly #leaseWrittenAt = new Map<string, EpochMilliseconds>();
  /** Raised with whatever is done to the stream or the mark. */
  changes = 0;

  constructor(trueNow: () => EpochMilliseconds, clutter = 0) {
    this.#trueNow = trueNow;
    this.clutter = clutter;
  }

  /** A command of somebody who has followed the last failover, or is behind. */
  of<Answer>({ behind }: { readonly behind: boolean }, act: (redis: this) => Answer): Answer {
    return behind ? this.#servers.behind(() => act(this)) : act(this);
  }

  // What is asked of it.

  time(): EpochMilliseconds {
    return this.#trueNow() + this.#offsetMs;
  }

  inspect(): WireIdentity {
    const now = this.time();
    if (!this.#inspectedAt.has(now)) this.#inspectedAt.set(now, this.#trueNow());
    return {
      identity: this.#servers.identity,
      epoch: this.#standingEpoch(),
      now,
      newestWatermark: this.#data.mark?.watermark?.at,
      end: this.end(),
      length: (this.#data.stream?.messages.length ?? 0) + this.clutter,
    };
  }

  beginEpoch(epoch: Epoch): void {
    if ((this.#data.mark?.epoch ?? 0) >= epoch) return;
    const id = this.#add([{ type: 'epoch', epoch }]);
    this.#become({ mark: { epoch, identity: this.#servers.identity, lastId: id, epochId: id } });
  }

  append(epoch: Epoch, messages: readonly FeedMessage[]): readonly Position[] | 'foreign-epoch' {
    if (this.#standingEpoch() !== epoch) return 'foreign-epoch';
    return this.#append(messages.map((message) => [message]));
  }

  /** As redis-wire does it: some stand together at one place. */
  appendEntries(
    epoch: Epoch,
    entries: readonly RevocationEntry[],
    receipt: boolean,
  ): readonly Position[] | 'foreign-epoch' {
    if (this.#standingEpoch() !== epoch) return 'foreign-epoch';
    const groups = groupsOf(entries);
    const places = this.#append(
      groups.map((group) => group.map((entry) => ({ type: 'revocation', epoch, entry, receipt }))),
    );
    return groups.flatMap((group, index) => group.map(() => places[index] ?? START));
  }

  watermark(epoch: Epoch, { trimTo, ...watermark }: NewWatermark): 'appended' | 'foreign-epoch' {
    const mark = this.#data.mark;
    if (mark === undefined || this.#standingEpoch() !== epoch) return 'foreign-epoch';
    const standing = mark.watermark;
    if (standing !== undefined && standing.at > watermark.at && standing.at <= this.time()) return 'appended';
    const id = this.#add([{ type: 'watermark', epoch, ...watermark }]);
    if (standing === undefined) this.#trim(mark.epochId);
    else this.#keep(({ position }) => position !== standing.id);
    if (trimTo !== undefined) this.#trim(trimTo);
    this.#mark({ lastId: id, watermark: { id, at: watermark.at } });
    return 'appended';
  }

  read(after: Position, count: number): readonly PlacedMessage[] {
    const messages = this.#data.stream?.messages ?? [];
    const order = orderOf(after);
    const from = messages.findLastIndex((placed) => placed.order <= order) + 1;
    return messages.slice(from, from + count);
  }

  end(): Position {
    return this.#data.stream?.lastId ?? START;
  }

  writeLease(report: LeaseReport, writing: LeaseWriting): 'written' | 'lost' {
    const leaseKey = `model:${report.guardId}`;
    const before = this.#stands(leaseKey) ? this.#data.leases.get(leaseKey)?.lease.registration : undefined;
    if (writing === 'held' && before !== report.registration) return 'lost';
    const until = this.time() + (writing === 'over' ? ENDED_MS : report.leaseMs);
    const leases = new Map([...this.#data.leases, [leaseKey, { lease: { leaseKey, ...report }, until }] as const]);
    this.#become({ leases });
    this.#leaseWrittenAt.set(report.guardId, this.#trueNow());
    return 'written';
  }

  allLeases(): readonly StandingLease[] {
    return [...this.#data.leases].filter(([key]) => this.#stands(key)).map(([, { lease }]) => lease);
  }

  leases(leaseKeys: readonly string[]): ReadonlyMap<string, StandingLease> {
    const wanted = new Set(leaseKeys);
    return new Map(this.allLeases().flatMap((lease) => (wanted.has(lease.leaseKey) ? [[lease.leaseKey, lease]] : [])));
  }

  // What befalls it.

  /** What a replica that falls behind holds from now on. */
  snapshot(): void {
    this.#servers.snapshot();
  }

  /** @returns whether the process ended, and with it every connection */
  suffer(fault: RedisFault): boolean {
    this.changes += 1;
    return this.#servers.suffer(fault);
  }

  stepClock(milliseconds: number): void {
    this.#offsetMs += milliseconds;
    const offsetMs = this.#offsetMs;
    const { lowest, highest, rise } = this.#offsetRange;
    this.#offsetRange = {
      lowest: Math.min(lowest, offsetMs),
      highest: Math.max(highest, offsetMs),
      rise: Math.max(rise, offsetMs - lowest),
    };
  }

  // What the invariants ask, and no process could.

  /** Between the largest and the smallest error of this clock so far. */
  get clockErrorMs(): number {
    return this.#offsetRange.highest - this.#offsetRange.lowest;
  }

  /** How far it was ever put forward, all in all. */
  get clockRiseMs(): number {
    return this.#offsetRange.rise;
  }

  /** In true time. */
  leaseWrittenAt(guardId: string): EpochMilliseconds | undefined {
    return this.#leaseWrittenAt.get(guardId);
  }

  /** The newest watermark of the epoch that stands, and the entries before it; undefined when there is none. */
  standing(): { epoch: Epoch; inspectedAt: EpochMilliseconds; before: ReadonlySet<string> } | undefined {
    const epoch = this.#standingEpoch();
    const watermark = this.#data.mark?.watermark;
    if (epoch === undefined || watermark === undefined) return undefined;
    const order = orderOf(watermark.id);
    const before = this.#data.stream?.messages.filter((placed) => placed.order < order) ?? [];
    return {
      epoch,
      inspectedAt: this.#inspectedAt.get(watermark.at) ?? watermark.at,
      before: new Set(
        before
          .flatMap(({ messages }) => messages)
          .flatMap((message) => (message.type === 'revocation' ? [message.entry.id] : [])),
      ),
    };
  }

  get #data(): Data {
    return this.#servers.data;
  }

  #standingEpoch(): Epoch | undefined {
    const { mark, stream } = this.#data;
    if (mark === undefined || mark.identity !== this.#servers.identity) return undefined;
    return mark.lastId === (stream?.lastId ?? '') ? mark.epoch : undefined;
  }

  #stands(leaseKey: string): boolean {
    const held = this.#data.leases.get(leaseKey);
    return held !== undefined && this.time() <= held.until;
  }

  #append(groups: readonly (readonly FeedMessage[])[]): readonly Position[] {
    const positions = groups.map((messages) => this.#add(messages));
    const lastId = positions.at(-1);
    if (lastId !== undefined) this.#mark({ lastId });
    return positions;
  }

  /** XADD with an id that Redis draws: its clock, but never back. */
  #add(messages: readonly FeedMessage[]): Position {
    const [last = 0, sequence = 0] = this.end().split('-').map(Number);
    const now = this.time();
    const position = now > last ? `${now}-0` : `${last}-${sequence + 1}`;
    const placed = { position, order: orderOf(position), messages };
    this.#become({ stream: { messages: [...(this.#data.stream?.messages ?? []), placed], lastId: position } });
    return position;
  }

  #trim(to: Position): void {
    const order = orderOf(to);
    this.#keep((placed) => placed.order >= order);
  }

  #keep(kept: (placed: PlacedMessage) => boolean): void {
    const { stream } = this.#data;
    if (stream !== undefined) this.#become({ stream: { ...stream, messages: stream.messages.filter(kept) } });
  }

  #mark(change: Partial<Mark>): void {
    const { mark } = this.#data;
    if (mark !== undefined) this.#become({ mark: { ...mark, ...change } });
  }

  #become(change: Partial<Data>): void {
    this.changes += 1;
    this.#servers.become(change);
  }
}
