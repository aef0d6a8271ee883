/**
 * Owns the merging of a patch into what stands (RFC 7396), and the form of such a patch. Does not own whether the merged
 * whole is right: it is judged like one that was sent whole.
 */
import Type, { type TObject, type TSchema } from 'typebox';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 7396 §2, MergePatch(Target, Patch): null removes, an object merges, anything else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}

/** What a patch may hold: any of these members, each in its form or null. Objects within merge, so all of theirs may be absent. */
export function patchOf(schema: TObject, options: { readonly title: string; readonly [keyword: string]: unknown }) {
  return Type.Unsafe<Json>(patchSchema(schema, options));
}

const patchSchema = (schema: TObject, options: Readonly<Record<string, unknown>> = {}): TObject => {
  const properties = Object.entries(schema.properties).map(([name, member]) => [name, nullable(member)] as const);
  return Type.Object(Object.fromEntries(properties), { additionalProperties: false, ...options });
};

/** No default stands in a patch: an absent member stays as it is. */
const nullable = (member: TSchema): TSchema => {
  const rest = withoutDefault(isTObject(member) ? patchSchema(member, descriptionOf(member)) : member);
  return Type.Optional(
    Type.Unsafe<unknown>({
      ...rest,
      ...(rest['type'] === undefined ? {} : { type: [...new Set([rest['type'], 'null'].flat())] }),
      ...(Array.isArray(rest['enum']) ? { enum: [...rest['enum'].map((word: unknown) => word), null] } : {}),
    }),
  );
};

const descriptionOf = (schema: TSchema): Json => ('description' in schema ? { description: schema.description } : {});
const withoutDefault = (schema: TSchema): Record<string, unknown> =>
  Object.fromEntries(Object.entries(schema).filter(([keyword]) => keyword !== 'default'));
const isTObject = (schema: TSchema): schema is TObject => 'properties' in schema && isObject(schema.properties);
