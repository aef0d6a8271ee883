/** Owns which clients have a secret. Does not own how any of them proves itself (the protocol). */
import type { ClientAuthenticationMethod } from '@latchkey/protocol';

/** A public client has nothing to prove itself by, and one of private_key_jwt keeps its secret to itself. */
export const provesWithSecret = (method: ClientAuthenticationMethod): boolean =>
  method === 'client_secret_basic' || method === 'client_secret_post';
