/** Owns how a request to outside ends without an answer. Both are for the log: what they say tells of networks that a client may not know. */

/** We would not send it: the URL, or an address that its host has, is not one to which this service speaks. */
export class OutboundRefused extends Error {
  override readonly name = 'OutboundRefused';
}

/** It was sent, or tried, and brought no answer that counts: no address, no connection, a redirect, too large, too slow. */
export class OutboundFailed extends Error {
  override readonly name = 'OutboundFailed';
}
