/**
 * Owns the arithmetic of the chain (ADR 10): what a seal says of the events under it and of the seal before, and how it is
 * shown that only this service can have said it. Pure. Does not own when anything is sealed, nor where it is kept.
 */
import { createHash, createHmac, timingSafeEqual, type Hash } from 'node:crypto';

/** As the chain sees it: each column as one text, so that whoever verifies elsewhere needs no rule of ours for types. */
export interface ChainedEvent {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: string;
  readonly actor: string;
  readonly kind: string;
  readonly target: string;
  readonly outcome: string;
  /** The text that PostgreSQL makes of the jsonb. */
  readonly detail: string;
  readonly addressDigest: string | null;
  readonly personalDigest: string | null;
}

export interface Seal {
  /** From 1, without a gap. */
  readonly number: number;
  /** The id of the last event under it; a string: bigint. */
  readonly upTo: string;
  /** How many events. */
  readonly events: number;
  /** Milliseconds since 1970. */
  readonly sealedAt: string;
  /** SHA-256 over the seal before and everything under this one, hex: whoever has the events can make it again. */
  readonly digest: string;
  /** HMAC-SHA256 of the digest, hex: only whoever has the key can make it. */
  readonly head: string;
}

/** What is sealed before the first seal: no event has such an id. */
export const BEFORE_ALL = '-9223372036854775808';

const VERSION = 'latchkey:audit:v1';

/** Takes the events of one seal as they come, so that none has to be held. */
export class SealDigest {
  readonly #hash: Hash = createHash('sha256');
  #events = 0;

  constructor(before: Pick<Seal, 'digest' | 'head'> | undefined) {
    write(this.#hash, [VERSION, before?.digest ?? null, before?.head ?? null]);
  }

  add({ id, at, actor, kind, target, outcome, detail, addressDigest, personalDigest }: ChainedEvent): void {
    write(this.#hash, [id, at, actor, kind, target, outcome, detail, addressDigest, personalDigest]);
    this.#events += 1;
  }

  /** Once. */
  end({ number, upTo, sealedAt }: Pick<Seal, 'number' | 'upTo' | 'sealedAt'>): Pick<Seal, 'events' | 'digest'> {
    write(this.#hash, ['seal', String(number), upTo, sealedAt, String(this.#events)]);
    return { events: this.#events, digest: this.#hash.digest('hex') };
  }
}

/** Each text with its length in front, so that nothing can be moved from one to the next; null is none of them. At once: hundreds of events are digested in one turn. */
const write = (hash: Hash, texts: readonly (string | null)[]): void => {
  hash.update(
    texts.map((text) => (text === null ? '-,' : `${Buffer.byteLength(text, 'utf8')}:${text},`)).join(''),
    'utf8',
  );
};

export const headOf = (digest: string, key: Buffer): string =>
  createHmac('sha256', key).update(digest, 'utf8').digest('hex');

/** Which of the keys made this head: 0 is the one that is used, −1 none of them. */
export const keyOf = ({ digest, head }: Pick<Seal, 'digest' | 'head'>, keys: readonly Buffer[]): number =>
  keys.findIndex((key) => {
    const [one, other] = [Buffer.from(headOf(digest, key)), Buffer.from(head)];
    return one.length === other.length && timingSafeEqual(one, other);
  });
