/**
 * Owns how a bearer token arrives in a request (RFC 6750 §2) and how a challenge is written (RFC 6750 §3, RFC 9728 §5.1).
 * Does not own whether the token is genuine, nor what a request needs.
 */

export type BearerFault = 'malformed_authorization' | 'several_authorizations' | 'token_also_in_query';

export type BearerFinding =
  | { readonly found: 'token'; readonly token: string }
  | { readonly found: 'nothing' }
  | { readonly found: 'fault'; readonly fault: BearerFault; readonly description: string };

/** What a request carries, untouched: every value of its Authorization header and its raw query (without the `?`). */
export interface PresentedCredentials {
  readonly authorization: string | readonly string[] | undefined;
  readonly query?: string | undefined;
}

// RFC 6750 §2.1: credentials = "Bearer" 1*SP b64token; RFC 9110 §11.1: the scheme is case-insensitive.
const BEARER_SCHEME = /^bearer(?= |$)/i;
const BEARER_CREDENTIALS = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

const fault = (name: BearerFault, description: string): BearerFinding => ({ found: 'fault', fault: name, description });

/**
 * Takes the token from the Authorization header alone: a query or a body ends in logs and histories (RFC 6750 §5.3,
 * RFC 9700 §4.3.2), so that a token there counts as no token.
 *
 * Not checked: anything about the token itself beyond its alphabet; a form body (read the header, nothing else).
 */
export function findBearerToken({ authorization, query }: PresentedCredentials): BearerFinding {
  const values = authorization === undefined ? [] : typeof authorization === 'string' ? [authorization] : authorization;
  if (values.length > 1) return fault('several_authorizations', 'more than one Authorization header');
  const value = values[0]?.trim() ?? '';
  if (!BEARER_SCHEME.test(value)) return { found: 'nothing' };
  const token = BEARER_CREDENTIALS.exec(value)?.[1];
  if (token === undefined) return fault('malformed_authorization', 'the Authorization header must be: Bearer <token>');
  // RFC 6750 §2: "Clients MUST NOT use more than one method to transmit the token in each request."
  if (carriesToken(query)) return fault('token_also_in_query', 'the token stands in the header and in the query');
  return { found: 'token', token };
}

const carriesToken = (query: string | undefined): boolean =>
  query !== undefined && query !== '' && new URLSearchParams(query).has('access_token');

/** RFC 6750 §3.1. */
export type BearerError = 'invalid_request' | 'invalid_token' | 'insufficient_scope';

export interface ChallengeParts {
  readonly realm?: string | undefined;
  readonly error?: BearerError;
  readonly errorDescription?: string;
  readonly scope?: readonly string[];
  /** RFC 9728 §5.1: where the metadata of this resource stand. */
  readonly resourceMetadata?: string | undefined;
}

/** The value of WWW-Authenticate. Parameters are quoted strings; what a quoted string may not hold becomes a space. */
export function bearerChallenge(parts: ChallengeParts): string {
  const parameters: [string, string | undefined][] = [
    ['realm', parts.realm],
    ['error', parts.error],
    ['error_description', parts.errorDescription],
    ['scope', parts.scope === undefined || parts.scope.length === 0 ? undefined : parts.scope.join(' ')],
    ['resource_metadata', parts.resourceMetadata],
  ];
  const written = parameters.flatMap(([name, value]) => (value === undefined ? [] : [`${name}="${quotable(value)}"`]));
  return written.length === 0 ? 'Bearer' : `Bearer ${written.join(', ')}`;
}

// RFC 6750 §3: error_description "MUST NOT include characters outside the set %x20-21 / %x23-5B / %x5D-7E".
const quotable = (value: string): string => value.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, ' ');
