/** The door of tokens that is safe anywhere: shapes, verification, revocation. No private key is reachable from here. */
export { ACCESS_TOKEN_TYPE, type AccessTokenClaims, type GenerationStamp } from './access-token/claims.js';
export { ALGORITHMS, isSigningAlgorithm, SIGNING_ALGORITHMS, type SigningAlgorithm } from './jws/algorithms.js';
export type { VerificationKey, VerificationKeys } from './keys/verification-keys.js';
export { REVOCATION_KINDS, type RevocationEntry, type RevocationKind } from './revocation/entry.js';
export type {
  Epoch,
  EpochRecord,
  FeedListener,
  FeedMessage,
  RevocationFeed,
  RevocationLedger,
  RevocationWire,
  WireIdentity,
} from './revocation/feed.js';
export { toSeconds, type Clock, type EpochMilliseconds, type EpochSeconds } from './time.js';
