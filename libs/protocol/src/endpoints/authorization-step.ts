/**
 * Owns the answers of the authorization endpoint to the door that shows pages. Does not own pages.
 */
import type { AuthorizationRequest } from '../authorization-request.js';
import type { OAuthError } from '../errors.js';
import type { ApiScope } from '../ports/api.js';
import type { Client } from '../ports/client.js';
import type { LoginSession } from '../ports/login-session.js';
import type { EndpointRequest } from '../endpoint.js';

export type AuthorizationStep =
  /** An error page at this very URL, HTTP 400: the request must not be redirected (RFC 6749 §4.1.2.1). */
  | { readonly step: 'refuse'; readonly error: OAuthError }
  | AnswerStep
  /** The person must log in, then `resume`. */
  | {
      readonly step: 'login';
      readonly request: AuthorizationRequest;
      readonly client: Client;
      /** The answer may speak of another person alone than the one who is logged in. */
      readonly asAnother: boolean;
    }
  /** The person must choose between this session and another account, then `resume`. */
  | {
      readonly step: 'choose-account';
      readonly request: AuthorizationRequest;
      readonly client: Client;
      readonly session: LoginSession;
    }
  /** The person must be shown exactly this client and these scopes, then `approve` or `deny`. */
  | {
      readonly step: 'consent';
      readonly request: AuthorizationRequest;
      readonly client: Client;
      readonly scopes: readonly ApiScope[];
      /** Those among them that were allowed before. */
      readonly allowedBefore: readonly string[];
    };

/** Back to the client, with a code or an error. */
export type AnswerStep = (
  | { readonly step: 'redirect'; readonly location: string }
  /** By a page of ours that posts these fields there (OAuth 2.0 Form Post Response Mode §2). */
  | { readonly step: 'post'; readonly action: string; readonly fields: Readonly<Record<string, string>> }
) & {
  /** Under which a code was born; absent from a refusal. */
  readonly consent?: AnsweredConsent;
};

export interface AnsweredConsent {
  /** False: nobody was asked, since all was allowed before. */
  readonly asked: boolean;
  readonly request: AuthorizationRequest;
  readonly session: LoginSession;
  readonly scope: readonly string[];
}

export interface Authorization {
  /** A request arrives at /authorize (GET query or POST body), with the live login session of this browser, if any. */
  begin(request: EndpointRequest, session: LoginSession | undefined): Promise<AuthorizationStep>;
  /** What comes next for a request that waited: reads client and scopes anew. */
  resume(request: AuthorizationRequest, session: LoginSession | undefined): Promise<AuthorizationStep>;
  /**
   * The person said yes to exactly `shownScopes`. Issues the code. A request whose client or scopes have changed
   * since answers as `resume` does.
   */
  approve(
    request: AuthorizationRequest,
    session: LoginSession,
    shownScopes: readonly string[],
  ): Promise<AuthorizationStep>;
  /** The person said no: `access_denied`. */
  deny(request: AuthorizationRequest): Promise<AuthorizationStep>;
}
