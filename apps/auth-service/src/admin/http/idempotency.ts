/**
 * Owns what an Idempotency-Key means (draft-ietf-httpapi-idempotency-key-header; admin-api.md A6): one effect, one answer, and
 * what is said when the same key comes with something else. Does not own the keeping (a store commits it with the effect).
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { digestOf } from '@latchkey/protocol';
import { type Claim, type KeepAnswer, KeptBefore, type KeptAnswer, type KeptAnswers } from '../ports.js';
import type { Answer } from './operation.js';
import { Problem } from './problem.js';

export interface IdempotencyParts {
  readonly kept: KeptAnswers;
  /** 32 bytes each: the one that is used, then those of before, under which something may have been kept. */
  readonly macKeys: readonly [Buffer, ...Buffer[]];
}

/** A request that carries a key. */
export interface KeyedRequest {
  readonly clientId: string;
  readonly method: string;
  /** As the operation understood it, and not as it was written; so is the body. */
  readonly path: string;
  /** Every line of the header. */
  readonly field: readonly string[];
  readonly body: unknown;
}

export interface Repeatable {
  /** How to get a new secret, for an answer that held one. */
  readonly howAgain: string | undefined;
  /** Does it; `keep` goes into its commit. */
  readonly once: (keep: KeepAnswer) => Promise<Answer>;
}

export class Idempotency {
  constructor(private readonly parts: IdempotencyParts) {}

  /** @throws Problem 400 for a key without form, 409 for an answer that held a secret, 422 for another body */
  async answer(request: KeyedRequest, { howAgain, once }: Repeatable): Promise<Answer> {
    const { kept, macKeys } = this.parts;
    const [bodyMac] = macKeys.map((key) => macOf(key, request.body));
    const { clientId, method, path } = request;
    const claim: Claim = { clientId, method, path, keyDigest: digestOf(keyIn(request.field)), bodyMac: bodyMac ?? '' };
    const before = await kept.find(claim);
    if (before !== undefined) return this.#again(before, request, howAgain);
    let made: KeptAnswer | undefined;
    try {
      const answer = await once(({ location, resource }) => (made = { claim, location, resource }));
      // Whoever waited for the guards can say more than what was known at the commit.
      if (answer.waitedSeconds !== undefined && made?.resource !== undefined) {
        await kept.replace({ ...made, resource: answer.body }).catch(() => undefined);
      }
      return answer;
    } catch (error) {
      if (!(error instanceof KeptBefore)) throw error;
      const first = await kept.find(claim);
      if (first === undefined) throw new Error('what was kept before is not there', { cause: error });
      return this.#again(first, request, howAgain);
    }
  }

  #again({ claim, location, resource }: KeptAnswer, { body }: KeyedRequest, howAgain: string | undefined): Answer {
    const isSame = this.parts.macKeys.some((key) => equal(macOf(key, body), claim.bodyMac));
    // The draft, §2.7: "If there is an attempt to reuse an idempotency key with a different request payload, the resource
    // server MUST reply with an HTTP 422".
    if (!isSame) throw new Problem(422, 'this Idempotency-Key was sent with another body before');
    if (resource === undefined) {
      const how = howAgain === undefined ? '' : `; ${howAgain}`;
      throw new Problem(409, `this was done before, and its answer is not kept: ${location}${how}`, {
        location,
      });
    }
    return { status: 201, body: resource, location };
  }
}

/** What was parsed, so that white space is no difference. */
const macOf = (key: Buffer, body: unknown): string =>
  createHmac('sha256', key)
    .update(JSON.stringify(body ?? null), 'utf8')
    .digest('hex');

const equal = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));

/**
 * RFC 9651 §3.3.3: a String, in quotes. The same without quotes is taken too, since many send it so.
 * @throws Problem 400
 */
function keyIn(field: readonly string[]): string {
  const [line = '', more] = field.map((each) => each.trim());
  const text = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/.exec(line)?.[1] ?? line;
  if (more !== undefined || !/^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/.test(text)) {
    throw Problem.ofFaults([
      { pointer: '/Idempotency-Key', detail: 'in the header: must be one string of 1 to 255 visible characters' },
    ]);
  }
  return text;
}
