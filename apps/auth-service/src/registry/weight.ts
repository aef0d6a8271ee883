/**
 * Owns an upper bound of what a record that was read takes in the memory of V8, where it lies in a map under its key. Does not own how much may
 * be taken. A spec holds the sum against the heap itself, with what JSON can make that is short to write and large to keep.
 */

/** Of an entry of a map that doubles when it is full. */
const ENTRY = 128;
/** A header, and room for as many elements as a list is given that was filled one by one. */
const LIST = 192;
const OBJECT = 64;
const NUMBER = 16;
const TEXT = 32;
/** One letter beyond Latin-1 makes all letters of a text two bytes wide. */
const LETTER = 2;
const SLOT = 16;
/** V8 describes each member once for all objects that are made alike; what others wrote may have members that no other object has. */
const FOREIGN_MEMBER = 256;

/** Bytes. @param record of ours: one of many that have the same members; what is in them may be anybody's JSON */
export function weightOf(key: string, record: unknown): number {
  const members = typeof record === 'object' && record !== null ? Object.values(record) : [record];
  return members.reduce((sum: number, part) => sum + SLOT + weightOfPart(part), ENTRY + textWeight(key) + OBJECT);
}

function weightOfPart(part: unknown): number {
  if (typeof part === 'string') return textWeight(part);
  if (typeof part === 'number') return NUMBER;
  if (typeof part !== 'object' || part === null) return 0;
  if (Array.isArray(part)) return part.reduce((sum: number, each) => sum + SLOT + weightOfPart(each), LIST);
  return Object.entries(part).reduce(
    (sum, [name, each]) => sum + FOREIGN_MEMBER + LETTER * name.length + weightOfPart(each),
    OBJECT,
  );
}

const textWeight = (text: string): number => TEXT + LETTER * text.length;
