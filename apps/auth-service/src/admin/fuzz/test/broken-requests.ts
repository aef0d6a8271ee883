/** Owns requests that must be refused, each with one thing that is wrong. Does not own in which words they are refused. */
import fc from 'fast-check';
import { fits } from './from-schema.js';
import { goodWishes, pathOf, requestOf, type Wish } from './good-requests.js';
import type { RawRequest } from './raw-request.js';
import { type FuzzedOperation, isObject, type Json, type JsonObject } from './read-document.js';
import type { Named } from './standing-things.js';

export interface BrokenRequest extends RawRequest {
  readonly fault: string;
}

const WILD_TEXTS = [
  ...['', '\u0000', 'a\u0000b', '\ud800', 'x\udfff', '\u202e', '\r\nSet-Cookie: a=b', "'; DROP TABLE auth.users;--"],
  ...['__proto__', 'constructor', '%00', '{{7*7}}', '../../etc/passwd', 'x'.repeat(20_000), '\u{1f4a9}'.repeat(3000)],
];
const nested = (depth: number): Json => {
  let value: Json = 'deep';
  for (let at = 0; at < depth; at += 1) value = at % 2 === 0 ? [value] : { a: value };
  return value;
};
const WILD_VALUES: readonly Json[] = [
  ...[null, true, 0, -1, 1.5, 1e308, 2 ** 53, [], {}, [null], [[]], { a: { b: null } }, nested(200)],
  ...WILD_TEXTS,
];
const WILD_NAMES = ['__proto__', 'constructor', 'toString', '', 'a\u0000', '\ud800', 'x'.repeat(5000), 'client_secret'];

/** One member, somewhere, is another; or one is missing; or one is there that nobody knows. */
function harmed(body: Json, schema: JsonObject): fc.Arbitrary<string> {
  const names = isObject(schema['properties']) ? Object.keys(schema['properties']) : [];
  const base = isObject(body) ? body : {};
  const withOne = (name: string, value: Json): string =>
    `{${[...Object.entries(base).filter(([other]) => other !== name), [name, value]]
      .map(([key, each]) => `${JSON.stringify(key)}:${JSON.stringify(each)}`)
      .join(',')}}`;
  const value = fc.constantFrom(...WILD_VALUES);
  return fc
    .oneof(
      value.map((each) => JSON.stringify(each)),
      fc.tuple(fc.constantFrom(...WILD_NAMES), value).map(([name, each]) => withOne(name, each)),
      ...(names.length === 0
        ? []
        : [
            fc.tuple(fc.constantFrom(...names), value).map(([name, each]) => withOne(name, each)),
            fc
              .constantFrom(...names)
              .map((gone) =>
                JSON.stringify(Object.fromEntries(Object.entries(base).filter(([name]) => name !== gone))),
              ),
          ]),
    )
    .filter((text) => !fits(schema, JSON.parse(text)));
}

const UNREADABLE = fc.constantFrom<string | Buffer>(
  ...['{', '{"a":}', 'undefined', "{'a':1}", '{}{}', '['.repeat(100_000), '{"a":'.repeat(50_000), '\ufeff'],
  ...[Buffer.from([0xff, 0xfe]), Buffer.from([0x22, 0xc3, 0x28, 0x22]), Buffer.from('{}', 'utf16le'), '\u0000'],
);
const OTHER_TYPES = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'x', 'json'];
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'];
const BAD_QUERIES = [
  ...['limit=0', 'limit=201', 'limit=-1', 'limit=abc', 'limit=1e2', 'limit=', 'limit=1&limit=2', 'limit=%00'],
  ...['after=', 'after=%00', 'after=x', 'after=%ff', `after=${'x'.repeat(5000)}`, 'after=a&after=b', 'colour=red'],
  ...['after=MTIzNDU2Nzg5MDEyMzQ1Njc4OTAuMQ', '__proto__=1', 'limit[a]=1', 'limit=1.5', 'limit=%F0%9F%92%A9'],
];
const BAD_SEGMENTS = [
  ...['%00', '%ff', 'x%2f..', '..%2f..', '%F0%9F%92%A9', 'x'.repeat(999), 'x'.repeat(1500), '%zz', '__proto__', "'"],
  ...['00000000-0000-0000-0000-000000000000', '0'.repeat(32), '999999999999999999999'],
];

/**
 * One for each kind of fault.
 * @param methods which there are at this path
 */
export function brokenRequests(
  operation: FuzzedOperation,
  named: Named,
  methods: ReadonlySet<string>,
): readonly fc.Arbitrary<BrokenRequest>[] {
  const { body, parameters, path } = operation;
  const has = (name: string): boolean => parameters.some((parameter) => parameter.name === name);
  const wishes = goodWishes({ ...operation, parameters: [] });
  const good = wishes.map((wish) => requestOf(operation, named, wish));
  const withHeaders = (fault: string, name: string, values: readonly (string | readonly string[])[]) =>
    fc
      .tuple(good, fc.constantFrom(...values))
      .map(([request, value]) => ({ ...request, fault, headers: { ...request.headers, [name]: value } }));
  const bodied = (fault: string, of: (wish: Wish) => fc.Arbitrary<string | Buffer>) =>
    wishes.chain((wish) => of(wish).map((raw) => ({ ...requestOf(operation, named, wish), fault, body: raw })));
  const kinds: fc.Arbitrary<BrokenRequest>[] = [
    good.map((request) => ({ ...request, fault: 'unknown query', path: `${request.path}?colour=red` })),
    withHeaders('nobody', 'authorization', ['', 'Bearer', 'Bearer x', 'Bearer a.b.c', 'Basic eDp5']),
    withHeaders('another type wanted', 'accept', ['text/html', 'image/*', 'application/json;q=0', 'application/xml']),
    fc.tuple(good, fc.constantFrom(...METHODS.filter((each) => !methods.has(each)))).map(([request, other]) => ({
      ...{ ...request, method: other, fault: 'method' },
    })),
  ];
  if (has('limit')) {
    kinds.push(
      fc.tuple(good, fc.constantFrom(...BAD_QUERIES)).map(([request, query]) => ({
        ...{ ...request, path: `${request.path}?${query}`, fault: 'query' },
      })),
    );
  }
  if (path.includes('{')) {
    const own = [...path.matchAll(/\{([a-z_]+)\}/g)].map(([, name = '']) => name);
    kinds.push(
      fc.tuple(good, fc.constantFrom(...own), fc.constantFrom(...BAD_SEGMENTS)).map(([request, name, segment]) => ({
        ...{ ...request, fault: 'segment' },
        path: pathOf(operation, { ...named, [name]: '@' }).replace('%40', segment),
      })),
    );
  }
  if (body !== undefined) {
    kinds.push(
      bodied('body', (wish) => harmed(wish.body ?? {}, body)),
      bodied('body', (wish) => harmed(wish.body ?? {}, body)),
      bodied('unreadable', () => UNREADABLE),
      bodied('huge', () => fc.constant(`{"a":"${'x'.repeat(1_100_000)}"}`)),
      withHeaders('content type', 'content-type', OTHER_TYPES),
    );
  }
  if (has('If-Match')) kinds.push(withHeaders('condition', 'if-match', ['"x"', 'W/"x"', '"', 'x']));
  if (has('Idempotency-Key')) {
    kinds.push(withHeaders('key', 'idempotency-key', ['', '""', 'x'.repeat(256), '"\u00e9"', ['"a"', '"b"']]));
  }
  return kinds;
}
