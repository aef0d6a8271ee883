/**
 * Owns the reading of a JSON text (RFC 8259) that somebody wrote: where it is no JSON, and which names stand twice in an object.
 * Does not own what it must contain. `JSON.parse` makes the value; it tells neither, and keeps the last of two silently.
 */

export interface JsonFault {
  /** A JSON Pointer (RFC 6901); the root where the text as a whole is meant. */
  readonly pointer: string;
  /** Repeats nothing of the text. */
  readonly detail: string;
}

export type JsonReading =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly faults: readonly JsonFault[] };

/** RFC 8259 §9: "An implementation may set limits on the maximum depth of nesting." */
const DEEPEST = 100;
/** Nobody reads more than these, nor pointers of more characters altogether. */
const MOST_FAULTS = 100;
const MOST_CHARACTERS = 20_000;

/** White space, then one of: a mark, a string, a number or literal, the end. */
const TOKEN =
  /[\t\n\r ]*(?:([{}[\],:])|("[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})[ !#-[\]-\uffff]*)*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[Ee][+-]?\d+)?|true|false|null)|$)/y;

interface Frame {
  /** Undefined in a list. */
  readonly names: Set<string> | undefined;
  at: string | number;
}

/** Where in the text it is, and what may come next. */
interface Place {
  readonly frames: Frame[];
  next: 'value' | 'value or end' | 'name' | 'name or end' | 'colon' | 'comma or end' | 'nothing';
}

/** In one pass, whatever the text: its cost grows with its length alone. */
export function readJsonText(text: string): JsonReading {
  const place: Place = { frames: [], next: 'value' };
  const repeated: JsonFault[] = [];
  let room = MOST_CHARACTERS;
  for (let offset = 0; place.next !== 'nothing' || offset < text.length;) {
    TOKEN.lastIndex = offset;
    const token = TOKEN.exec(text);
    if (token === null) return refused(unreadableAt(text, offset));
    const [whole, mark, string, literal] = token;
    const isEnd = mark === undefined && string === undefined && literal === undefined;
    if (isEnd && place.next === 'nothing') break;
    if (isEnd || !step(place, mark, string)) return refused(unreadableAt(text, offset));
    if (place.frames.length > DEEPEST) {
      return refused({ pointer: '', detail: `must not be nested deeper than ${DEEPEST} levels` });
    }
    if (string !== undefined && place.next === 'colon' && isRepeated(place, string)) {
      const pointer = place.frames
        .map(({ at }) => `/${String(at).replaceAll('~', '~0').replaceAll('/', '~1')}`)
        .join('');
      room -= pointer.length;
      if (repeated.length < MOST_FAULTS && (room >= 0 || repeated.length === 0)) {
        repeated.push({ pointer, detail: 'stands there twice' });
      }
    }
    offset += whole.length;
  }
  // RFC 8259 §4: "The names within an object SHOULD be unique": which of two is meant, nobody can tell.
  return repeated.length > 0 ? refused(...repeated) : parsed(text);
}

const refused = (...faults: readonly JsonFault[]): JsonReading => ({ ok: false, faults });

function parsed(text: string): JsonReading {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return refused({ pointer: '', detail: 'must be JSON' });
  }
}

/** @returns false where this token may not stand */
function step(place: Place, mark: string | undefined, string: string | undefined): boolean {
  const { frames, next } = place;
  const inObject = frames.at(-1)?.names !== undefined;
  const wantsValue = next === 'value' || next === 'value or end';
  const isOver = (): true => {
    place.next = frames.length === 0 ? 'nothing' : 'comma or end';
    return true;
  };
  switch (mark) {
    case undefined:
      if (string !== undefined && (next === 'name' || next === 'name or end')) {
        place.next = 'colon';
        return true;
      }
      return wantsValue && isOver();
    case '{':
    case '[':
      if (!wantsValue) return false;
      frames.push(mark === '{' ? { names: new Set(), at: '' } : { names: undefined, at: 0 });
      place.next = mark === '{' ? 'name or end' : 'value or end';
      return true;
    case '}':
    case ']':
      if (inObject !== (mark === '}') || frames.length === 0) return false;
      if (!['comma or end', 'name or end', 'value or end'].includes(next)) return false;
      frames.pop();
      return isOver();
    case ':':
      if (next !== 'colon') return false;
      place.next = 'value';
      return true;
    default: {
      if (next !== 'comma or end') return false;
      const frame = frames.at(-1);
      if (typeof frame?.at === 'number') frame.at += 1;
      place.next = inObject ? 'name' : 'value';
      return true;
    }
  }
}

/** RFC 8259 §8.3: names are compared as what they mean, not as they are written. */
function isRepeated({ frames }: Place, string: string): boolean {
  const frame = frames.at(-1);
  if (frame?.names === undefined) return false;
  const name = string.includes('\\') ? String(JSON.parse(string)) : string.slice(1, -1);
  frame.at = name;
  if (frame.names.has(name)) return true;
  frame.names.add(name);
  return false;
}

function unreadableAt(text: string, offset: number): JsonFault {
  const spaces = /^[\t\n\r ]*/.exec(text.slice(offset))?.[0].length ?? 0;
  const before = text.slice(0, offset + spaces);
  const line = before.split('\n').length;
  const column = before.length - before.lastIndexOf('\n');
  return { pointer: '', detail: `must be JSON: it cannot be read at line ${line}, column ${column}` };
}
