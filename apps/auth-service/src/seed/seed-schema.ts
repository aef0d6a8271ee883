/**
 * Owns the form of a seed on paper: APIs, clients and people as the admin API creates them, and what a file must say besides.
 * Does not own what any of it means (the rules of the admin API, seed-faults). deploy/seed.schema.json is made from it.
 */
import { ID_TOKEN_ALGORITHMS, type IdTokenAlgorithm } from '@latchkey/protocol';
import Type, { type Static } from 'typebox';
import { NewApiSchema } from '../admin/apis/api-schema.js';
import { clientSchemas, clientSecret } from '../admin/clients/client-schema.js';
import { MUST_BE } from '../admin/http/form.js';
import { NewUserSchema } from '../admin/users/user-schema.js';

const CLOSED = { additionalProperties: false };

export const SeedApiSchema = Type.Object(NewApiSchema.properties, { ...CLOSED, title: 'SeedApi' });
export type SeedApi = Static<typeof SeedApiSchema>;

export const seedClientSchema = (algorithms: readonly IdTokenAlgorithm[]) =>
  Type.Object(
    {
      client_id: Type.String({
        description: 'Fixed, so that a deployment can name it elsewhere: 32 hex characters (openssl rand -hex 16).',
        pattern: '^[0-9a-f]{32}$',
        [MUST_BE]: '32 lower-case hex characters, such as `openssl rand -hex 16` prints',
      }),
      client_secret: Type.Optional(
        Type.String({
          ...clientSecret('For the creation alone: 64 hex characters (openssl rand -hex 32).'),
          [MUST_BE]: '64 lower-case hex characters, such as `openssl rand -hex 32` prints',
        }),
      ),
      client_secret_file: Type.Optional(
        Type.String({
          description: 'The absolute path of a file that holds the client_secret, in place of it.',
          pattern: '^/[^\\u0000]+$',
          maxLength: 4096,
          [MUST_BE]: 'an absolute path',
        }),
      ),
      ...clientSchemas(algorithms).NewClient.properties,
    },
    { ...CLOSED, title: 'SeedClient' },
  );
export const SeedClientSchema = seedClientSchema(ID_TOKEN_ALGORITHMS);
export type SeedClient = Static<typeof SeedClientSchema>;

const { username, password, ...claims } = NewUserSchema.properties;
export const SeedUserSchema = Type.Object(
  {
    username,
    password: Type.Optional(password),
    password_hash: Type.Optional(
      Type.String({
        description: 'In place of a password, for the creation alone: argon2 as a PHC string, or bcrypt.',
        maxLength: 256,
      }),
    ),
    ...claims,
  },
  { ...CLOSED, title: 'SeedUser' },
);
export type SeedUser = Static<typeof SeedUserSchema>;

const MOST = 10_000;

/** Each entry is judged by itself, so that a fault in one hides none in another. */
export const SeedFrameSchema = Type.Object(
  {
    $schema: Type.Optional(Type.String()),
    apis: Type.Optional(Type.Array(Type.Unknown(), { maxItems: MOST })),
    clients: Type.Optional(Type.Array(Type.Unknown(), { maxItems: MOST })),
    users: Type.Optional(Type.Array(Type.Unknown(), { maxItems: MOST })),
  },
  CLOSED,
);

/** As it is published: the whole. */
export const SeedSchema = Type.Object(
  {
    $schema: Type.Optional(Type.String({ description: 'For an editor; means nothing here.' })),
    apis: Type.Optional(Type.Array(SeedApiSchema, { maxItems: MOST })),
    clients: Type.Optional(Type.Array(SeedClientSchema, { maxItems: MOST })),
    users: Type.Optional(Type.Array(SeedUserSchema, { maxItems: MOST })),
  },
  {
    ...CLOSED,
    title: 'Latchkey seed',
    description:
      'What SEED_FILE holds: whatever it names is made so at each start, whatever it does not name is left alone.',
  },
);
