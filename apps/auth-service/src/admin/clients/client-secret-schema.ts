/** Owns the form of a client's secret on the wire. Does not own its making. */
import Type, { type Static } from 'typebox';
import { listOf, UUID_PATTERN } from '../http/list.js';
import { RevocationOutcomeSchema } from '../revocations/revocation-of.js';
import { ClientParams, clientSecret, NEVER_EXPIRES } from './client-schema.js';

const CLOSED = { additionalProperties: false };

const shown = {
  secret_id: Type.String({ pattern: UUID_PATTERN, description: 'Names it; tells nothing of it.' }),
  created_at: Type.Integer({ description: 'Seconds since 1970.', examples: [1_764_000_000] }),
};

const ClientSecretSchema = Type.Object(shown, { ...CLOSED, title: 'ClientSecret' });
export type ClientSecretResource = Static<typeof ClientSecretSchema>;

export const ClientSecretListSchema = listOf(ClientSecretSchema);

export const CreatedClientSecretSchema = Type.Object(
  {
    ...shown,
    client_secret: clientSecret('Shown here and nowhere else.'),
    client_secret_expires_at: NEVER_EXPIRES,
  },
  { ...CLOSED, title: 'CreatedClientSecret' },
);

export const DeletedClientSecretSchema = Type.Object(
  { ...shown, revocation: RevocationOutcomeSchema },
  { ...CLOSED, title: 'DeletedClientSecret' },
);

export const ClientSecretParams = Type.Object({
  ...ClientParams.properties,
  secret_id: Type.String({ description: 'Of the secret.', pattern: UUID_PATTERN }),
});
