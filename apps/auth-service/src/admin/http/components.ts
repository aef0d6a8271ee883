/**
 * Owns the schemas that the document names: whatever has a title stands under `components` once, and is referred to. Does
 * not own any schema.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = Readonly<Record<string, Json>>;

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * What of a schema or a document is JSON: what TypeBox remembers beside it is not, and never leaves.
 * @param each what becomes of every value in it, innermost first
 */
export const jsonOf = (schema: object, each = (value: Json): Json => value): JsonObject => {
  const json: Json = JSON.parse(JSON.stringify(schema), (_name, value: Json) => each(value)) as Json;
  if (!isObject(json)) throw new TypeError('a schema is an object');
  return json;
};

export class Components {
  readonly #named = new Map<string, JsonObject>();

  /**
   * The same schema, each titled one in it replaced by a reference as Fastify writes it. Of two that differ under one title the
   * second stays. Not told apart: an example or a default with a member `title` that is text; no schema has one.
   */
  refer(schema: object): JsonObject {
    return jsonOf(schema, (inner) => {
      if (!isObject(inner) || typeof inner['title'] !== 'string') return inner;
      const { title } = inner;
      const standing = this.#named.get(title);
      if (standing !== undefined && JSON.stringify(standing) !== JSON.stringify(inner)) return inner;
      this.#named.set(title, inner);
      return { $ref: `${title}#` };
    });
  }

  /** For `addSchema`, in the order of the alphabet: a new one moves no other. */
  get schemas(): readonly JsonObject[] {
    return [...this.#named]
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([$id, schema]) => ({ $id, ...schema }));
  }
}
