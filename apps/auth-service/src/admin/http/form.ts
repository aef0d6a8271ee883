/**
 * Owns whether a value has the form of a schema: every fault at once, each with its pointer and a sentence. The one place
 * where unknown becomes typed. Does not own the meaning of a well-formed value.
 */
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import type { Static, TSchema } from 'typebox';
import type { Fault } from './problem.js';

// No coercion, no defaults, nothing removed: what was sent is what is judged.
const ajv = new Ajv2020({ allErrors: true, verbose: true, formats: { uri: true } });
/** In a schema: what to say instead of repeating a pattern or the words of an enumeration. */
export const MUST_BE = 'x-must-be';
ajv.addKeyword(MUST_BE);

export type Formed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly faults: readonly Fault[]; readonly surviving: Surviving<T> };

/** What is left of a body when its faulty members, and the faulty elements of its lists, are taken out. */
export interface Surviving<T> {
  readonly value: { readonly [Name in keyof T]?: Sound<T[Name]> };
  /** Whether the member was sent but is faulty, so that nothing can be concluded from its absence. */
  readonly isFaulty: (name: keyof T & string) => boolean;
  /** Not even an object. */
  readonly nothing: boolean;
}
type Sound<V> = V extends readonly (infer Element)[] ? readonly (Element | undefined)[] : V;

export type Form<S extends TSchema> = (value: unknown) => Formed<Static<S>>;

export function formOf<S extends TSchema>(schema: S): Form<S> {
  const isFormed = ajv.compile<Static<S>>(schema);
  return (value) => {
    if (isFormed(value)) return { ok: true, value };
    const faults = faultsOf(isFormed.errors ?? []);
    return { ok: false, faults, surviving: survivingOf<Static<S>>(value, faults) };
  };
}

/** Everything survives of a value that has its form. */
export const unharmed = <T>(value: T): Surviving<T> => survivingOf<T>(value, []);

function survivingOf<T>(value: unknown, faults: readonly Fault[]): Surviving<T> {
  const paths = faults.map((fault) => fault.pointer.split('/').slice(1).map(unescapePointer));
  const nothing = paths.some((path) => path.length === 0) || typeof value !== 'object' || value === null;
  const members = new Map<string, unknown>(nothing ? [] : Object.entries(value));
  const faulty = new Set<string>();
  for (const [name, index] of paths) {
    if (name === undefined) continue;
    faulty.add(name);
    const list = members.get(name);
    if (Array.isArray(list) && index !== undefined) members.set(name, list.with(Number(index), undefined));
    else members.delete(name);
  }
  return {
    // The members left are those whose schema found no fault: this is the parser that says so.
    value: Object.fromEntries(members) as Surviving<T>['value'],
    isFaulty: (name) => faulty.has(name),
    nothing,
  };
}

function faultsOf(errors: readonly ErrorObject[]): readonly Fault[] {
  const faults = new Map<string, Fault>();
  for (const error of errors) {
    const fault = { pointer: pointerOf(error), detail: sentenceOf(error) };
    faults.set(`${fault.pointer} ${fault.detail}`, fault);
  }
  return [...faults.values()];
}

const wordsOf = (values: unknown): string => (Array.isArray(values) ? values.join(', ') : '');
const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');

function pointerOf(error: ErrorObject<string, Record<string, unknown>>): string {
  const member = error.params['additionalProperty'] ?? error.params['missingProperty'];
  return member === undefined ? error.instancePath : `${error.instancePath}/${escapePointer(text(member))}`;
}

function sentenceOf(error: ErrorObject<string, Record<string, unknown>>): string {
  const { params, parentSchema } = error;
  const mustBe: unknown = parentSchema?.[MUST_BE];
  switch (error.keyword) {
    case 'additionalProperties':
      return 'is not known here';
    case 'required':
      return 'is required';
    case 'enum':
      return `must be one of ${typeof mustBe === 'string' ? mustBe : wordsOf(params['allowedValues'])}`;
    case 'pattern':
      return `must be ${typeof mustBe === 'string' ? mustBe : `of the form ${text(params['pattern'])}`}`;
    case 'uniqueItems':
      return 'must not hold the same value twice';
    case 'minLength':
    case 'maxLength':
      return `must have ${error.keyword === 'minLength' ? 'at least' : 'at most'} ${text(params['limit'])} characters`;
    case 'minItems':
    case 'maxItems':
      return `must have ${error.keyword === 'minItems' ? 'at least' : 'at most'} ${text(params['limit'])} entries`;
    default:
      return error.message ?? 'is not valid';
  }
}

/** RFC 6901 §3. */
export const escapePointer = (segment: string): string => segment.replaceAll('~', '~0').replaceAll('/', '~1');
const unescapePointer = (segment: string): string => segment.replaceAll('~1', '/').replaceAll('~0', '~');
