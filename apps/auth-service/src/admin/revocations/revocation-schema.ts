/** Owns the form of a revocation on the wire (admin-api.md `/revocations`, revocation.md V17). Does not own what it means. */
import { REVOCATION_KINDS } from '@latchkey/tokens';
import Type, { type Static } from 'typebox';
import { MUST_BE } from '../http/form.js';
import { listOf, UUID_PATTERN } from '../http/list.js';
import { plainTextSchema, wordSchema } from '../http/text-schema.js';

const CLOSED = { additionalProperties: false };
/** A killed key is never accepted again and needs more than an entry: it is killed where keys are. */
export const ORDERED_KINDS = ['token', 'grant', 'session', 'subject', 'client', 'issuer'] as const;

const meanings =
  'token: a jti; grant: a grant_id; session: a sid; subject: the UUID of a person, or any sub that its grants carry; ' +
  'client: a client_id; issuer: everything, without a value';

const milliseconds = (description: string) =>
  Type.Unsafe<number | null>({ type: ['number', 'null'], minimum: 0, description });

export const ReceiptSchema = Type.Object(
  {
    state: wordSchema(['applied', 'partial'], {
      description: 'applied: it is in force at every guard that could still admit.',
    }),
    live: Type.Integer({ minimum: 0, description: 'Guards on the register.' }),
    confirmed: Type.Integer({ minimum: 0, description: 'How many of them are applied or fenced.' }),
    slowest_ms: milliseconds('The longest after_ms.'),
    guards: Type.Array(
      Type.Object(
        {
          guard_id: Type.String({ description: 'As on /admin/v1/guards.', pattern: UUID_PATTERN }),
          service: Type.String({ description: 'What it guards.', examples: ['notes'] }),
          state: wordSchema(['applied', 'fenced', 'silent'], {
            description: 'fenced: its lease is over, so it can admit nothing. silent: nobody can say.',
          }),
          after_ms: milliseconds('From the commit until this was seen; null where nobody waited.'),
        },
        CLOSED,
      ),
      { description: 'Each of them.' },
    ),
  },
  { ...CLOSED, title: 'Receipt', description: 'Which guards have applied it by now.' },
);
export type ReceiptResource = Static<typeof ReceiptSchema>;

const shown = {
  id: Type.String({ description: 'Given by the server.', pattern: UUID_PATTERN }),
  kind: wordSchema(REVOCATION_KINDS, { description: `${meanings}; key: a kid.` }),
  value: Type.Unsafe<string | null>({ type: ['string', 'null'], description: 'null for issuer.' }),
  reason: Type.Unsafe<string | null>({ type: ['string', 'null'], description: 'Why; null when nobody said.' }),
  created_at: Type.Integer({ description: 'Seconds since 1970.', examples: [1_764_000_000] }),
  expires_at: Type.Unsafe<number | null>({
    type: ['integer', 'null'],
    description: 'Seconds since 1970, when nothing is left that it could match; null: never.',
    examples: [1_764_003_600],
  }),
  state: wordSchema(['committed', 'partial', 'applied'], {
    description:
      'committed: it stands and is on its way, and nobody waited. partial: some guard may not have it yet, or Redis is ' +
      'down. applied: it is in force everywhere.',
  }),
};

export const RevocationSchema = Type.Object(
  { ...shown, receipt: Type.Optional(ReceiptSchema) },
  { ...CLOSED, title: 'Revocation' },
);
export type RevocationResource = Static<typeof RevocationSchema>;

export const RevocationListSchema = listOf(Type.Object(shown, { ...CLOSED, title: 'ListedRevocation' }));

export const NewRevocationSchema = Type.Object(
  {
    kind: wordSchema(ORDERED_KINDS, {
      description: meanings,
      [MUST_BE]: `${ORDERED_KINDS.join(', ')}; a signing key is killed with DELETE /admin/v1/keys/{kid}`,
    }),
    value: Type.Optional(plainTextSchema({ description: 'What is revoked. None for issuer.', maxLength: 255 })),
    reason: Type.Optional(plainTextSchema({ description: 'Why, for whoever reads it later.', maxLength: 1000 })),
  },
  {
    ...{ ...CLOSED, title: 'NewRevocation' },
    examples: [{ kind: 'token', value: '0197c6a4-5d2e-7b3f-8a51-2f6c9d0e4b17', reason: 'It was in a log file' }],
  },
);
export type NewRevocation = Static<typeof NewRevocationSchema>;

export const RevocationParams = Type.Object({
  id: Type.String({ description: 'Of the revocation.', pattern: UUID_PATTERN }),
});
