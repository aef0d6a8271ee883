/** Owns the form of a person on the wire (admin-api.md `/users`). Does not own what its members mean (user-rules, claim-rules). */
import Type, { type Static } from 'typebox';
import { MUST_BE } from '../http/form.js';
import { listOf, ListQuery, UUID_PATTERN } from '../http/list.js';
import { patchOf } from '../http/merge-patch.js';
import { plainTextSchema } from '../http/text-schema.js';
import { RevocationOutcomeSchema } from '../revocations/revocation-of.js';
import { claims } from './claim-schema.js';

const CLOSED = { additionalProperties: false };

const username = plainTextSchema({
  description:
    'What is typed at log-in, of which upper and lower case, and forms of one letter (NFKC), are the same. Nobody else has ' +
    'it; a deleted person has it no more.',
  maxLength: 255,
  examples: ['ada'],
});

const password = Type.String({
  description:
    'What is typed at log-in: its length is the only rule, 1 to 1024 bytes of UTF-8 after NFC. It is hashed (argon2id) and ' +
    'shown nowhere.',
  minLength: 1,
  maxLength: 1024,
  pattern: '^[^\\ud800-\\udfff]*$',
  [MUST_BE]: 'text without half of a surrogate pair',
  examples: ['correct horse battery staple'],
  writeOnly: true,
});

/** What an operator may change. */
export const UserMembersSchema = Type.Object({ username, ...claims }, CLOSED);
export type UserMembers = Static<typeof UserMembersSchema>;

export const NewUserSchema = Type.Object({ username, password, ...claims }, { ...CLOSED, title: 'NewUser' });
export type NewUser = Static<typeof NewUserSchema>;

export const UserPatchSchema = patchOf(UserMembersSchema, { title: 'UserPatch' });

export const PasswordSchema = Type.Object({ password }, { ...CLOSED, title: 'NewPassword' });

const seconds = (description: string) =>
  Type.Integer({ description: `${description}, in seconds since 1970.`, examples: [1_764_000_000] });
const resource = {
  sub: Type.String({ description: 'Names the person for ever: a UUID, chosen here.', pattern: UUID_PATTERN }),
  username,
  enabled: Type.Boolean({ description: 'Whoever is not can neither log in nor be spoken for by any token.' }),
  created_at: seconds('When the person was created'),
  updated_at: seconds('When username or a claim was last changed: the claim of that name (OpenID Connect Core §5.1)'),
  ...claims,
};

export const UserSchema = Type.Object(resource, { ...CLOSED, title: 'User' });
export type UserResource = Static<typeof UserSchema>;

export const UserListSchema = listOf(UserSchema);

/** The answer of what may take something away. */
export const EndedUserSchema = Type.Object(
  { ...resource, revocation: RevocationOutcomeSchema },
  { ...CLOSED, title: 'UserAndRevocation' },
);

export const UserParams = Type.Object({ sub: resource.sub });

/** A whole name may be the place where a page ended: 255 characters, in base64url. */
const LONGEST_PLACE = 1400;

export const UserListQuery = Type.Object(
  {
    prefix: Type.Optional(
      Type.String({
        description: 'How the username begins, compared as at log-in. The list is then in the order of usernames.',
        examples: ['ad'],
        maxLength: 255,
        pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]*$',
        [MUST_BE]: 'text without control characters',
      }),
    ),
    limit: ListQuery.properties.limit,
    after: Type.Optional(
      Type.String({ description: 'What the page before gave as next.', minLength: 1, maxLength: LONGEST_PLACE }),
    ),
  },
  CLOSED,
);
