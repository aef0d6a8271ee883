/**
 * Owns the port that bounds how often clients are told that they failed to authenticate, and how many tokens one may get. Does
 * not own what authentication is, nor how it is counted. No verb rejects: a limit that nobody can count refuses nobody.
 */
import type { RateLimit } from '../rate-limit.js';

export interface ClientAttempts {
  /**
   * Credentials were wrong. Asked about nothing else: whoever proves to be the client always enters.
   * @returns the limit, if this failure is beyond it: then that is all the caller is told
   */
  failed(failure: FailedClient): Promise<RateLimit | undefined>;
  /** The client has earned a token. `limited`: it has had as many as it may. Undefined where nobody counts. */
  takeToken(clientId: string): Promise<{ readonly limited: boolean; readonly limit: RateLimit } | undefined>;
}

export interface FailedClient {
  /** As it was presented. */
  readonly clientId: string;
  /** The network address, as the door knows it. */
  readonly address: string;
  /** There is such a client. */
  readonly known: boolean;
  /** For the audit trail, never a secret. */
  readonly reason: string;
}
