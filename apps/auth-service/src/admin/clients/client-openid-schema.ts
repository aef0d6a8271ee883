/**
 * Owns the form of what OpenID Connect registers of a client: subjects, signed answers, logout, age of the log-in; and how long it
 * may refresh. Does not own what may be combined (client-openid-rules).
 */
import { ID_TOKEN_ALGORITHMS, PUBLIC_KEY_ALGORITHMS, SUBJECT_TYPES } from '@latchkey/protocol';
import Type from 'typebox';
import { uriSchema, wordSchema } from '../http/text-schema.js';

/** A minute to 366 days. */
const seconds = (description: string) => Type.Integer({ description, minimum: 60, maximum: 31_622_400 });

/** Each stands in every client. */
export const openIdMembers = {
  subject_type: wordSchema(SUBJECT_TYPES, {
    description:
      'pairwise: people have another sub at every host (OpenID Connect Core §8); its redirect URIs are of one host.',
    default: 'public',
  }),
  post_logout_redirect_uris: Type.Array(uriSchema('As a redirect URI.'), {
    description: 'Where people are sent after a log-out that it asked for, compared letter by letter.',
    default: [],
    maxItems: 100,
    uniqueItems: true,
  }),
  backchannel_logout_session_required: Type.Boolean({
    description: 'Whether its logout tokens must name the session.',
    default: false,
  }),
  require_auth_time: Type.Boolean({ description: 'Whether each of its ID tokens holds auth_time.', default: false }),
};

/** Each may be absent. */
export const openIdChoices = {
  userinfo_signed_response_alg: Type.Optional(
    wordSchema(ID_TOKEN_ALGORITHMS, { description: 'How userinfo is signed for it. Absent: plain JSON.' }),
  ),
  introspection_signed_response_alg: Type.Optional(
    wordSchema(PUBLIC_KEY_ALGORITHMS, {
      description: 'How the answer of introspection is signed when it asks for a JWT (RFC 9701). Absent: RS256.',
    }),
  ),
  backchannel_logout_uri: Type.Optional(
    uriSchema('Where logout tokens are sent (OpenID Connect Back-Channel Logout §2.2).', [
      'https://app.example.com/logged-out',
    ]),
  ),
  default_max_age: Type.Optional(
    Type.Integer({
      description: 'Seconds. After how long people log in again, where a request names no max_age.',
      minimum: 0,
      maximum: 2_147_483_647,
    }),
  ),
  refresh_token_lifetime_seconds: Type.Optional(
    seconds(
      'How long it may refresh what it was granted, if the server is not set to less. Absent: as the server is set. Shortened, it binds what is granted already.',
    ),
  ),
  refresh_token_idle_seconds: Type.Optional(
    seconds(
      'How long a refresh token may lie unused, by what stands here when it is used. Absent: as long as it may be refreshed.',
    ),
  ),
};
