/**
 * Owns the reading of If-None-Match (RFC 9110 §13.1.2): whether whoever asks has this very document already. Does not own
 * what is answered then.
 */

const SPACES = /[ \t,]*/y;
/** §8.8.3; obs-text is allowed in a tag, and a comma too. */
const ENTITY_TAG = /(?:W\/)?("[\x21\x23-\x7e\x80-\uffff]*")/y;

/**
 * §13.1.2: "A recipient MUST use the weak comparison function when comparing entity tags for If-None-Match": the opaque tags
 * are the same, whether weak or not. A header that is not well-formed expresses nothing, so that the whole answer is sent.
 * @param etag ours, with its quotes and without `W/`
 * @param header several header lines joined by commas; undefined when there was none
 */
export function alreadyHas(etag: string, header: string | undefined): boolean {
  if (header === undefined) return false;
  // "If the field value is "*", the condition is false if the origin server has a current representation".
  if (header.trim() === '*') return true;
  let matches = false;
  let at = taken(SPACES, header, 0).length;
  while (at < header.length) {
    ENTITY_TAG.lastIndex = at;
    const found = ENTITY_TAG.exec(header);
    if (found === null) return false;
    matches ||= found[1] === etag;
    at += found[0].length;
    const between = taken(SPACES, header, at);
    at += between.length;
    // §5.6.1: elements of a list are separated by commas, and empty ones are ignored.
    if (at < header.length && !between.includes(',')) return false;
  }
  return matches;
}

function taken(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}
