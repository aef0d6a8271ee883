/** Owns the reading of single fields of a message on the wire: flat names and values, as Redis answers. Does not own their meaning. */
import type { RevocationKind } from './entry.js';

/** Kinds that name one thing, by a value that is no generation. */
export const NAMED_KINDS: ReadonlySet<RevocationKind> = new Set(['token', 'grant', 'session']);

/** The last value under this name; undefined when there is none. */
export const fieldOf = (flat: readonly unknown[], name: string): string | undefined => {
  for (let index = (flat.length & ~1) - 2; index >= 0; index -= 2) {
    const value = flat[index + 1];
    if (flat[index] === name && typeof value === 'string') return value;
  }
  return undefined;
};

/** A whole number without a sign, or undefined. */
export const whole = (text: string | undefined): number | undefined => {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
};
