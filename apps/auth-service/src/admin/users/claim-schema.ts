/**
 * Owns the form of what is known of a person: the standard claims of OpenID Connect Core §5.1. Does not own whether a date or
 * a zone exists (claim-rules), nor to which client a claim is told.
 */
import Type, { type Static, type TSchema } from 'typebox';
import { MUST_BE } from '../http/form.js';
import { plainTextSchema } from '../http/text-schema.js';

const CLOSED = { additionalProperties: false };

const text = (description: string, example: string, maxLength = 255) =>
  Type.Optional(plainTextSchema({ description, maxLength, examples: [example] }));
interface FormOfText {
  readonly maxLength: number;
  readonly pattern: string;
  readonly examples: readonly string[];
}
const formed = (description: string, form: FormOfText, mustBe: string) =>
  Type.Optional(Type.String({ description, ...form, examples: [...form.examples], [MUST_BE]: mustBe }));

/** Whatever follows it as a link must not run as a script: nothing but http and https. */
export const WEB_ADDRESS = 'an absolute http or https URL';
const webAddress = (description: string) =>
  formed(
    description,
    {
      examples: ['https://people.example.com/ada'],
      maxLength: 2000,
      pattern: '^https?://[\\x21\\x23-\\x3b\\x3d\\x3f-\\x5b\\x5d\\x5f\\x61-\\x7a\\x7e]+$',
    },
    WEB_ADDRESS,
  );

/** RFC 5322 §3.4.1, `dot-atom "@" dot-atom`: without comments, quotes and literals, in which nobody is written to. */
const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const EMAIL = `^${ATOM}(?:\\.${ATOM})*@${LABEL}(?:\\.${LABEL})*$`;

/** OpenID Connect Core §5.1.1: "MAY contain multiple lines, separated by newlines", CR LF or LF. */
const lines = (description: string, example: string) =>
  formed(
    description,
    {
      examples: [example],
      maxLength: 1000,
      pattern: '^(?:[^\\u0000-\\u001f\\u007f-\\u009f\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff]|\\r?\\n)+$',
    },
    'text without control characters other than the ends of its lines',
  );

export const AddressSchema = Type.Object(
  {
    formatted: lines('The whole, as it is written on a letter.', '12 St James Square\nLondon SW1Y 4JH'),
    street_address: lines('House, street, box.', '12 St James Square'),
    locality: text('City.', 'London'),
    region: text('State, province, prefecture.', 'Greater London'),
    postal_code: text('Zip or postal code.', 'SW1Y 4JH', 40),
    country: text('Country.', 'United Kingdom'),
  },
  { ...CLOSED, title: 'Address', description: 'OpenID Connect Core §5.1.1.' },
);

export const claims = {
  name: text('The whole name, as it is displayed.', 'Ada King Lovelace'),
  given_name: text('Given names or first names.', 'Ada'),
  family_name: text('Surnames or last names.', 'Lovelace'),
  middle_name: text('Middle names.', 'King'),
  nickname: text('A casual name.', 'Ada'),
  preferred_username: text(
    'How the person wants to be called. It is no key: neither unique nor what is typed at log-in.',
    'ada',
  ),
  profile: webAddress('Of a page about the person.'),
  picture: webAddress('Of an image of the person.'),
  website: webAddress('Of a page of the person.'),
  email: formed(
    'The preferred address (RFC 5322 addr-spec). Not unique.',
    { examples: ['ada@example.com'], maxLength: 254, pattern: EMAIL },
    'an email address (RFC 5322 addr-spec)',
  ),
  email_verified: Type.Optional(
    Type.Boolean({ description: 'You say that the person has shown to hold this email. Falls when email changes.' }),
  ),
  gender: text('female, male, or another word.', 'female', 100),
  birthdate: formed(
    'YYYY-MM-DD, 0000-MM-DD without the year, or YYYY.',
    { examples: ['1815-12-10'], maxLength: 10, pattern: '^[0-9]{4}(?:-[0-9]{2}-[0-9]{2})?$' },
    'YYYY-MM-DD, 0000-MM-DD or YYYY',
  ),
  zoneinfo: formed(
    'A time zone of the IANA database: Europe/Paris.',
    { examples: ['Europe/London'], maxLength: 64, pattern: '^[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*$' },
    'a time zone of the IANA database',
  ),
  locale: formed(
    'A language tag (BCP 47): fr-CA.',
    { examples: ['en-GB'], maxLength: 64, pattern: '^[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*$' },
    'a language tag (BCP 47)',
  ),
  phone_number: formed(
    'E.164, with blanks and brackets as people write them; an extension as in RFC 3966: +1 (604) 555-1234;ext=5678.',
    { examples: ['+44 20 7946 0123'], maxLength: 40, pattern: '^\\+[1-9][0-9 ().-]*[0-9](?:;ext=[0-9]{1,10})?$' },
    'a telephone number with its country code (E.164)',
  ),
  phone_number_verified: Type.Optional(
    Type.Boolean({
      description: 'You say that the person has shown to hold this number. Falls when phone_number changes.',
    }),
  ),
  address: Type.Optional(AddressSchema),
} satisfies Readonly<Record<string, TSchema>>;

export const ClaimsSchema = Type.Object(claims, CLOSED);
export type UserClaims = Static<typeof ClaimsSchema>;
