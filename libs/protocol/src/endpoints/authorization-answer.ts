/**
 * Owns how an answer goes back to a client: in the query of its redirect URI, in its fragment, or posted there by a page of
 * ours. Does not own what is answered (authorize), nor that page.
 */
import type { AnswerMode } from '../authorization-request.js';
import type { OAuthError } from '../errors.js';
import { redirectWith, redirectWithFragment } from '../redirect-uri.js';
import type { AnswerStep } from './authorization-step.js';

/** Where to, and what goes back as it came. */
export interface ReturnPath {
  readonly redirectUri: string;
  readonly responseMode: AnswerMode;
  readonly state?: string | undefined;
}

export class AuthorizationAnswers {
  constructor(private readonly issuer: string) {}

  /** RFC 6749 §4.1.2: the code, and the state "if the state parameter was present in the client authorization request". */
  code(to: ReturnPath, code: string): AnswerStep {
    return this.answer(to, { code });
  }

  /** RFC 6749 §4.1.2.1. */
  refusal(to: ReturnPath, error: OAuthError): AnswerStep {
    return this.answer(to, { error: error.code, error_description: error.description });
  }

  /** RFC 9207 §2: "the authorization server MUST indicate its identity in the authorization response", errors included. */
  private answer(
    { redirectUri, responseMode, state }: ReturnPath,
    parameters: Readonly<Record<string, string>>,
  ): AnswerStep {
    const all = { ...parameters, ...(state === undefined ? {} : { state }), iss: this.issuer };
    if (responseMode === 'form_post') return { step: 'post', action: redirectUri, fields: all };
    const redirected = responseMode === 'fragment' ? redirectWithFragment : redirectWith;
    return { step: 'redirect', location: redirected(redirectUri, all) };
  }
}
