/** Owns the form on the wire of what a person allowed a client (admin-api.md `/users/{sub}/consents`). Does not own its meaning. */
import Type, { type Static } from 'typebox';
import { listOf, UUID_PATTERN } from '../http/list.js';
import { RevocationOutcomeSchema } from '../revocations/revocation-of.js';

const CLOSED = { additionalProperties: false };
const CLIENT_ID_PATTERN = '^[0-9a-f]{32}$';

const client_id = Type.String({
  description: 'The client that was allowed it.',
  pattern: CLIENT_ID_PATTERN,
  examples: ['5f2c7a90b1d84e6fa3c09d71e2b4865d'],
});
const resource = {
  client_id,
  scope: Type.String({
    description: 'Every scope that was allowed in any authorization since it was last taken back, separated by spaces.',
    examples: ['notes:read openid'],
  }),
  granted_at: Type.Integer({
    description: 'When it was last allowed, in seconds since 1970.',
    examples: [1_764_000_000],
  }),
};

export const ConsentSchema = Type.Object(resource, { ...CLOSED, title: 'Consent' });
export type ConsentResource = Static<typeof ConsentSchema>;

export const ConsentListSchema = listOf(ConsentSchema);

export const WithdrawnConsentSchema = Type.Object(
  { ...resource, revocation: RevocationOutcomeSchema },
  { ...CLOSED, title: 'ConsentAndRevocation' },
);

const sub = Type.String({
  description: 'The person who allowed it.',
  pattern: UUID_PATTERN,
  examples: ['0b7e8a4c-3f52-4d7a-9c1e-5a6d2f8e4b10'],
});
export const ConsentListParams = Type.Object({ sub });
export const ConsentParams = Type.Object({ sub, client_id });

export const CLIENT_ID = new RegExp(CLIENT_ID_PATTERN);
