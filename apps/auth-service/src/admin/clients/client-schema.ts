/**
 * Owns the form of a client on the wire, in the names of RFC 7591 §2. Does not own what may be combined (client-rules).
 */
import { CLIENT_AUTHENTICATION_METHODS, GRANT_TYPES, type IdTokenAlgorithm } from '@latchkey/protocol';
import Type, { type Static } from 'typebox';
import { MUST_BE, NOT_WRITABLE } from '../http/form.js';
import { listOf } from '../http/list.js';
import { patchOf } from '../http/merge-patch.js';
import { plainTextSchema, uriSchema as uri, wordSchema } from '../http/text-schema.js';
import { keyChoices } from './client-key-schema.js';
import { openIdChoices, openIdMembers } from './client-openid-schema.js';
import { RevocationOutcomeSchema } from '../revocations/revocation-of.js';

const members = (idTokenAlgorithms: readonly IdTokenAlgorithm[]) => ({
  client_name: plainTextSchema({
    description: 'What people are shown. The client_id if absent.',
    maxLength: 200,
    examples: ['Acme Notes'],
  }),
  application_type: wordSchema(['web', 'native'], {
    default: 'web',
    description: 'Native clients may use private-use schemes.',
  }),
  redirect_uris: Type.Array(uri('https, or http on a loopback address, or a private-use scheme (RFC 8252).'), {
    description: 'Where people are sent back to, compared letter by letter (RFC 9700 §2.1).',
    default: [],
    maxItems: 100,
    uniqueItems: true,
  }),
  grant_types: Type.Array(wordSchema(GRANT_TYPES), {
    description: 'At least one; none only for an API that does nothing but ask about tokens (resource_server).',
    default: ['authorization_code'],
    maxItems: 10,
    uniqueItems: true,
  }),
  response_types: Type.Array(wordSchema(['code']), {
    description: 'Follows from grant_types: [code] with the code grant, else [].',
    examples: [['code']],
    maxItems: 10,
    uniqueItems: true,
  }),
  scope: Type.String({
    description: 'The scope that this client may ever be granted: names, separated by spaces.',
    default: '',
    examples: ['openid notes:read'],
    maxLength: 10_000,
    pattern: '^(?:[\\x21\\x23-\\x5b\\x5d-\\x7e]+(?: [\\x21\\x23-\\x5b\\x5d-\\x7e]+)*)?$',
    [MUST_BE]: 'scope names separated by single spaces (RFC 6749 §3.3)',
  }),
  token_endpoint_auth_method: wordSchema(CLIENT_AUTHENTICATION_METHODS, {
    description: 'How it authenticates at /token and /revoke; none: a public client.',
    default: 'client_secret_basic',
  }),
  require_pkce: Type.Boolean({ description: 'RFC 7636. False only for a confidential client.', default: true }),
  id_token_signed_response_alg: wordSchema(idTokenAlgorithms, {
    description: 'How its ID tokens are signed; HS256: with its own secret.',
  }),
  ...openIdMembers,
});

const shown = {
  logo_uri: Type.Optional(uri('A picture for the consent page.')),
  policy_uri: Type.Optional(uri('How the client treats personal data.')),
  tos_uri: Type.Optional(uri('Its terms of service.')),
  resource_server: Type.Optional(
    uri('The identifier of the API that this client is, which may then ask about its tokens (RFC 7662).', [
      'http://localhost:4002',
    ]),
  ),
  ...keyChoices,
  ...openIdChoices,
};

/** Of a whole body: members that go together, and nothing that has to be registered first. */
const EXAMPLE = {
  client_name: 'Acme Notes',
  redirect_uris: ['https://app.example.com/cb'],
  grant_types: ['authorization_code', 'refresh_token'],
  scope: 'openid offline_access',
};

/** Of what is shown: not for anybody to choose. */
const NOT_CHOSEN = ['client_id', 'client_id_issued_at', 'client_secret', 'client_secret_expires_at', 'enabled'];

export const clientSecret = (description: string) => Type.String({ description, pattern: '^[0-9a-f]{64}$' });
export const NEVER_EXPIRES = Type.Integer({ description: '0: never (RFC 7591 §3.2.1).' });

const CLIENT_ID_PATTERN = '^[0-9a-f]{32}$';
const identity = {
  client_id: Type.String({ description: 'Given by the server.', pattern: CLIENT_ID_PATTERN }),
  client_id_issued_at: Type.Integer({
    description: 'Seconds since 1970 (RFC 7591 §3.2.1).',
    examples: [1_764_000_000],
  }),
  enabled: Type.Boolean({ description: 'False: it gets no tokens.' }),
};

export const clientSchemas = (idTokenAlgorithms: readonly IdTokenAlgorithm[]) => {
  const all = members(idTokenAlgorithms);
  const resource = { ...identity, ...all, ...shown };
  const closed = { additionalProperties: false };
  const Client = Type.Object(resource, { ...closed, title: 'Client' });
  const chosen = { ...Type.Partial(Type.Object(all)).properties, ...shown };
  const written = { ...closed, [NOT_WRITABLE]: NOT_CHOSEN, examples: [EXAMPLE] };
  return {
    Client,
    NewClient: Type.Object(chosen, { ...written, title: 'NewClient' }),
    ReplacedClient: Type.Object(chosen, { ...written, title: 'ReplacedClient' }),
    ClientPatch: patchOf(Type.Object(chosen), { ...written, title: 'ClientPatch' }),
    ChangedClient: Type.Object(
      { ...resource, revocation: RevocationOutcomeSchema },
      { ...closed, title: 'ChangedClient' },
    ),
    CreatedClient: Type.Object(
      {
        ...resource,
        client_secret: Type.Optional(clientSecret('Shown here and nowhere else; none for a public client.')),
        client_secret_expires_at: Type.Optional(NEVER_EXPIRES),
      },
      { ...closed, title: 'CreatedClient' },
    ),
    ClientList: listOf(Client),
  };
};
export type ClientSchemas = ReturnType<typeof clientSchemas>;
export type ClientResource = Static<ClientSchemas['Client']>;
export type ClientRequest = Static<ClientSchemas['NewClient']>;

export const ClientParams = Type.Object({
  client_id: Type.String({ description: 'Of the client.', pattern: CLIENT_ID_PATTERN }),
});
