/**
 * Owns what a grant decides and the issuer signs: who, for what, where. A grant returns a decision and never a token.
 */
import type { GenerationStamp } from '@latchkey/tokens';
import type { Audience } from '../audience.js';
import type { KnownClaims } from '../ports/claims-store.js';
import type { Client } from '../ports/client.js';

export interface Decision {
  readonly client: Client;
  /** What the tokens say: for a person perhaps a pairwise value, for a machine its client_id. */
  readonly sub: string;
  readonly audience: Audience;
  readonly generations: GenerationStamp;
  /** Present when a person granted it; absent for client_credentials. */
  readonly person?: {
    readonly grantId: string;
    /** Present only if the grant ends with the login session. */
    readonly sid?: string;
    readonly authTime: number;
    readonly amr: readonly string[];
  };
  /** The refresh token to hand out, if any. */
  readonly refreshToken?: string;
  /** Present when an ID token is due (OpenID Connect Core §3.1.3.3, §12.2). */
  readonly idToken?: {
    readonly nonce?: string;
    readonly sid: string;
    /** About the person, by the claims parameter (§5.5). */
    readonly claims: KnownClaims;
  };
}

/** A grant's work up to, not including, its commit. */
export interface Proposal {
  readonly decision: Decision;
  /** The one commit point. It rejects with OAuthError invalid_grant for the losers. */
  commit(): Promise<void>;
}
