/** Owns the answers of the logout endpoint to the door that shows pages. Does not own pages, nor the ending of a session. */
import type { EndpointRequest } from '../endpoint.js';
import type { OAuthError } from '../errors.js';
import type { Client } from '../ports/client.js';
import type { LoginSession } from '../ports/login-session.js';

/**
 * A logout request that was read, and of which the hint was verified. Plain data: it may wait for a person, or go once around
 * through the browser under a MAC.
 */
export interface LogoutRequest {
  /** Who asks: by `client_id`, or by the audience of the hint. */
  readonly clientId?: string;
  readonly postLogoutRedirectUri?: string;
  /** Byte-exact, as it came. */
  readonly state?: string;
  /** Of the ID token that was brought; its absence, or that of a `sid` in it, proves nothing. */
  readonly hint?: { readonly sid?: string };
}

export type LogoutStep =
  /** An error page at this very URL, HTTP 400; nothing has ended. */
  | { readonly step: 'refuse'; readonly error: OAuthError }
  /** The person must be asked; then the session ends, and they go where `returnTo` says, if anywhere. */
  | { readonly step: 'confirm'; readonly client: Client | undefined; readonly returnTo: string | undefined }
  /** The session ends at once. */
  | { readonly step: 'end'; readonly client: Client | undefined; readonly returnTo: string | undefined }
  /** Nobody is logged in. `asked`: by an application that has shown an ID token of ours. */
  | {
      readonly step: 'over';
      readonly client: Client | undefined;
      readonly returnTo: string | undefined;
      readonly asked: boolean;
    };

export interface EndSession {
  /** GET (query) or POST (form). @throws OAuthError for a page; Unavailable */
  read(request: EndpointRequest): Promise<LogoutRequest>;
  /** What comes next, for this browser's live session, if any: reads the client anew. @throws Unavailable */
  next(request: LogoutRequest, session: LoginSession | undefined): Promise<LogoutStep>;
}
