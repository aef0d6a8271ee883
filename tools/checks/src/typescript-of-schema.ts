// Owns: a JSON Schema as a TypeScript type, as far as our documents go; whatever it does not know it refuses, so that no
// type is vaguer than its schema by accident. Does not own: where the types stand.
import { isObject, type Json, type JsonObject, objectIn } from './openapi-reader.js';

export const docOf = (text: Json | undefined): string =>
  typeof text === 'string' && text !== ''
    ? `/** ${text.replaceAll('*/', '* /').replaceAll(/\s*\n\s*/g, ' ')} */\n`
    : '';

/** Bounds and words: they judge values, and are no part of a type. */
const NO_TYPE: ReadonlySet<string> = new Set([
  ...['title', 'description', 'default', 'examples', 'format', 'pattern'],
  ...['minLength', 'maxLength', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...[
    'minItems',
    'maxItems',
    'uniqueItems',
    'minProperties',
    'maxProperties',
    'propertyNames',
    'deprecated',
    'readOnly',
    'writeOnly',
  ],
]);
const KNOWN: ReadonlySet<string> = new Set([
  ...['$ref', 'type', 'enum', 'const', 'anyOf', 'oneOf', 'properties', 'required', 'additionalProperties', 'items'],
]);

/** @throws Error for a keyword that it does not know */
export function typeOf(schema: JsonObject): string {
  const strange = Object.keys(schema).filter(
    (keyword) => !KNOWN.has(keyword) && !NO_TYPE.has(keyword) && !keyword.startsWith('x-'),
  );
  if (strange.length > 0) throw new Error(`no TypeScript type is known for ${strange.join(', ')}`);
  const { $ref, enum: words, const: only, anyOf, oneOf, type } = schema;
  if (typeof $ref === 'string') return nameIn($ref);
  if (only !== undefined) return JSON.stringify(only);
  if (Array.isArray(words)) return words.map((word: Json) => JSON.stringify(word)).join(' | ');
  const choices = anyOf ?? oneOf;
  if (Array.isArray(choices)) return choices.map((each: Json) => typeOf(objectIn(each))).join(' | ');
  if (type === undefined) return 'unknown';
  return (Array.isArray(type) ? type : [type]).map((each: Json) => ofOne(each, schema)).join(' | ');
}

/** The last part of a reference, which is a name in TypeScript too. */
export const nameIn = (reference: string): string => reference.slice(reference.lastIndexOf('/') + 1);

function ofOne(type: Json, schema: JsonObject): string {
  switch (typeof type === 'string' ? type : '') {
    case 'object':
      return objectType(schema);
    case 'array':
      return `readonly (${typeOf(objectIn(schema['items']))})[]`;
    case 'integer':
    case 'number':
      return 'number';
    case 'string':
      return 'string';
    case 'boolean':
      return 'boolean';
    case 'null':
      return 'null';
    default:
      throw new Error(`no TypeScript type is known for ${JSON.stringify(type)}`);
  }
}

function objectType({ properties, required, additionalProperties }: JsonObject): string {
  const needed: readonly Json[] = Array.isArray(required) ? required : [];
  const members = Object.entries(objectIn(properties)).map(([name, member]) =>
    memberOf(name, objectIn(member), needed.includes(name)),
  );
  const rest = isObject(additionalProperties) ? typeOf(additionalProperties) : 'unknown';
  if (members.length === 0)
    return additionalProperties === false ? 'Readonly<Record<string, never>>' : `Readonly<Record<string, ${rest}>>`;
  return `{\n${members.join('\n')}\n}`;
}

export const memberOf = (name: string, schema: JsonObject, required: boolean): string =>
  `${docOf(schema['description'])}readonly ${keyOf(name)}${required ? '' : '?'}: ${typeOf(schema)};`;

const keyOf = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));
