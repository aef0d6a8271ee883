/**
 * Owns the tag of a representation and the conditions that a request sets on it (RFC 9110 §8.8.3, §13.1; admin-api.md A6).
 * Does not own where the representation comes from, nor that it stays so until the commit: a store asks under its lock.
 */
import { createHash } from 'node:crypto';
import { type Fault, Problem } from './problem.js';

/** Enough of SHA-256 that nobody finds two of one tag: 16 bytes. */
const TAG_BYTES = 16;

/**
 * A strong tag (RFC 9110 §8.8.1): of the very text that GET answers, so that it changes when anything of it does.
 * @param representation the resource as GET answers it
 */
export const entityTagOf = (representation: unknown): string =>
  `"${createHash('sha256').update(JSON.stringify(representation), 'utf8').digest().subarray(0, TAG_BYTES).toString('base64url')}"`;

/** `If-Match` and `If-None-Match` as they came, every line joined by commas; undefined when absent. */
export interface Conditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

export class Precondition {
  readonly #ifMatch: Named | undefined;
  readonly #ifNoneMatch: Named | undefined;

  /** @throws Problem 400 for a condition without form: what it means is for nobody to guess */
  constructor({ ifMatch, ifNoneMatch }: Conditions) {
    const fields = { 'If-Match': namedIn(ifMatch), 'If-None-Match': namedIn(ifNoneMatch) };
    const faults = Object.entries(fields).flatMap(([name, named]) => (named === 'malformed' ? [malformed(name)] : []));
    if (faults.length > 0) throw Problem.ofFaults(faults);
    this.#ifMatch = wellFormed(fields['If-Match']);
    this.#ifNoneMatch = wellFormed(fields['If-None-Match']);
  }

  /** Whether the request sets any condition. */
  get isSet(): boolean {
    return this.#ifMatch !== undefined || this.#ifNoneMatch !== undefined;
  }

  /**
   * For a request that changes something: to be called where the change commits, with what stands there then.
   * @throws Problem 412
   */
  check(representation: unknown): void {
    if (!this.isSet) return;
    const tag = entityTagOf(representation);
    // RFC 9110 §13.1.1: "An origin server MUST use the strong comparison function when comparing entity tags for If-Match".
    if (this.#ifMatch !== undefined && !isNamed(this.#ifMatch, tag, 'strong')) throw changedSince(tag);
    if (this.#ifNoneMatch !== undefined && isNamed(this.#ifNoneMatch, tag, 'weak')) throw changedSince(tag);
  }

  /** RFC 9110 §13.1.2: GET and HEAD answer "the 304 (Not Modified) status code". */
  isNotModified(representation: unknown): boolean {
    return this.#ifNoneMatch !== undefined && isNamed(this.#ifNoneMatch, entityTagOf(representation), 'weak');
  }
}

/** Whatever stands, or one of these tags. */
type Named = '*' | readonly string[];

/** RFC 9110 §8.8.3: `entity-tag = [ weak ] opaque-tag`, `weak = %s"W/"`, with a W that is large. */
const ENTITY_TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/y;
/** RFC 9110 §5.6.1.2: "A recipient MUST parse and ignore a reasonable number of empty list elements". */
const BETWEEN = /[ \t]*(?:,[ \t]*)*/y;

/** RFC 9110 §13.1.1: `If-Match = "*" / #entity-tag`; a field without any tag names nothing. */
function namedIn(field: string | undefined): Named | 'malformed' | undefined {
  if (field === undefined) return undefined;
  if (field.trim() === '*') return '*';
  const tags: string[] = [];
  let at = endOf(BETWEEN, field, 0) ?? 0;
  while (at < field.length) {
    const end = endOf(ENTITY_TAG, field, at);
    if (end === undefined) return 'malformed';
    tags.push(field.slice(at, end));
    at = endOf(BETWEEN, field, end) ?? end;
    if (at < field.length && !field.slice(end, at).includes(',')) return 'malformed';
  }
  return tags;
}

function endOf(form: RegExp, field: string, at: number): number | undefined {
  form.lastIndex = at;
  return form.test(field) ? form.lastIndex : undefined;
}

const wellFormed = (named: Named | 'malformed' | undefined): Named | undefined =>
  named === 'malformed' ? undefined : named;

const malformed = (name: string): Fault => ({
  pointer: `/${name}`,
  detail: 'in the header: must be * alone, or tags as an ETag holds them, in quotes, with commas between',
});

/** RFC 9110 §8.8.3.2: a weak tag never matches strongly; weakly its W/ does not count. */
const isNamed = (named: Named, tag: string, comparison: 'strong' | 'weak'): boolean =>
  named === '*' || named.includes(tag) || (comparison === 'weak' && named.includes(`W/${tag}`));

const changedSince = (tag: string): Problem =>
  new Problem(412, 'it is another than the one you mean: read it again, and send the ETag that you read', {
    etag: tag,
  });
