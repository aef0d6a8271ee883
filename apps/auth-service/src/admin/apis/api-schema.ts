/** Owns the form of a protected API on the wire (admin-api.md `/apis`). Does not own what its members mean (api-rules). */
import { SIGNING_ALGORITHMS } from '@latchkey/tokens';
import Type, { type Static } from 'typebox';
import { MUST_BE } from '../http/form.js';
import { listOf } from '../http/list.js';
import { patchOf } from '../http/merge-patch.js';
import { KID_PATTERN } from '../keys/key-schema.js';
import { RevocationOutcomeSchema } from '../revocations/revocation-of.js';
import { plainTextSchema, wordSchema } from '../http/text-schema.js';

const CLOSED = { additionalProperties: false };

/** Its id, and the place where a page ended, stay within what a path and a query may hold. */
const LONGEST_IDENTIFIER = 250;
/** The bounds of ACCESS_TOKEN_LIFETIME_SECONDS. */
const LONGEST_LIFETIME_SECONDS = 86_400;

/** RFC 8707 §2: "an absolute URI, as specified by Section 4.3 of [RFC3986]" which "MUST NOT include a fragment component". */
export const ABSOLUTE_URI = 'an absolute URI without fragment (RFC 8707 §2)';
const URI_PATTERN = "^[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?\\[\\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+$";

const ScopeSchema = Type.Object(
  {
    name: Type.String({
      description: 'Belongs to this API alone, and to no other.',
      examples: ['payroll:read'],
      maxLength: 200,
      pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]+$',
      [MUST_BE]: 'a scope name: printable ASCII without space, " and \\ (RFC 6749 §3.3)',
    }),
    description: plainTextSchema({
      description: 'What people read when they are asked for it.',
      maxLength: 200,
      examples: ['Read your payslips'],
    }),
  },
  CLOSED,
);

const members = {
  identifier: Type.String({
    description: 'The audience of its access tokens, compared letter by letter: an absolute URI without fragment.',
    examples: ['https://payroll.example.com'],
    maxLength: LONGEST_IDENTIFIER,
    pattern: URI_PATTERN,
    [MUST_BE]: ABSOLUTE_URI,
  }),
  name: plainTextSchema({
    description: 'What people are shown. The identifier if absent.',
    maxLength: 200,
    examples: ['Payroll'],
  }),
  scopes: Type.Array(ScopeSchema, {
    description: 'In the order in which people read them.',
    default: [],
    maxItems: 200,
  }),
  access_token_signing_alg: wordSchema(SIGNING_ALGORITHMS, {
    default: 'ES256',
    description:
      'How its access tokens are signed (RFC 7518 §3.1). HS256: with a secret that it shares with the issuer and with no ' +
      'other API; such a token is for this API alone, and can be introspected by it alone.',
  }),
};
const lifetime = {
  access_token_lifetime_seconds: Type.Optional(
    Type.Integer({
      description: 'How long its access tokens are valid. ACCESS_TOKEN_LIFETIME_SECONDS of the server if absent.',
      examples: [300],
      minimum: 1,
      maximum: LONGEST_LIFETIME_SECONDS,
    }),
  ),
};

const writable = {
  name: Type.Optional(members.name),
  scopes: Type.Optional(members.scopes),
  ...lifetime,
  access_token_signing_alg: Type.Optional(members.access_token_signing_alg),
};

/** Of a whole body: names that nobody has been given yet. */
const EXAMPLE = { name: 'Reports', scopes: [{ name: 'reports:read', description: 'Read your reports' }] };

export const NewApiSchema = Type.Object(
  { identifier: members.identifier, ...writable },
  { ...CLOSED, title: 'NewApi', examples: [{ identifier: 'https://reports.example.com', ...EXAMPLE }] },
);
export type NewApi = Static<typeof NewApiSchema>;

/** What can be changed of one. Whoever holds a token reads in it for whom it is: the identifier stays. */
export const WritableApiSchema = Type.Object(writable, CLOSED);
export type WritableApi = Static<typeof WritableApiSchema>;

export const ApiPatchSchema = patchOf(WritableApiSchema, { title: 'ApiPatch', examples: [EXAMPLE] });

const id = Type.String({
  description:
    'The identifier in base64url (RFC 4648 §5), without padding: a URI is no segment of a path, since proxies and ' +
    'libraries decode %2F on the way.',
  pattern: '^[A-Za-z0-9_-]+$',
  examples: ['aHR0cHM6Ly9wYXlyb2xsLmV4YW1wbGUuY29t'],
});
const resource = {
  id,
  identifier: Type.String({
    description: 'The audience of its access tokens, compared letter by letter.',
    examples: ['https://payroll.example.com'],
  }),
  name: members.name,
  scopes: members.scopes,
  ...lifetime,
  access_token_signing_alg: members.access_token_signing_alg,
};

export const ApiSchema = Type.Object(resource, { ...CLOSED, title: 'Api' });
export type ApiResource = Static<typeof ApiSchema>;

export const ChangedApiSchema = Type.Object(
  { ...resource, revocation: RevocationOutcomeSchema },
  { ...CLOSED, title: 'ChangedApi' },
);

export const ApiListSchema = listOf(ApiSchema);

/** RFC 7518 §3.2: "A key of the same size as the hash output […] or larger MUST be used with this algorithm." */
export const sharedSecret = Type.String({
  description: '32 random bytes in base64url, without padding. Shown here and nowhere else.',
  pattern: '^[A-Za-z0-9_-]{43}$',
  examples: ['8VqkU1mP0xJYd3uS7vW2eD4wZ6tR5aLcF9hGiKoBsTw'],
});

export const CreatedApiSchema = Type.Object(
  {
    ...resource,
    shared_secret: Type.Optional(sharedSecret),
    shared_secret_kid: Type.Optional(
      Type.String({
        description: 'The kid of the tokens that it signs.',
        pattern: KID_PATTERN,
        examples: ['7GqW0mZkT2y1'],
      }),
    ),
  },
  { ...CLOSED, title: 'CreatedApi' },
);

export const ApiParams = Type.Object({ id });
