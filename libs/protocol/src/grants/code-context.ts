/**
 * Owns what is remembered of an authorization code until it is redeemed, and how it is kept: under the code's digest, in
 * the ephemeral store. Does not own who redeems it first: the database says so.
 */
import type { RequestedClaims } from '../claims-request.js';
import { digestOf } from '../digest.js';
import type { Ephemeral } from '../ports/ephemeral.js';
import type { LoginSession } from '../ports/login-session.js';
import { CODE_MEMORY_SECONDS } from '../settings.js';

export interface CodeContext {
  /** Drawn at /authorize, so that a replay has a grant to revoke. */
  readonly grantId: string;
  readonly clientId: string;
  readonly redirectUri: string;
  /** RFC 6749 §4.1.3: redirect_uri is required at /token "if the redirect_uri parameter was included". */
  readonly redirectUriSent: boolean;
  readonly grantedScope: readonly string[];
  readonly resource?: string;
  readonly codeChallenge?: string;
  readonly nonce?: string;
  /** OpenID Connect Core §5.5. */
  readonly claims?: RequestedClaims;
  readonly session: LoginSession;
  /** The client's generation read at /authorize. */
  readonly clientGeneration: number;
  /** How often the person had taken back what this client was allowed, when they allowed this. */
  readonly consentGeneration: number;
  /** What the person allowed, or had allowed before: the granted scope, and what holds the claims. */
  readonly consentedScope: readonly string[];
  /** False where nobody was asked, since all was allowed before. */
  readonly asked: boolean;
  /** Seconds. */
  readonly issuedAt: number;
}

const keyOf = (code: string): string => `code:${digestOf(code)}`;

export async function rememberCode(ephemeral: Ephemeral, code: string, context: CodeContext): Promise<void> {
  await ephemeral.put(keyOf(code), JSON.stringify(context), CODE_MEMORY_SECONDS);
}

/** Reads without consuming: a request that fails its checks neither consumes nor revokes. */
export async function recallCode(ephemeral: Ephemeral, code: string): Promise<CodeContext | undefined> {
  const text = await ephemeral.get(keyOf(code));
  // Written by rememberCode alone, under a digest that nobody else can name.
  return text === undefined ? undefined : (JSON.parse(text) as CodeContext);
}
