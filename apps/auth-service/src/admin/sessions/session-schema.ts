/** Owns the form of a login session on the wire (admin-api.md `/sessions`). Does not own what ends with it. */
import Type, { type Static } from 'typebox';
import { MUST_BE } from '../http/form.js';
import { listOf, ListQuery, UUID_PATTERN } from '../http/list.js';
import { RevocationOutcomeSchema } from '../revocations/revocation-of.js';

const CLOSED = { additionalProperties: false };

const shown = {
  sid: Type.String({ pattern: UUID_PATTERN, description: 'The sid of the tokens that end with it.' }),
  sub: Type.String({ pattern: UUID_PATTERN, description: 'Who is logged in.' }),
  auth_time: Type.Integer({ description: 'Seconds since 1970: when the person logged in, and it began.' }),
  amr: Type.Array(Type.String(), { description: 'How (RFC 8176).' }),
  expires_at: Type.Integer({ description: 'Seconds since 1970.' }),
  ended_at: Type.Unsafe<number | null>({
    type: ['integer', 'null'],
    description: 'Seconds since 1970: by a log-out, by an operator, or by another person in the same browser.',
  }),
  replaced_by: Type.Unsafe<string | null>({
    type: ['string', 'null'],
    description:
      'The sid of the session that took its place when the person logged in again in the same browser. Its grants go on, ' +
      'and both end together.',
  }),
  active: Type.Boolean({
    description:
      'Whether its cookie still logs the person in. False as well when the person, or everything, was taken away.',
  }),
};

export const SessionSchema = Type.Object(shown, { ...CLOSED, title: 'Session' });
export type SessionResource = Static<typeof SessionSchema>;

export const EndedSessionSchema = Type.Object(
  { ...shown, revocation: RevocationOutcomeSchema },
  { ...CLOSED, title: 'EndedSession' },
);

export const SessionListSchema = listOf(SessionSchema);

export const SessionParams = Type.Object({
  sid: Type.String({ description: 'Of the session.', pattern: UUID_PATTERN }),
});

export const SessionListQuery = Type.Object(
  {
    ...ListQuery.properties,
    sub: Type.Optional(
      Type.String({ pattern: UUID_PATTERN, [MUST_BE]: 'the UUID of a person', description: 'Of this person alone.' }),
    ),
  },
  CLOSED,
);
