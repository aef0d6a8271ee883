/** Owns the form of an audit event, and of what is said of their chain, on the wire. Does not own what any of it means. */
import Type, { type Static } from 'typebox';
import { ListQuery, listOf } from '../http/list.js';
import { plainTextSchema, wordSchema } from '../http/text-schema.js';

const CLOSED = { additionalProperties: false };

/** Fifteen digits are exact in every reader of JSON, and more than there will be. */
export const EVENT_ID_PATTERN = '^[1-9][0-9]{0,14}$';
const HEAD_PATTERN = '^[0-9a-f]{64}$';

/** The last second of the year 9999. */
const LAST_SECOND = 253_402_300_799;
const seconds = (description: string) => Type.Integer({ minimum: 0, maximum: LAST_SECOND, description });
const named = (description: string) => plainTextSchema({ description, maxLength: 1000 });

export const AuditEventQuery = Type.Object(
  {
    ...ListQuery.properties,
    since: Type.Optional(seconds('From this second on, since 1970.')),
    until: Type.Optional(seconds('Before this second, since 1970.')),
    actor: Type.Optional(named('Who did it: a client_id, a sub, or system.')),
    kind: Type.Optional(named('What was done, as client.created.')),
    target: Type.Optional(named('What it was done to.')),
  },
  CLOSED,
);

export const AuditEventParams = Type.Object({
  id: Type.String({ description: 'Of the event.', pattern: EVENT_ID_PATTERN, examples: ['4711'] }),
});

const A_PERSON = '0197c6a4-5d2e-7b3f-8a51-2f6c9d0e4b17';

export const AuditEventSchema = Type.Object(
  {
    id: Type.String({ pattern: EVENT_ID_PATTERN, description: 'Grows with the order of writing.', examples: ['4711'] }),
    at: Type.Integer({ description: 'Seconds since 1970.' }),
    actor: Type.String({ description: 'Who did it: a client_id, a sub, or system.' }),
    kind: Type.String({ description: 'What was done, as client.created.', examples: ['user.changed'] }),
    target: Type.String({ description: 'What it was done to.', examples: [A_PERSON] }),
    outcome: wordSchema(['done', 'refused'], { description: 'refused: nothing was changed.' }),
    address: Type.Unsafe<string | null>({
      type: ['string', 'null'],
      description: 'From where; null when that is not known, or was erased.',
      examples: ['192.0.2.7'],
    }),
    detail: Type.Unsafe<Readonly<Record<string, unknown>>>({
      ...{ type: 'object', additionalProperties: true },
      description: 'What else is known; it names no person and holds no secret.',
      examples: [{ members: ['email', 'email_verified'] }],
    }),
    personal: Type.Unsafe<Readonly<Record<string, unknown>> | null>({
      type: ['object', 'null'],
      additionalProperties: true,
      description: 'What names a person; null when there was nothing, or it was erased.',
      examples: [{ email: 'ada@example.com' }],
    }),
    sealed: Type.Boolean({ description: 'It is under a seal of the chain: within a second or two of being written.' }),
  },
  { ...CLOSED, title: 'AuditEvent' },
);
export type AuditEventResource = Static<typeof AuditEventSchema>;

export const AuditEventListSchema = listOf(AuditEventSchema);

export const VerifyQuery = Type.Object(
  {
    head: Type.Optional(
      Type.String({ pattern: HEAD_PATTERN, description: 'A head that the log has told: it must be in the chain.' }),
    ),
    after_seal: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Only what comes after this seal, for whoever has verified up to it.' }),
    ),
  },
  CLOSED,
);

const count = (description: string) => Type.Integer({ minimum: 0, description });

export const AuditVerificationSchema = Type.Object(
  {
    valid: Type.Boolean({ description: 'Nothing that is sealed was changed, and the given head is in the chain.' }),
    head: Type.Unsafe<string | null>({
      type: ['string', 'null'],
      description: 'Of the last seal up to which nothing is wrong; null when nothing is sealed.',
    }),
    seals: count('How many seals were walked.'),
    events: count('How many events are under them.'),
    contains_head: Type.Unsafe<boolean | null>({
      type: ['boolean', 'null'],
      description: 'Whether the given head is in the chain; null when none was given.',
      examples: [null],
    }),
    broken: Type.Unsafe<{
      readonly seal: number | null;
      readonly event: string | null;
      readonly detail: string;
    } | null>({
      type: ['object', 'null'],
      description: 'The first fault; null when valid.',
      examples: [null],
      required: ['seal', 'event', 'detail'],
      properties: {
        seal: { type: ['integer', 'null'], description: 'Under which seal.' },
        event: { type: ['string', 'null'], description: 'Which event, where that can be told.' },
        detail: { type: 'string', description: 'What is wrong there.' },
      },
      ...CLOSED,
    }),
  },
  { ...CLOSED, title: 'AuditVerification' },
);
