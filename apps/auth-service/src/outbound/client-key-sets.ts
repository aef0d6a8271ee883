/**
 * Owns the keys that clients publish at their jwks_uri, in memory: how long they are relied on, and how often a client's server is asked.
 * Does not own the way there (outbound) nor what a key may be used for (the protocol).
 */
import { type ClientKeySets, Unavailable } from '@latchkey/protocol';
import type { Clock } from '@latchkey/tokens';
import type { Outbound, OutboundAnswer } from './outbound.js';

export interface PublishedKeysParts {
  readonly outbound: Pick<Outbound, 'get'>;
  readonly clock: Clock;
  /** Sets held at once. */
  readonly most?: number;
}

interface Held {
  /** Undefined until it was read once. */
  keys: readonly unknown[] | undefined;
  /** Milliseconds by the clock. */
  readAt: number;
  freshUntil: number;
  /** The last two questions, the newer one first. */
  asked: readonly [number, number];
  asking: Promise<void> | undefined;
  fault: unknown;
}

const LIMITS = { maxBytes: 65_536, timeoutMs: 5000, accept: 'application/jwk-set+json, application/json' };
const MOST_KEYS = 100;
const SHORTEST_MS = 60_000;
/** Also how long they are relied on while the client's server does not answer: by then a key that it took back is gone. */
const LONGEST_MS = 900_000;
/**
 * For this long after a question the next one is for a key alone that is not held: a client may show a new one right after we have read its set.
 * After two we rest, so whoever names keys that do not exist makes us ask so often and no more.
 */
const COOL_DOWN_MS = 20_000;
const NEVER = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY] as const;

export class PublishedKeys implements ClientKeySets {
  readonly #held = new Map<string, Held>();

  constructor(private readonly parts: PublishedKeysParts) {}

  /** @throws Unavailable */
  async at(jwksUri: string, wanted: 'held' | 'again'): Promise<readonly unknown[]> {
    const held = this.heldAt(jwksUri);
    const now = this.parts.clock.now();
    const due = wanted === 'again' || held.keys === undefined || now >= held.freshUntil || now < held.readAt;
    const [last, lastButOne] = held.asked;
    const rests = Math.abs(now - (wanted === 'again' ? lastButOne : last)) < COOL_DOWN_MS;
    // What was never read is asked for as soon as the last question has ended badly for long enough.
    if (due && (held.asking !== undefined || !rests)) {
      held.asking ??= this.read(jwksUri, held).finally(() => {
        held.asking = undefined;
      });
      await held.asking;
    }
    if (held.keys === undefined || Math.abs(this.parts.clock.now() - held.readAt) > LONGEST_MS) {
      throw new Unavailable('the keys of a client', held.fault);
    }
    return held.keys;
  }

  /** The one that was asked for longest ago leaves. */
  private heldAt(uri: string): Held {
    const known = this.#held.get(uri);
    this.#held.delete(uri);
    const held = known ?? {
      ...{ keys: undefined, asking: undefined, fault: undefined },
      ...{ readAt: 0, freshUntil: 0, asked: NEVER },
    };
    this.#held.set(uri, held);
    const [oldest] = this.#held.keys();
    if (this.#held.size > (this.parts.most ?? 1000) && oldest !== undefined) this.#held.delete(oldest);
    return held;
  }

  /** Never rejects: what was read before stands until it is too old. */
  private async read(uri: string, held: Held): Promise<void> {
    const { clock, outbound } = this.parts;
    const askedAt = clock.now();
    held.asked = [askedAt, held.asked[0]];
    try {
      const answer = await outbound.get(uri, LIMITS);
      held.keys = keysIn(answer);
      held.readAt = askedAt;
      const wished = answer.maxAgeSeconds === undefined ? SHORTEST_MS : answer.maxAgeSeconds * 1000;
      held.freshUntil = held.readAt + Math.min(LONGEST_MS, Math.max(SHORTEST_MS, wished));
    } catch (error) {
      held.fault = error;
    }
  }
}

/** @throws Error for whatever is no JWK Set (RFC 7517 §5) */
function keysIn({ status, body }: OutboundAnswer): readonly unknown[] {
  if (status !== 200) throw new Error(`jwks_uri answers ${status}`);
  const document: unknown = JSON.parse(body.toString('utf8'));
  const keys: unknown =
    typeof document === 'object' && document !== null && 'keys' in document ? document.keys : undefined;
  if (!Array.isArray(keys) || keys.length > MOST_KEYS)
    throw new Error('jwks_uri answers no JWK Set, or one that is too large');
  return keys.map((key: unknown) => key);
}
