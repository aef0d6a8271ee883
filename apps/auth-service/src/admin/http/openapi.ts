/**
 * Owns what an operation says of itself in the OpenAPI 3.1 document; the schemas are the very ones that judge requests.
 * Does not own the making and serving of the document: @fastify/swagger does.
 */
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { FastifySchema } from 'fastify';
import { LONGEST_WAIT_SECONDS } from '@latchkey/protocol';
import Type from 'typebox';
import { ADMIN_SCOPES } from '../admin-scopes.js';
import { NOTHING, type Operation } from './operation.js';
import { PROBLEM_TYPE } from './problem.js';

const problem = (description: string, headers: Record<string, unknown> = {}): object => ({
  description,
  headers,
  content: { [PROBLEM_TYPE]: { schema: { $ref: 'Problem#' } } },
});
const textHeader = (description: string): object => ({ type: 'string', description });

const Waiting = Type.Object({
  prefer: Type.Optional(
    Type.String({
      description: `wait=N (RFC 7240 §4.3), N from 1 to ${LONGEST_WAIT_SECONDS} seconds: answer when every guard that could still admit has applied it, or after N seconds. Anything else is ignored.`,
      examples: ['wait=2'],
    }),
  ),
});

/** Every answer that this operation can give stands in its document. */
export function documentOf(operation: Operation): FastifySchema {
  const hasBody = operation.body !== NOTHING;
  const hasParams = operation.params !== NOTHING;
  const { status, description, schema } = operation.success;
  const headers = {
    ...(status === 201 ? { location: textHeader('Where the new resource stands.') } : {}),
    ...(operation.waits === true
      ? { 'preference-applied': textHeader('wait=N, if it was waited (RFC 7240 §3).') }
      : {}),
  };
  return {
    operationId: operation.operationId,
    tags: [operation.tag],
    summary: operation.summary,
    ...(operation.description === undefined ? {} : { description: operation.description }),
    security: [{ admin: [operation.scope] }],
    ...(hasParams ? { params: operation.params } : {}),
    ...(operation.query === NOTHING ? {} : { querystring: operation.query }),
    ...(operation.waits === true ? { headers: Waiting } : {}),
    ...(hasBody ? { body: operation.body } : {}),
    response: {
      [status]: {
        description,
        ...(Object.keys(headers).length === 0 ? {} : { headers }),
        content: { 'application/json': { schema } },
      },
      400: problem('The request is not right; every fault is named.'),
      401: problem('No valid access token for the admin API.', { 'www-authenticate': textHeader('RFC 6750 §3.') }),
      403: problem('The token lacks scope.', { 'www-authenticate': textHeader('Names the scope that was missing.') }),
      ...(hasParams ? { 404: problem('There is nothing here.') } : {}),
      406: problem('The answer can only be application/json.'),
      ...(hasBody
        ? { 413: problem('The body is larger than 1 MiB.'), 415: problem('The body is not application/json.') }
        : {}),
      ...Object.fromEntries(
        Object.entries(operation.problems ?? {}).map(([code, meaning]) => [code, problem(meaning)]),
      ),
      500: problem('A bug, of which nothing is said.'),
      503: problem('PostgreSQL does not answer.', { 'retry-after': { type: 'integer', description: 'Seconds.' } }),
    },
  };
}

export const openapiOptions = (adminUrl: string, issuer: string): FastifyDynamicSwaggerOptions => ({
  hideUntagged: true,
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'Latchkey administration',
      description: 'What an operator does with clients, APIs, people, keys and revocations.',
      version: '1',
    },
    servers: [{ url: adminUrl }],
    components: {
      securitySchemes: {
        admin: {
          type: 'oauth2',
          flows: {
            clientCredentials: {
              tokenUrl: `${issuer}/token`,
              scopes: Object.fromEntries(ADMIN_SCOPES.map(({ name, description }) => [name, description])),
            },
          },
        },
      },
    },
  },
  refResolver: {
    buildLocalReference: (json, _baseUri, _fragment, index) =>
      typeof json.$id === 'string' ? json.$id : `schema-${index}`,
  },
});
