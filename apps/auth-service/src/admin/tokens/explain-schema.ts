/** Owns the form of an explanation on the wire (admin-api.md `/tokens/explain`). Does not own what is explained. */
import { REVOCATION_KINDS } from '@latchkey/tokens';
import Type, { type Static } from 'typebox';
import { UUID_PATTERN } from '../http/list.js';
import { wordSchema } from '../http/text-schema.js';
import { TOKEN_TYPES } from './form-rules.js';
import { OUTCOMES, RULES } from './rule.js';

const CLOSED = { additionalProperties: false };

export const ExplainSchema = Type.Object(
  {
    token: Type.String({
      description: 'Any string. It is judged, and neither kept nor logged.',
      writeOnly: true,
      examples: ['eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJpc3MiOiJodHRwOi8vbG9jYWxob3N0OjQwMDAifQ.c2lnbmF0dXJl'],
    }),
  },
  { ...CLOSED, title: 'TokenToExplain' },
);

const RuleSchema = Type.Object(
  {
    rule: wordSchema(RULES, { description: 'What was looked at.' }),
    outcome: wordSchema(OUTCOMES, {
      description: 'not_judged: no guard judges by it, or another rule failed on which it depends.',
    }),
    detail: Type.String({ description: 'Why, in words.' }),
    revocation: Type.Optional(
      Type.Object(
        {
          id: Type.String({ pattern: UUID_PATTERN, description: 'To be found at /admin/v1/revocations/{id}.' }),
          kind: wordSchema(REVOCATION_KINDS, { description: 'As on /admin/v1/revocations.' }),
          cause: Type.String({ description: 'Why it was written: the act that took it away.' }),
          created_at: Type.Integer({ description: 'Seconds since 1970.' }),
        },
        { ...CLOSED, description: 'By which entry it is refused.' },
      ),
    ),
  },
  { ...CLOSED, title: 'TokenRule' },
);

/** Of a token whose client was disabled: some of the rules, in their order. */
const CLIENT = '3f9d2c81b7a64e05968c1d0e7f4a2b53';
const SOME_RULES = [
  { rule: 'kid', outcome: 'passed', detail: 'a key of this issuer, active' },
  { rule: 'signature', outcome: 'passed', detail: 'it verifies' },
  { rule: 'aud', outcome: 'passed', detail: 'for https://notes.example.com: every other API refuses it' },
  { rule: 'exp', outcome: 'passed', detail: 'ends in 212 s' },
  {
    ...{ rule: 'revocation_client', outcome: 'failed', detail: 'an entry matches' },
    revocation: {
      ...{ id: '0197c6a4-5d2e-7b3f-8a51-2f6c9d0e4b17', kind: 'client', cause: 'client_disabled' },
      created_at: 1_795_907_700,
    },
  },
  { rule: 'staleness', outcome: 'not_judged', detail: 'judged by PostgreSQL' },
];
const CLAIMS = {
  ...{ iss: 'http://localhost:4000', sub: CLIENT, client_id: CLIENT, aud: 'https://notes.example.com' },
  ...{ iat: 1_795_907_624, exp: 1_795_907_924, jti: '11b83810-cd24-4997-a4fb-08443a7e755a' },
  ...{ scope: 'notes:read', gen: { iss: 0, cli: 0 } },
};

export const ExplanationSchema = Type.Object(
  {
    verdict: wordSchema(['admitted', 'refused'], {
      examples: ['refused'],
      description: 'What a guard of its audience says that knows everything that was revoked.',
    }),
    token_type: wordSchema(TOKEN_TYPES, { description: 'What it is, by its form. Only an access token is admitted.' }),
    rules: Type.Array(RuleSchema, { description: 'Every rule, always in the same order.', examples: [SOME_RULES] }),
    claims: Type.Optional(
      Type.Unsafe<Readonly<Record<string, unknown>>>({
        type: 'object',
        description: 'What it says, if it has the claims of an access token. Believe it only if signature has passed.',
        examples: [CLAIMS],
      }),
    ),
  },
  { ...CLOSED, title: 'TokenExplanation' },
);
export type ExplanationResource = Static<typeof ExplanationSchema>;
