/**
 * Owns the form of a client on the wire, in the names of RFC 7591 §2. Does not own what may be combined (client-rules).
 */
import { CLIENT_AUTHENTICATION_METHODS, GRANT_TYPES } from '@latchkey/protocol';
import type { SigningAlgorithm } from '@latchkey/tokens';
import Type, { type Static } from 'typebox';
import { MUST_BE } from '../http/form.js';
import { listOf } from '../http/list.js';
import { plainTextSchema, wordSchema } from '../http/text-schema.js';

const uri = (description: string) => Type.String({ description, format: 'uri', minLength: 1, maxLength: 2000 });

const members = (idTokenAlgorithms: readonly SigningAlgorithm[]) => ({
  client_name: plainTextSchema({ description: 'What people are shown. The client_id if absent.', maxLength: 200 }),
  application_type: wordSchema(['web', 'native'], {
    default: 'web',
    description: 'Native clients may use private-use schemes.',
  }),
  redirect_uris: Type.Array(uri('https, or http on a loopback address, or a private-use scheme (RFC 8252).'), {
    default: [],
    maxItems: 100,
    uniqueItems: true,
  }),
  grant_types: Type.Array(wordSchema(GRANT_TYPES), { default: ['authorization_code'], minItems: 1, uniqueItems: true }),
  response_types: Type.Array(wordSchema(['code']), {
    description: 'Follows from grant_types: [code] with the code grant, else [].',
    uniqueItems: true,
  }),
  scope: Type.String({
    description: 'The scope that this client may ever be granted: names, separated by spaces.',
    default: '',
    maxLength: 10_000,
    pattern: '^(?:[\\x21\\x23-\\x5b\\x5d-\\x7e]+(?: [\\x21\\x23-\\x5b\\x5d-\\x7e]+)*)?$',
    [MUST_BE]: 'scope names separated by single spaces (RFC 6749 §3.3)',
  }),
  token_endpoint_auth_method: wordSchema(CLIENT_AUTHENTICATION_METHODS, { default: 'client_secret_basic' }),
  require_pkce: Type.Boolean({ description: 'RFC 7636. False only for a confidential client.', default: true }),
  id_token_signed_response_alg: wordSchema(idTokenAlgorithms, { description: 'How its ID tokens are signed.' }),
});

const shown = {
  logo_uri: Type.Optional(uri('A picture for the consent page.')),
  policy_uri: Type.Optional(uri('How the client treats personal data.')),
  tos_uri: Type.Optional(uri('Its terms of service.')),
};

const CLIENT_ID_PATTERN = '^[0-9a-f]{32}$';
const identity = {
  client_id: Type.String({ pattern: CLIENT_ID_PATTERN }),
  client_id_issued_at: Type.Integer({ description: 'Seconds since 1970 (RFC 7591 §3.2.1).' }),
  enabled: Type.Boolean(),
};

export const clientSchemas = (idTokenAlgorithms: readonly SigningAlgorithm[]) => {
  const all = members(idTokenAlgorithms);
  const resource = { ...identity, ...all, ...shown };
  const closed = { additionalProperties: false };
  const Client = Type.Object(resource, { ...closed, title: 'Client' });
  return {
    Client,
    NewClient: Type.Object(
      { ...Type.Partial(Type.Object(all)).properties, ...shown },
      { ...closed, title: 'NewClient' },
    ),
    CreatedClient: Type.Object(
      {
        ...resource,
        client_secret: Type.Optional(
          Type.String({
            description: 'Shown here and nowhere else; none for a public client.',
            pattern: '^[0-9a-f]{64}$',
          }),
        ),
        client_secret_expires_at: Type.Optional(Type.Integer({ description: '0: never (RFC 7591 §3.2.1).' })),
      },
      { ...closed, title: 'CreatedClient' },
    ),
    ClientList: listOf(Client),
  };
};
export type ClientSchemas = ReturnType<typeof clientSchemas>;
export type ClientResource = Static<ClientSchemas['Client']>;
export type ClientRequest = Static<ClientSchemas['NewClient']>;

export const ClientParams = Type.Object({ client_id: Type.String({ pattern: CLIENT_ID_PATTERN }) });
