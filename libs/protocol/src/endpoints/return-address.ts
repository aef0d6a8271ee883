/**
 * Owns where the answer to an authorization request may be sent, and in which form. Does not own whether the request deserves
 * one (authorize-request), nor what it says (authorization-answer).
 */
import { type AnswerMode, RESPONSE_MODES, type ResponseMode } from '../authorization-request.js';
import { OAuthError } from '../errors.js';
import type { Parameters } from '../parameters.js';
import type { Client } from '../ports/client.js';
import { redirectUriIsRegistered } from '../redirect-uri.js';

/** Who asked, and where an answer may be sent: known before anything else is judged. */
export interface ReturnAddress {
  readonly client: Client;
  readonly redirectUri: string;
  readonly redirectUriSent: boolean;
  /** As the request says, if it says so legally; `query` otherwise, so that this too can be told. A fragment for an error alone. */
  readonly responseMode: AnswerMode;
  readonly state: string | undefined;
}

/**
 * RFC 6749 §4.1.2.1: if the redirection URI or client is missing, invalid or mismatching, the server "MUST NOT
 * automatically redirect the user-agent to the invalid redirection URI".
 * @throws OAuthError to be shown on a page
 */
export function returnAddress(parameters: Parameters, client: Client | undefined): ReturnAddress {
  if (parameters.repeated.includes('client_id') || parameters.repeated.includes('redirect_uri')) {
    parameters.refuseRepetition();
  }
  if (client === undefined || !client.enabled) {
    throw new OAuthError('invalid_request', 'this application is not known here');
  }
  const sent = parameters.optional('redirect_uri');
  const redirectUri = sent ?? soleRedirectUri(client, parameters);
  if (redirectUri === undefined) throw new OAuthError('invalid_request', 'the parameter redirect_uri is missing');
  if (!redirectUriIsRegistered(client, redirectUri)) {
    throw new OAuthError('invalid_request', 'the redirect_uri is not registered for this application');
  }
  const responseMode = belongsInFragment(parameters)
    ? 'fragment'
    : (readResponseMode(parameters, redirectUri) ?? 'query');
  const state = readState(parameters, responseMode);
  return { client, redirectUri, redirectUriSent: sent !== undefined, responseMode, state };
}

/** Undefined for one that is repeated, or that there is not: only the web takes a form. */
export function readResponseMode(parameters: Parameters, redirectUri: string): ResponseMode | undefined {
  const sent = parameters.optional('response_mode') ?? 'query';
  const mode = RESPONSE_MODES.find((each) => each === sent);
  if (parameters.repeated.includes('response_mode')) return undefined;
  return mode === 'form_post' && !/^https?:/i.test(redirectUri) ? undefined : mode;
}

/**
 * Whatever asks for a token is refused, and is told so where it listens: RFC 6749 §4.2.2.1 and OpenID Connect Core §3.2.2.6 "in the
 * fragment component of the Redirection URI", §3.2.2.6: "unless a different Response Mode was specified".
 */
function belongsInFragment(parameters: Parameters): boolean {
  const types = (parameters.optional('response_type') ?? '').split(' ');
  if (!types.includes('token') && !types.includes('id_token')) return false;
  return ['fragment', undefined].includes(parameters.optional('response_mode'));
}

/** A state that was repeated has no byte-exact value to give back, nor has in a form one whose line ends a form rewrites. */
function readState(parameters: Parameters, responseMode: AnswerMode): string | undefined {
  if (parameters.repeated.includes('state')) return undefined;
  const state = parameters.optional('state');
  return responseMode === 'form_post' && state !== undefined && LINE_END.test(state) ? undefined : state;
}

/** RFC 6749 Appendix A.5: state = 1*VSCHAR has none. */
const LINE_END = /[\r\n]/;

/** RFC 6749 §3.1.2.3 lets a single registered URI stand for a missing one; OpenID Connect Core §3.1.2.1: "REQUIRED". */
function soleRedirectUri(client: Client, parameters: Parameters): string | undefined {
  const isOpenIdRequest = (parameters.optional('scope') ?? '').split(' ').includes('openid');
  return client.redirectUris.length === 1 && !isOpenIdRequest ? client.redirectUris[0] : undefined;
}
