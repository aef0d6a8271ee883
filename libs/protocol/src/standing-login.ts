/**
 * Owns whether the login session that a browser has is good for a request, or the person must log in or choose: pure rules.
 * Does not own sessions, nor pages.
 */
import type { AuthorizationRequest } from './authorization-request.js';
import { OAuthError } from './errors.js';
import type { IdTokenHint } from './id-token-hint.js';
import type { LoginSession } from './ports/login-session.js';

/** Need the person not prove again who they are? OpenID Connect Core §3.1.2.1, `prompt` and `max_age`. */
export function loginSuffices(request: AuthorizationRequest, session: LoginSession, now: number): boolean {
  if (session.sid === request.authenticatedSid) return true;
  // max_age=0 is prompt=login by another name, also within the second of a log-in.
  if (request.prompt.includes('login') || request.maxAgeSeconds === 0) return false;
  return request.maxAgeSeconds === undefined || now - session.authTime <= request.maxAgeSeconds;
}

/** prompt=select_account: "SHOULD prompt the End-User to select a user account". Who has just logged in has selected. */
export const mustChoose = (request: AuthorizationRequest, { sid }: LoginSession): boolean =>
  request.prompt.includes('select_account') && sid !== request.authenticatedSid && sid !== request.selectedSid;

/** Is it one of those of whom the request may be answered, if it names any? @param tokenSub as the client knows the person */
export const isRequested = ({ requestedSubs }: AuthorizationRequest, tokenSub: string): boolean =>
  requestedSubs === undefined || requestedSubs.includes(tokenSub);

/**
 * OpenID Connect Core §3.1.2.2: of whom an answer may speak is asked "either using an id_token_hint parameter or by requesting
 * a specific Claim Value".
 * @throws OAuthError invalid_request when the two name different people
 */
export function aboutHinted(request: AuthorizationRequest, { sub }: IdTokenHint): AuthorizationRequest {
  if (request.requestedSubs?.includes(sub) === false) {
    throw new OAuthError('invalid_request', 'id_token_hint and claims ask for different people');
  }
  return { ...request, requestedSubs: [sub] };
}
