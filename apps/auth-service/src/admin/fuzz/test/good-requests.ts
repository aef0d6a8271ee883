/** Owns requests that the document allows. Does not own what is answered: a schema cannot say whether a name is taken. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { valuesOf } from './from-schema.js';
import type { RawRequest } from './raw-request.js';
import type { FuzzedOperation, Json, JsonObject } from './read-document.js';
import type { Named } from './standing-things.js';

/** What a request is made of, before it is known what stands. */
export interface Wish {
  readonly query: Readonly<Record<string, Json>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json | undefined;
}

/** Of the operations whose every good answer depends on what no schema says. */
export const SURELY_GOOD: Readonly<Record<string, () => JsonObject>> = {
  createClient: () => ({ redirect_uris: ['https://app.example.com/cb'], scope: 'openid notes:read' }),
  replaceClient: () => ({ redirect_uris: ['https://app.example.com/cb'], scope: 'openid' }),
  patchClient: () => ({ client_name: 'Another' }),
  createApi: () => ({ identifier: `urn:api:${randomUUID()}` }),
  createRevocation: () => ({ kind: 'token', value: randomUUID() }),
  createUser: () => ({ username: randomUUID(), password: 'correct horse battery staple' }),
  putPassword: () => ({ password: 'correct horse battery staple' }),
};

const HEADERS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  Prefer: fc.constantFrom('wait=1', 'respond-async', 'wait=0, handling=lenient', 'wait', 'wait="1', '=;,'),
  'Idempotency-Key': fc.uuid().map((key) => `"${key}"`),
  'If-None-Match': fc.constantFrom('*', '"x"', 'W/"x", "y"', '', '"'),
  'If-Match': fc.constantFrom('*', '"x"', '"'),
};

export function goodWishes({ parameters, body }: FuzzedOperation): fc.Arbitrary<Wish> {
  const query = parameters.filter(({ place }) => place === 'query');
  const headers = parameters.filter(({ place }) => place === 'header');
  const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
  return fc.record({
    query: fc
      .tuple(...query.map(({ name, schema }) => some(valuesOf(schema)).map((value) => [name, value] as const)))
      .map(present),
    headers: fc
      .tuple(
        ...headers.map(({ name }) => some(HEADERS[name] ?? fc.constant('x')).map((value) => [name, value] as const)),
      )
      .map(present),
    body: body === undefined ? fc.constant(undefined) : valuesOf(body),
  });
}

const present = <T>(entries: readonly (readonly [string, T | undefined])[]): Record<string, T> => {
  const found: Record<string, T> = {};
  for (const [name, value] of entries) if (value !== undefined) found[name] = value;
  return found;
};

export const pathOf = (operation: FuzzedOperation, named: Named): string =>
  operation.path.replaceAll(/\{([a-z_]+)\}/g, (_, name: string) => encodeURIComponent(named[name] ?? 'none'));

export function requestOf(operation: FuzzedOperation, named: Named, { query, headers, body }: Wish): RawRequest {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    words.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  const search = words.size === 0 ? '' : `?${words.toString()}`;
  return {
    method: operation.method,
    path: `${pathOf(operation, named)}${search}`,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
}
