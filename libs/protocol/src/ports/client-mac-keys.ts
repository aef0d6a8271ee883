/**
 * Owns the port of the keys of HS256: the secrets of a client, by which alone it verifies what it is sent. Does not own how they
 * are kept, nor which of them signs.
 */
import type { KeyObject } from 'node:crypto';

export interface ClientMacKey {
  /** SHA-256 of the secret, hex: as in `Client.secretDigests`, so that whoever presented the secret is answered with it. */
  readonly digest: string;
  /** OpenID Connect Core §10.1: "the octets of the UTF-8 representation of the client_secret". */
  readonly key: KeyObject;
}

export interface ClientMacKeys {
  /**
   * Of the living secrets those that are kept so that they can be read, oldest first; empty when there is none.
   * @throws Unavailable when the store does not answer, or what it keeps does not open
   */
  keysOf(clientId: string): Promise<readonly ClientMacKey[]>;
}
