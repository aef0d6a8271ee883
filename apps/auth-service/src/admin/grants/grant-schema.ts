/** Owns the form of a grant on the wire (admin-api.md `/grants`). Does not own what it means to a token. */
import Type, { type Static } from 'typebox';
import { MUST_BE } from '../http/form.js';
import { listOf, ListQuery, UUID_PATTERN } from '../http/list.js';
import { RevocationOutcomeSchema } from '../revocations/revocation-of.js';

const CLOSED = { additionalProperties: false };
const CLIENT_ID_PATTERN = '^[0-9a-f]{32}$';

const seconds = (description: string) => Type.Integer({ description: `Seconds since 1970. ${description}` });
const secondsOrNull = (description: string) =>
  Type.Unsafe<number | null>({ type: ['integer', 'null'], description: `Seconds since 1970. ${description}` });

const shown = {
  grant_id: Type.String({ pattern: UUID_PATTERN, description: 'The grant_id of its access tokens.' }),
  client_id: Type.String({ description: 'To whom.' }),
  sub: Type.String({
    pattern: UUID_PATTERN,
    description: 'The UUID of the person, also where tokens say another sub.',
  }),
  scope: Type.String({ description: 'What was granted, separated by spaces (RFC 6749 §3.3).' }),
  resource: Type.Optional(Type.String({ description: 'The API that it was limited to (RFC 8707).' })),
  auth_time: seconds('When the person logged in.'),
  amr: Type.Array(Type.String(), { description: 'How (RFC 8176).' }),
  sid: Type.String({ pattern: UUID_PATTERN, description: 'The login session in which it was given.' }),
  ends_with_session: Type.Boolean({ description: 'False for offline access.' }),
  created_at: seconds('When its code was redeemed.'),
  expires_at: seconds('No refresh after that.'),
  revoked_at: secondsOrNull('When it was revoked by itself; null when it was not.'),
  last_refreshed_at: secondsOrNull(
    'The start of the span, some ten seconds wide, in which its refresh token was last rotated; null when never.',
  ),
  active: Type.Boolean({
    description:
      'Whether it can still give tokens. False as well when its client, its person, its session or everything was taken ' +
      'away, when it has expired, or when it lay unused for longer than its client may let it.',
  }),
};

export const GrantSchema = Type.Object(shown, { ...CLOSED, title: 'Grant' });
export type GrantResource = Static<typeof GrantSchema>;

export const RevokedGrantSchema = Type.Object(
  { ...shown, revocation: RevocationOutcomeSchema },
  { ...CLOSED, title: 'RevokedGrant' },
);

export const GrantListSchema = listOf(GrantSchema);

export const GrantParams = Type.Object({
  grant_id: Type.String({ description: 'Of the grant.', pattern: UUID_PATTERN }),
});

export const GrantListQuery = Type.Object(
  {
    ...ListQuery.properties,
    sub: Type.Optional(
      Type.String({ pattern: UUID_PATTERN, [MUST_BE]: 'the UUID of a person', description: 'Of this person alone.' }),
    ),
    client_id: Type.Optional(
      Type.String({ pattern: CLIENT_ID_PATTERN, [MUST_BE]: 'a client_id', description: 'To this client alone.' }),
    ),
  },
  CLOSED,
);
