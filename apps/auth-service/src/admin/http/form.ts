/**
 * Owns whether a value has the form of a schema: every fault at once, each with its pointer and a sentence. The one place
 * where unknown becomes typed. Does not own the meaning of a well-formed value.
 */
// eslint-disable-next-line no-restricted-syntax -- the fences see the name in the import below, and `load` takes that name alone
import { createRequire } from 'node:module';
import type { Ajv2020, ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import type { Static, TSchema } from 'typebox';
import type { Fault } from './problem.js';
import { escapePointer, oversizedIn } from './size.js';

/** In a schema: what to say instead of repeating a pattern or the words of an enumeration. */
export const MUST_BE = 'x-must-be';
/** In the schema of a body: which of the unknown members are known where they are shown, and nobody's to write. */
export const NOT_WRITABLE = 'x-not-writable';

/** Like `import()`, and at once. */
const load: (name: 'ajv/dist/2020.js') => { readonly Ajv2020: typeof Ajv2020 } = createRequire(import.meta.url);
let loaded: Ajv2020 | undefined;

/** Loaded when the first form is judged: a start judges none. */
function ajv(): Ajv2020 {
  if (loaded !== undefined) return loaded;
  // No coercion, no defaults, nothing removed: what was sent is what is judged.
  loaded = new (load('ajv/dist/2020.js').Ajv2020)({ allErrors: true, verbose: true, formats: { uri: true } });
  return loaded.addKeyword(MUST_BE).addKeyword(NOT_WRITABLE);
}

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

/** Compiled when it is first needed: all forms of the admin API together take a seventh of the work of a start. */
export function formOf<S extends TSchema>(schema: S): Form<S> {
  let compiled: ValidateFunction<Static<S>> | undefined;
  return (value) => {
    const isFormed = (compiled ??= ajv().compile<Static<S>>(schema));
    if (isFormed(value)) return { ok: true, value };
    const faults = faultsOf(isFormed.errors ?? []);
    return { ok: false, faults, surviving: survivingOf<Static<S>>(value, faults) };
  };
}

/** The same for what a stranger sent: what is too long is not judged further, so that nothing costs more than its bytes. */
export function formOfBody<S extends TSchema>(schema: S): Form<S> {
  const judge = formOf(schema);
  return (value) => {
    const faults = oversizedIn(value);
    return faults.length === 0 ? judge(value) : { ok: false, faults, surviving: survivingOf(undefined, []) };
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
    const list: unknown = members.get(name);
    if (!Array.isArray(list) || index === undefined) members.delete(name);
    else if (faulty.has(name)) list[Number(index)] = undefined;
    else members.set(name, list.with(Number(index), undefined));
    faulty.add(name);
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
      return isNotWritable(error) ? 'cannot be written' : 'is not known here';
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

function isNotWritable({ params, parentSchema }: ErrorObject<string, Record<string, unknown>>): boolean {
  const names: unknown = parentSchema?.[NOT_WRITABLE];
  return Array.isArray(names) && names.includes(params['additionalProperty']);
}

const unescapePointer = (segment: string): string => segment.replaceAll('~1', '/').replaceAll('~0', '~');
