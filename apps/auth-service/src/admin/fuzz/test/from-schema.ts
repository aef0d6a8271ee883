/**
 * Owns values that a schema of the document allows. Does not own what those mean: a name may be taken, a scope may belong to
 * nobody.
 */
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { type Json, type JsonObject, listIn, objectIn, textIn } from './read-document.js';

const ajv = new Ajv2020({ strict: false, validateFormats: false });

/** By the schema alone, as whoever reads the document would judge. */
export const fits = (schema: JsonObject, value: unknown): boolean => ajv.validate(schema, value);

export function valuesOf(schema: JsonObject): fc.Arbitrary<Json> {
  const { const: only, enum: words, examples, type } = schema;
  if (only !== undefined) return fc.constant(only);
  if (words !== undefined) return fc.constantFrom(...listIn(words));
  const kinds = Array.isArray(type) ? listIn(type).map(textIn) : [textIn(type)];
  const shown = listIn(examples);
  return fc.oneof(
    ...kinds.map((kind) => ofKind(kind, schema)),
    ...(shown.length === 0 ? [] : [fc.constantFrom(...shown)]),
  );
}

function ofKind(kind: string, schema: JsonObject): fc.Arbitrary<Json> {
  switch (kind) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: numberIn(schema['minimum'], 0), max: numberIn(schema['maximum'], 1_000_000) });
    case 'array':
      return fc
        .array(valuesOf(objectIn(schema['items'])), {
          maxLength: Math.min(3, numberIn(schema['maxItems'], 3)),
        })
        .filter((list) => fits(schema, list));
    case 'object':
      return membersOf(schema);
    default:
      return textsOf(schema);
  }
}

/** Few of the optional ones at a time: each of them may have a rule of its own. */
function membersOf(schema: JsonObject): fc.Arbitrary<Json> {
  const needed = new Set(listIn(schema['required']).map(textIn));
  const members = Object.entries(objectIn(schema['properties'])).map(([name, member]) => {
    const values = valuesOf(objectIn(member)).map((value) => [[name, value] as const]);
    return needed.has(name)
      ? values
      : fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: values });
  });
  return fc.tuple(...members).map((entries) => Object.fromEntries(entries.flat()));
}

function textsOf(schema: JsonObject): fc.Arbitrary<string> {
  const longest = numberIn(schema['maxLength'], 40);
  const shortest = numberIn(schema['minLength'], 0);
  if (schema['format'] === 'uri') {
    return fc.oneof(fc.webUrl(), fc.constantFrom('https://app.example.com/', 'urn:x', 'not a uri'));
  }
  const pattern = textIn(schema['pattern']);
  const texts =
    pattern === ''
      ? fc.string({ unit: 'grapheme', minLength: shortest, maxLength: Math.min(longest, 40) })
      : fc.stringMatching(new RegExp(pattern, 'u'), { size: 'small' });
  return texts.filter((text) => fits(schema, text));
}

const numberIn = (value: Json | undefined, otherwise: number): number =>
  typeof value === 'number' ? value : otherwise;
