/** Owns the form of a key on the wire (admin-api.md `/keys`): what may be known of it, and nothing sealed. Does not own its life. */
import { KEY_STATES, RING_ALGORITHMS } from '@latchkey/tokens/issuing';
import Type, { type Static } from 'typebox';
import { listOf, UUID_PATTERN } from '../http/list.js';
import { wordSchema } from '../http/text-schema.js';
import { ReceiptSchema } from '../revocations/revocation-schema.js';

const CLOSED = { additionalProperties: false };

/** A thumbprint (RFC 7638), random octets in base64url, or `refresh-` and a number. */
export const KID_PATTERN = '^[A-Za-z0-9_-]{1,128}$';

const orNull = <T>(type: string, description: string) => Type.Unsafe<T | null>({ type: [type, 'null'], description });
const moment = (description: string) => orNull<number>('integer', `Seconds since 1970: ${description}`);

const KID = { pattern: KID_PATTERN, examples: ['kQ1n6pX0mJbq3uS8vY2eD4wZ7tR5aLcF9hGiKoPsTxU'] };
const kid = (description: string) => Type.String({ description, ...KID });

const shown = {
  kid: kid('Under which a token names it (RFC 7515 §4.1.4).'),
  algorithm: wordSchema(RING_ALGORITHMS, {
    description: 'What it signs with (RFC 7518 §3.1); refresh: the MAC of refresh tokens, which no JWK Set shows.',
  }),
  audience: orNull<string>('string', 'The API that shares the secret of an HS256 key; null for any other.'),
  state: wordSchema(KEY_STATES, {
    description:
      'announced: in the JWK Set (save HS256 and refresh, which never are), and signs nothing yet. active: signs. retired: verifies what it has signed. dropped: ' +
      'verifies nothing.',
  }),
  announced_at: Type.Integer({ description: 'Seconds since 1970: when it was made.', examples: [1_764_000_000] }),
  active_from: moment('before it, it does not sign. Null: until somebody says so.'),
  active_at: moment('since when it has signed; null before that.'),
  retired_at: moment('since when it has not signed any more; null before that.'),
  dropped_at: moment('since when it has not verified any more; null before that.'),
  killed: Type.Boolean({ description: 'Whether everything that it signed is refused everywhere, for ever.' }),
};

export const KeySchema = Type.Object(shown, { ...CLOSED, title: 'Key' });
export type KeyResource = Static<typeof KeySchema>;

export const KeyListSchema = listOf(KeySchema);

export const RotationSchema = Type.Object(
  {
    successors: Type.Array(KeySchema, {
      description: 'Of each algorithm the key that signs next, at its active_from: guards have fetched it by then.',
    }),
  },
  { ...CLOSED, title: 'Rotation' },
);

export const KilledKeySchema = Type.Object(
  {
    ...shown,
    revocation: Type.Object(
      {
        id: Type.String({ pattern: UUID_PATTERN, description: 'Of /admin/v1/revocations/{id}.' }),
        kind: wordSchema(['key'], { description: 'As on /admin/v1/revocations.' }),
        state: wordSchema(['committed', 'partial', 'applied'], { description: 'As on /admin/v1/revocations.' }),
        receipt: Type.Optional(ReceiptSchema),
      },
      { ...CLOSED, description: 'What is refused from now on.' },
    ),
    successor: Type.Union(
      [
        Type.Object(
          {
            kid: kid('Of the successor.'),
            announced_for_seconds: Type.Integer({
              minimum: 0,
              description: 'How long it had stood in the JWK Set when it began to sign.',
            }),
            announced_whole_span: Type.Boolean({
              description:
                'False: it signs earlier than it should, and a verifier that fetches keys seldom may not know it.',
            }),
          },
          { ...CLOSED, title: 'Successor' },
        ),
        Type.Null(),
      ],
      {
        description:
          'Who has signed in its place since this request. Null: it did not sign, or was killed before, or it is the only ' +
          'secret of an API, which gets no tokens until it is given another.',
      },
    ),
  },
  { ...CLOSED, title: 'KilledKey' },
);
export type KilledKeyResource = Static<typeof KilledKeySchema>;

export const KeyParams = Type.Object({ kid: kid('Of the key.') });
