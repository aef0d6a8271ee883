/**
 * Owns the reading of the Prefer header (RFC 7240) and the one preference that is honoured here, `wait`.
 * Does not own what is waited for.
 */

/** revocation.md V17: "`Prefer: wait=N` (RFC 7240; N ≤ 10)". */
export const LONGEST_WAIT_SECONDS = 10;

/** Each takes what it can from where the one before it ended, in one way only: no text makes them try again. */
const SPACE = /[ \t]*/y;
const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const QUOTED = /"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*"/y;

/**
 * Every preference by its name in lower case, with its value or ''. Parameters of preferences are read and dropped: none is
 * known here. A header that is not well-formed expresses nothing.
 * @param header several header lines joined by commas (§2)
 */
export function readPreferences(header: string): ReadonlyMap<string, string> {
  const text = new Scanner(header);
  const preferences = new Map<string, string>();
  do {
    const preference = text.named();
    // RFC 9110 §5.6.1: "A recipient MUST parse and ignore a reasonable number of empty list elements".
    if (preference !== undefined) {
      while (text.mark(';')) text.named();
      // §2: "If any preference is specified more than once, only the first instance is to be considered."
      const name = preference.name.toLowerCase();
      if (!preferences.has(name)) preferences.set(name, preference.value);
    }
  } while (text.mark(','));
  return text.atEnd ? preferences : new Map();
}

/** Goes through a header once, from left to right; where something does not fit, it stays before it. */
class Scanner {
  #at = 0;

  constructor(private readonly text: string) {}

  get atEnd(): boolean {
    return this.#at === this.text.length;
  }

  /** §2: `token [ BWS "=" BWS word ]`; "Empty or zero-length values … are equivalent to no value being specified at all". */
  named(): { readonly name: string; readonly value: string } | undefined {
    this.#take(SPACE);
    const name = this.#take(TOKEN);
    if (name === '') return undefined;
    if (!this.mark('=')) return { name, value: '' };
    this.#take(SPACE);
    const value = this.#take(TOKEN);
    return { name, value: value === '' ? unquoted(this.#take(QUOTED)) : value };
  }

  /** This character, with the spaces around it. */
  mark(character: string): boolean {
    this.#take(SPACE);
    if (this.text[this.#at] !== character) return false;
    this.#at += 1;
    this.#take(SPACE);
    return true;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const taken = pattern.exec(this.text)?.[0] ?? '';
    this.#at += taken.length;
    return taken;
  }
}

/**
 * §4.3: how long the client is ready to wait, in whole seconds from 1 to 10. Undefined when it said nothing, or something
 * that is not honoured: §2, a server that is unable to comply "MUST ignore those tokens".
 */
export function waitPreference(header: string | undefined): number | undefined {
  const value = header === undefined ? undefined : readPreferences(header).get('wait');
  if (value === undefined || !/^[0-9]{1,9}$/.test(value)) return undefined;
  const seconds = Number(value);
  return seconds >= 1 && seconds <= LONGEST_WAIT_SECONDS ? seconds : undefined;
}

/** §3: the value of Preference-Applied. */
export const appliedWait = (seconds: number): string => `wait=${seconds}`;

const unquoted = (quoted: string): string => quoted.slice(1, -1).replaceAll(/\\(.)/gs, '$1');
