/**
 * Owns an example of whatever a schema describes, put together from the examples of its members. Does not own those: a
 * member whose pattern nobody can guess carries one (`examples`), and a spec judges every example by its schema.
 */
import { isObject, type Json, type JsonObject } from './components.js';
import { cursorOf, UUID_PATTERN } from './list.js';

const A_UUID = '0197c6a4-5d2e-7b3f-8a51-2f6c9d0e4b17';
const A_CLIENT = '3f9d2c81b7a64e05968c1d0e7f4a2b53';
const A_DIGEST = '5b0c9f3e7a1d48e2b6c4f8091d3a7e5c20f9b8d7c6a5e4f3d2b1c0a9f8e7d6c5';
const A_URI = 'https://app.example.com/';
const AN_API = 'https://notes.example.com';
/** In seconds since 1970: now, and when a token of now ends. */
const [BORN, SOON] = [1_795_907_624, 1_795_907_924];

/** Of forms that many members have. */
const WELL_KNOWN: ReadonlyMap<Json | undefined, string> = new Map([
  [UUID_PATTERN, A_UUID],
  ['^[0-9a-f]{32}$', A_CLIENT],
  ['^[0-9a-f]{64}$', A_DIGEST],
]);

/** Of members that mean the same wherever they stand: what one would find there, and null where that is usual. */
const BY_NAME: ReadonlyMap<string, Json> = new Map(
  Object.entries<Json>({
    ...{ at: BORN, created_at: BORN, auth_time: BORN, active_from: BORN, active_at: BORN, last_refreshed_at: BORN },
    ...{ expires_at: SOON, since: BORN, until: SOON },
    ...{ retired_at: null, dropped_at: null, revoked_at: null, ended_at: null, replaced_by: null },
    ...{ client_id: A_CLIENT, actor: A_CLIENT, target: A_CLIENT, kind: 'client.created' },
    ...{ audience: AN_API, resource: AN_API, scope: 'openid notes:read', amr: 'pwd' },
    ...{ value: A_UUID, reason: 'It was in a log file', cause: 'revoked_by_operator' },
    ...{ successor: 'WayVAdzvZDzGCI9Yvti0oQ', announced_for_seconds: 30 },
    ...{ live: 2, confirmed: 2, slowest_ms: 11, after_ms: 11 },
    ...{ epoch: 3, position: '1795907624000-0', lease_ms: 10_000, age_ms: 412, entries: 27 },
    ...{ head: A_DIGEST, seals: 86_400, events: 91_207 },
    after: cursorOf({ at: BORN, id: A_UUID }),
  }),
);

/**
 * @param schema without references
 * @param name of the member whose schema it is
 */
export function exampleOf(schema: JsonObject, name = ''): Json {
  const { examples, default: usual, const: only, enum: words, anyOf } = schema;
  if (Array.isArray(examples) && examples.length > 0) return first(examples);
  if (only !== undefined) return only;
  if (usual !== undefined && !isEmpty(usual)) return usual;
  if (Array.isArray(words)) return first(words);
  if (Array.isArray(anyOf)) return exampleOf(schemaOf(first(anyOf)), name);
  return ofType(schema, name);
}

function ofType(schema: JsonObject, name: string): Json {
  const { type, properties, items, minimum } = schema;
  const kind = Array.isArray(type) ? first(type) : type;
  const known = kind === 'array' || kind === 'object' ? undefined : BY_NAME.get(name);
  if (known !== undefined) return known;
  switch (typeof kind === 'string' ? kind : 'null') {
    case 'object':
      return Object.fromEntries(
        Object.entries(schemaOf(properties ?? {})).map(([each, member]) => [each, exampleOf(schemaOf(member), each)]),
      );
    case 'array':
      return items === undefined ? [] : [exampleOf(schemaOf(items), name)];
    case 'integer':
    case 'number':
      return typeof minimum === 'number' && minimum > 0 ? minimum : 0;
    case 'boolean':
      return true;
    case 'string':
      return WELL_KNOWN.get(schema['pattern']) ?? (schema['format'] === 'uri' ? A_URI : 'text');
    default:
      return null;
  }
}

const first = (list: readonly Json[]): Json => list[0] ?? null;
const isEmpty = (value: Json): boolean => value === '' || (Array.isArray(value) && value.length === 0);
const schemaOf = (json: Json): JsonObject => (isObject(json) ? json : {});
