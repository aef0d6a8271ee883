/**
 * Owns the words for reading what is registered (clients, APIs, the issuer's generation) so that it may be remembered. Does not own the
 * statements (persistence), nor when something that is remembered may be used (remembered-reads).
 */
import type { Api } from '@latchkey/protocol';
import type { RegisteredClient } from '../admin/ports.js';

/**
 * Of everything that is registered, as it stood in the snapshot in which something was read: whatever was read with the same number is
 * of one state. Another one with every change, and none of them twice. Which of two is the later one is nobody's question.
 */
export type RegistryRevision = number;

export interface Stamped<Value> {
  readonly value: Value;
  readonly revision: RegistryRevision;
}

/** Each is one statement. Every one rejects with Unavailable when PostgreSQL does not answer. */
export interface RegistryReads {
  /** Disabled clients too: whoever asks decides. A deleted one is nobody. */
  client(clientId: string): Promise<Stamped<RegisteredClient | undefined>>;
  /** Every API, the admin API included. */
  apis(): Promise<Stamped<readonly Api[]>>;
  /** Of the issuer. */
  generation(): Promise<Stamped<number>>;
  revision(): Promise<RegistryRevision>;
}
