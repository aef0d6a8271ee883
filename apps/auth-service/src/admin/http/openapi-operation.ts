/**
 * Owns what the document says of one operation, in the form in which Fastify's plugins read it (a route's `schema`): made by
 * the very schemas that judge requests. Does not own its answers (openapi-answers), nor what the plugin makes of it (openapi).
 */
import { LONGEST_WAIT_SECONDS } from '@latchkey/protocol';
import type { FastifySchema } from 'fastify';
import type { TObject } from 'typebox';
import { type Components, type JsonObject, jsonOf } from './components.js';
import { exampleOf } from './example.js';
import { answersOf } from './openapi-answers.js';
import { isWrite, NOTHING, type Operation } from './operation.js';

const requestHeader = (description: string, example: string, keywords: JsonObject = {}): JsonObject => ({
  ...{ type: 'string', description, examples: [example] },
  ...keywords,
});

const PREFER = requestHeader(
  `wait=N (RFC 7240 §4.3), N from 1 to ${LONGEST_WAIT_SECONDS} seconds: answer when every guard that could still admit has applied it, or after N seconds. Anything else is ignored.`,
  'wait=2',
);
const IDEMPOTENCY_KEY = requestHeader(
  'One string of 1 to 255 visible characters, of your making. For 24 hours the same key with the same body has one effect, and gives the same answer.',
  '"8e03978e-40d5-43e8-bc93-6894a57f9324"',
  { minLength: 1 },
);
const IF_NONE_MATCH = requestHeader(
  'ETags that you have: answers 304 while one of them is right (RFC 9110 §13.1.2).',
  '"9Jx1mYyWv0S4hQ"',
);
const IF_MATCH = requestHeader(
  'The ETag that you read: changes nothing if it is another by now (RFC 9110 §13.1.1).',
  '"9Jx1mYyWv0S4hQ"',
);

const headersOf = (operation: Operation): JsonObject => ({
  ...(operation.waits === true ? { Prefer: PREFER } : {}),
  ...(operation.once === undefined ? {} : { 'Idempotency-Key': IDEMPOTENCY_KEY }),
  ...(operation.tagged !== true || operation.once !== undefined
    ? {}
    : isWrite(operation)
      ? { 'If-Match': IF_MATCH }
      : { 'If-None-Match': IF_NONE_MATCH }),
});

/** RFC 7396 §4. PATCH is also sent as application/json (admin-api.md A4). */
const bodyTypesOf = ({ method }: Operation): readonly string[] =>
  method === 'PATCH' ? ['application/merge-patch+json', 'application/json'] : ['application/json'];

/** Of a body: what a schema cannot say. The plugin carries what begins with `x-` as it is. */
export const BODY_WORDS = 'x-body';

const bodyOf = (
  operation: Operation,
  components: Components,
): FastifySchema & { readonly [BODY_WORDS]: JsonObject } => ({
  body: components.refer(operation.body),
  consumes: bodyTypesOf(operation),
  [BODY_WORDS]: { required: operation.body !== NOTHING, example: exampleOf(jsonOf(operation.body)) },
});

/** The plugin makes a parameter of each member, with its description and its example beside the schema. */
const parametersOf = ({ properties, required }: TObject): JsonObject =>
  jsonOf({
    type: 'object',
    required,
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, schema]) => {
        const json = jsonOf(schema);
        return [name, { ...json, examples: [exampleOf(json, name)] }];
      }),
    ),
  });

export function schemaOf(operation: Operation, components: Components): FastifySchema {
  const { operationId, tag, summary, description, scope, params, query } = operation;
  return {
    operationId,
    tags: [tag],
    summary,
    // Readers show what `security` says in a corner, if at all.
    description: [`Needs the scope \`${scope}\`.`, ...(description === undefined ? [] : [description])].join(' '),
    security: [{ admin: [scope] }],
    params: parametersOf(params),
    querystring: parametersOf(query),
    headers: { type: 'object', properties: headersOf(operation) },
    ...(isWrite(operation) ? bodyOf(operation, components) : {}),
    response: answersOf(operation, components),
  };
}
