/**
 * Owns how many entries a list or an object of a body may have before anything else of it is judged: what a schema does with
 * each may cost more than once around. Does not own what a schema allows, nor how many bytes are read (the server).
 */
import type { Fault } from './problem.js';

/** Beyond what any schema here allows. */
const MOST_ENTRIES = 1000;

/** The lists and objects that are too long to be looked at, each by its pointer. Iterative: a body may be deep. */
export function oversizedIn(value: unknown): readonly Fault[] {
  const faults: Fault[] = [];
  const waiting: { readonly pointer: string; readonly value: unknown }[] = [{ pointer: '', value }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue;
    const entries = Object.entries(next.value);
    if (entries.length > MOST_ENTRIES) {
      faults.push({ pointer: next.pointer, detail: `must have at most ${MOST_ENTRIES} entries` });
      continue;
    }
    for (const [name, inner] of entries) {
      if (typeof inner !== 'object') continue;
      waiting.push({ pointer: `${next.pointer}/${escapePointer(name)}`, value: inner });
    }
  }
  return faults.toReversed();
}

/** RFC 6901 §3. */
export const escapePointer = (segment: string): string => segment.replaceAll('~', '~0').replaceAll('/', '~1');
