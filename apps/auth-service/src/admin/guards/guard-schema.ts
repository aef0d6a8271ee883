/** Owns the form of a guard on the wire (admin-api.md `/guards`). Does not own what is known of it. */
import Type, { type Static } from 'typebox';
import { listOf, UUID_PATTERN } from '../http/list.js';
import { wordSchema } from '../http/text-schema.js';

const orNull = <T>(type: string, description: string) => Type.Unsafe<T | null>({ type: [type, 'null'], description });

export const GuardSchema = Type.Object(
  {
    guard_id: Type.String({ description: 'Of one process.', pattern: UUID_PATTERN }),
    service: Type.String({ description: 'What it guards; its own doors are auth-service.', examples: ['notes'] }),
    on_stale: wordSchema(['refuse', 'allow'], {
      description: 'allow: it admits whatever it does not know to be revoked, however old its knowledge is.',
    }),
    lease_ms: Type.Integer({ description: 'How long it may admit without the issuer hearing of it.' }),
    registered_at: Type.Integer({ description: 'Seconds since 1970.', examples: [1_764_000_000] }),
    lease_stands: orNull<boolean>('boolean', 'Whether it was heard of within lease_ms; null while Redis is silent.'),
    epoch: orNull<number>('integer', 'The epoch of the stream that it reads; null while its lease says nothing.'),
    position: orNull<string>('string', 'How far it has applied the stream; null while its lease says nothing.'),
    age_ms: orNull<number>('number', 'Age of its knowledge; null while nobody can say.'),
    fenced: orNull<boolean>('boolean', 'Whether it admits nothing for now; null while nobody can say.'),
    entries: orNull<number>('integer', 'Revocations that it holds; null while its lease says nothing.'),
  },
  { additionalProperties: false, title: 'Guard' },
);
export type GuardResource = Static<typeof GuardSchema>;

export const GuardListSchema = listOf(GuardSchema);

export const GuardParams = Type.Object({
  guard_id: Type.String({ description: 'Of the guard.', pattern: UUID_PATTERN }),
});
