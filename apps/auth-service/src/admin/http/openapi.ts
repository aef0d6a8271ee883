/**
 * Owns the OpenAPI 3.1 document: @fastify/swagger makes it of the routes (ADR 17), and here stands what is not of any route, and
 * what the plugin has no words for. Does not own what is said of an operation (openapi-operation).
 */
import swagger from '@fastify/swagger';
import type { FastifyInstance, RouteShorthandOptions } from 'fastify';
import { ADMIN_SCOPES } from '../admin-scopes.js';
import { Components, isObject, type Json, type JsonObject, jsonOf } from './components.js';
import { SHARED_ANSWER, sharedAnswers } from './openapi-answers.js';
import { linksOf } from './openapi-links.js';
import { BODY_WORDS, schemaOf } from './openapi-operation.js';
import { INTRODUCTION, TAGS } from './openapi-words.js';
import type { Operation } from './operation.js';
import { ProblemSchema } from './problem.js';

export interface Addresses {
  readonly issuer: string;
  readonly adminUrl: string;
}

export interface Documentation {
  /** What an operation's route is registered with, so that the plugin finds it. */
  readonly of: (operation: Operation) => Pick<RouteShorthandOptions, 'config' | 'links'>;
  /** The document of all routes. To be called when the server is ready. */
  readonly document: () => JsonObject;
}

export function documentation(
  app: FastifyInstance,
  operations: readonly Operation[],
  { issuer, adminUrl }: Addresses,
): Documentation {
  const components = new Components();
  for (const schema of [ProblemSchema, ...operations.flatMap(({ body, success }) => [body, success.schema])]) {
    components.refer(schema);
  }
  for (const schema of components.schemas) app.addSchema(schema);
  const used = new Set(operations.map(({ tag }) => tag));
  void app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Latchkey administration',
        description: INTRODUCTION,
        version: '1',
        license: { name: 'Apache 2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: adminUrl, description: 'The admin port.' }],
      tags: [...used].map((name) => ({ name, description: TAGS.get(name) ?? name })),
      components: {
        responses: sharedAnswers(),
        securitySchemes: {
          admin: {
            type: 'oauth2',
            description: 'An access token of this issuer for the admin API, by client_credentials alone.',
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
    stripBasePath: false,
    convertConstToEnum: false,
    refResolver: { buildLocalReference: ({ $id }, _base, _fragment, n) => (typeof $id === 'string' ? $id : `${n}`) },
  });
  return {
    of: (operation) => ({
      // Fastify itself is given no schema: it would judge and write by it, and `operation` judges (ADR 3).
      config: { swaggerTransform: ({ url }) => ({ url, schema: schemaOf(operation, components) }) },
      ...linksOf(operation, operations),
    }),
    document: () => jsonOf(app.swagger(), mended),
  };
}

/** What the plugin (9.9) cannot be told (ADR 17), put right wherever it stands. */
function mended(value: Json): Json {
  if (!isObject(value)) return value;
  const { schema, requestBody, [BODY_WORDS]: words, ...rest } = value;
  // It takes a header for a schema, and puts it into a header.
  if (isObject(schema) && isObject(schema['schema'])) return { ...rest, ...schema };
  // It takes the reference to a shared answer for one to a schema.
  const [media] = Object.values(objectIn(value['content']));
  const { $ref } = objectIn(objectIn(media)['schema']);
  if (typeof $ref === 'string' && $ref.startsWith(SHARED_ANSWER)) return { $ref };
  // It requires every body, and drops the example beside a reference.
  if (words === undefined) return value;
  const { required = true, example = null } = objectIn(words);
  const types = Object.entries(objectIn(objectIn(requestBody)['content']));
  const content = Object.fromEntries(types.map(([type, body]) => [type, { ...objectIn(body), example }]));
  return { ...rest, requestBody: { required, content } };
}

const objectIn = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
