/** Owns what a string is, by its form alone: nothing is asked of anybody for garbage. Does not own whether it is genuine. */
import { looksLikeRefreshToken } from '@latchkey/protocol';
import { type CompactFault, type CompactJws, MAX_TOKEN_LENGTH, parseCompact } from '@latchkey/tokens';
import { failed, judged, passed, type Rule } from './rule.js';

export const TOKEN_TYPES = ['access_token', 'id_token', 'refresh_token', 'unknown'] as const;

export interface ReadToken {
  readonly tokenType: (typeof TOKEN_TYPES)[number];
  readonly rules: readonly Rule[];
  /** Undefined: there is nothing else to judge. */
  readonly jws: CompactJws | undefined;
}

const FAULTS: Readonly<Record<CompactFault, Rule>> = {
  too_long: failed('form', `it is longer than ${MAX_TOKEN_LENGTH} characters`),
  malformed: failed('form', 'it is no JWS in compact serialization (RFC 7515 §7.1)'),
  critical_header: failed('form', 'it has a crit header, and no extension is understood (RFC 7515 §4.1.11)'),
  unknown_algorithm: failed('alg', 'its alg is none that exists here (RFC 8725 §3.2)'),
};

export function readToken(token: string): ReadToken {
  if (looksLikeRefreshToken(token)) {
    const detail = 'it has the form of a refresh token: it is for the token endpoint alone, and opens no API';
    return { tokenType: 'refresh_token', rules: [failed('form', detail)], jws: undefined };
  }
  const parsed = parseCompact(token);
  if (!parsed.ok) return { tokenType: 'unknown', rules: [FAULTS[parsed.fault]], jws: undefined };
  const { jws } = parsed;
  const tokenType = typeOf(jws);
  return {
    ...{ tokenType, jws },
    rules: [
      passed('form', 'a JWS in compact serialization'),
      judged('typ', tokenType === 'access_token', 'at+jwt (RFC 9068 §2.1)', WRONG_TYPE[tokenType]),
    ],
  };
}

const WRONG_TYPE: Readonly<Record<ReadToken['tokenType'], string>> = {
  access_token: '',
  refresh_token: '',
  id_token: 'it is an ID token: it tells a client who has logged in, and opens no API',
  unknown: 'it is no access token: its typ is not at+jwt (RFC 9068 §4)',
};

/** RFC 9068 §4: "at+jwt or application/at+jwt"; media types know no case. */
function typeOf({ header, payload }: CompactJws): ReadToken['tokenType'] {
  const typ = header.typ?.toLowerCase().replace(/^application\//, '') ?? '';
  if (typ === 'at+jwt') return 'access_token';
  // OpenID Connect Core §2: an ID token is for a client, and names none beside its audience.
  const looksSo = (typ === 'jwt' || typ === '') && 'aud' in payload && 'exp' in payload && !('client_id' in payload);
  return looksSo ? 'id_token' : 'unknown';
}
