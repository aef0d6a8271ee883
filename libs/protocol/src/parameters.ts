/**
 * Owns the reading of application/x-www-form-urlencoded text, from a query or a body, into named values.
 * Does not own what any parameter means.
 */
import { OAuthError } from './errors.js';

/** Every other parameter may stand once. RFC 8707 §2: "Multiple resource parameters MAY be used". */
const REPEATABLE = new Set(['resource']);

export class Parameters {
  private constructor(
    private readonly values: ReadonlyMap<string, readonly string[]>,
    /** The names that stood more than once although they may not. */
    readonly repeated: readonly string[],
  ) {}

  /**
   * Reads raw text. Repetition is recorded, not refused: the authorization endpoint must know the redirect URI before it
   * may say so there.
   * @throws OAuthError invalid_request when the text is not well-formed
   */
  static read(text: string): Parameters {
    const values = new Map<string, string[]>();
    const repeated = new Set<string>();
    // By hand: V8 splits a text in its runtime, once it has looked for a way of the separator's own.
    for (let [from, end] = [0, 0]; from < text.length; from = end + 1) {
      end = endOf(text, '&', from);
      if (end === from) continue;
      const pair = text.slice(from, end);
      const equals = endOf(pair, '=', 0);
      const name = decode(pair.slice(0, equals));
      const value = decode(pair.slice(equals + 1));
      const before = values.get(name);
      if (before === undefined) values.set(name, [value]);
      else {
        before.push(value);
        if (!REPEATABLE.has(name)) repeated.add(name);
      }
    }
    return new Parameters(values, [...repeated]);
  }

  /**
   * The body of a request to an endpoint for machines.
   * @throws OAuthError invalid_request when it is no form, or a parameter is repeated
   */
  static readForm(body: string, contentType: string | undefined): Parameters {
    // RFC 6749 §3.2, §4.1.3: parameters are sent "using the application/x-www-form-urlencoded format".
    if (contentType === undefined || !/^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType)) {
      throw new OAuthError('invalid_request', 'the body must be application/x-www-form-urlencoded');
    }
    const parameters = Parameters.read(body);
    parameters.refuseRepetition();
    return parameters;
  }

  /** RFC 6749 §3.1, §3.2: "Request and response parameters MUST NOT be included more than once." */
  refuseRepetition(): void {
    const [name] = this.repeated;
    if (name !== undefined) throw new OAuthError('invalid_request', `the parameter ${printable(name)} is repeated`);
  }

  /** RFC 6749 §3.1: "Parameters sent without a value MUST be treated as if they were omitted from the request." */
  optional(name: string): string | undefined {
    const value = this.values.get(name)?.[0];
    return value === '' ? undefined : value;
  }

  /** @throws OAuthError invalid_request when it is missing */
  required(name: string): string {
    const value = this.optional(name);
    if (value === undefined) throw new OAuthError('invalid_request', `the parameter ${name} is missing`);
    return value;
  }

  /** Every value of a parameter that may stand several times. */
  all(name: string): readonly string[] {
    return (this.values.get(name) ?? []).filter((value) => value !== '');
  }

  has(name: string): boolean {
    return this.values.has(name);
  }
}

/** Where the next one stands, or the text ends. */
function endOf(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at < 0 ? text.length : at;
}

/** Most text means itself. U+0000 is among what does not, so that it is found below. */
const PLAIN = /^[\w\-.~:/]*$/;

function decode(text: string): string {
  if (PLAIN.test(text)) return text;
  let decoded: string;
  try {
    decoded = decodeURIComponent(text.includes('+') ? text.replaceAll('+', ' ') : text);
  } catch {
    throw new OAuthError('invalid_request', 'a parameter is not valid percent-encoded UTF-8');
  }
  // RFC 6749 Appendix A gives no parameter a character below %x20, save in passwords; no store can keep this one.
  if (decoded.includes('\0')) throw new OAuthError('invalid_request', 'a parameter holds the character U+0000');
  return decoded;
}

const printable = (name: string): string => (/^[\w.-]{1,40}$/.test(name) ? name : '(unprintable name)');
