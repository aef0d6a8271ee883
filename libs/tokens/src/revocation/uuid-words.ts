/**
 * Owns the reading of a UUID into four 32-bit words, so that it needs 16 bytes in place of a string.
 * Does not own what is kept under it (uuid-table).
 */

/** The value of a lower-case hexadecimal digit by its character code; −1, which survives every OR, for all else. */
const DIGITS = new Int8Array(256).fill(-1);
for (let value = 0; value < 16; value += 1) DIGITS[value.toString(16).charCodeAt(0)] = value;

const HYPHEN = 0x2d;

/**
 * Writes the UUID into `words[0…3]`. @returns false for whatever is not the canonical form of RFC 9562 §4 in lower case
 * ("output as lowercase"), so that two strings never share their words.
 */
export function readUuid(value: string, words: Int32Array): boolean {
  if (value.length !== 36) return false;
  if (value.charCodeAt(8) !== HYPHEN || value.charCodeAt(13) !== HYPHEN) return false;
  if (value.charCodeAt(18) !== HYPHEN || value.charCodeAt(23) !== HYPHEN) return false;
  const a = fourDigits(value, 0);
  const b = fourDigits(value, 4);
  const c = fourDigits(value, 9);
  const d = fourDigits(value, 14);
  const e = fourDigits(value, 19);
  const f = fourDigits(value, 24);
  const g = fourDigits(value, 28);
  const h = fourDigits(value, 32);
  if ((a | b | c | d | e | f | g | h) < 0) return false;
  words[0] = (a << 16) | b;
  words[1] = (c << 16) | d;
  words[2] = (e << 16) | f;
  words[3] = (g << 16) | h;
  return true;
}

/** Negative when one of them is no digit. */
function fourDigits(value: string, at: number): number {
  return (digit(value, at) << 12) | (digit(value, at + 1) << 8) | (digit(value, at + 2) << 4) | digit(value, at + 3);
}

function digit(value: string, at: number): number {
  return DIGITS[value.charCodeAt(at)] ?? -1;
}
