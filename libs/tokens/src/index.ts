/** The door of tokens that is safe anywhere: shapes, verification, revocation. No private key is reachable from here. */
export { ACCESS_TOKEN_TYPE, type AccessTokenClaims, type GenerationStamp } from './access-token/claims.js';
export { parseClaims } from './access-token/parse-claims.js';
export {
  AccessTokenVerifier,
  EVERY_AUDIENCE,
  type AccessTokenVerifierOptions,
  type Judgement,
  type RefusalReason,
} from './access-token/verify.js';
export { ALGORITHMS, isSigningAlgorithm, SIGNING_ALGORITHMS, type SigningAlgorithm } from './jws/algorithms.js';
export {
  MAX_TOKEN_LENGTH,
  parseCompact,
  type CompactFault,
  type CompactJws,
  type JwsHeader,
  type ParsedCompact,
} from './jws/compact.js';
export { verifyInput } from './jws/signature.js';
export { parseJwks, publicJwk, thumbprint, verificationKeyOf, type JwkSet, type PublicJwk } from './keys/jwk.js';
export { onlyPublicKeys } from './keys/only-public-keys.js';
export { RemoteKeys, type RemoteKeysEvent, type RemoteKeysOptions } from './keys/remote-keys.js';
export { secretKeysOf, SharedSecrets, type SharedSecret } from './keys/shared-secrets.js';
export type { VerificationKey, VerificationKeys } from './keys/verification-keys.js';
export { REVOCATION_KINDS, type RevocationEntry, type RevocationKind } from './revocation/entry.js';
export type {
  Epoch,
  EpochRecord,
  FeedListener,
  FeedMessage,
  LeaseWriting,
  NewWatermark,
  Placed,
  RevocationFeed,
  RevocationLedger,
  RevocationWire,
  StandingEntries,
  Unpublished,
  WireIdentity,
} from './revocation/feed.js';
export type {
  GuardIdentity,
  GuardRegister,
  GuardRoll,
  LeaseReport,
  RegisteredGuard,
  StandingLease,
} from './revocation/lease.js';
export { START, isPosition, precedes, type Position } from './revocation/position.js';
export {
  judgeReceipt,
  type GuardStanding,
  type Judged,
  type JudgedGuard,
  type Publication,
} from './revocation/receipt.js';
export { ReceiptDesk, type PresentGuards, type ReceiptDeskOptions } from './revocation/receipt-desk.js';
export type { Receipt, ReceiptedGuard } from './revocation/receipt-wait.js';
export { GuardRegistry, type GuardRegistryOptions, type RegistryRun } from './revocation/guard-registry.js';
export {
  GuardMembership,
  type GuardMembershipOptions,
  type MembershipEvent,
  type MembershipStatus,
} from './revocation/membership.js';
export { RevocationKnowledge, type Freshness, type RevocationKnowledgeOptions } from './revocation/knowledge.js';
export { RevocationList, type RevocableClaims } from './revocation/list.js';
export { MemoryWire } from './revocation/memory-feed.js';
export {
  RevocationPublisher,
  type PublisherEvent,
  type RevocationPublisherOptions,
  type RoundOutcome,
} from './revocation/publish-round.js';
export { toSeconds, type Clock, type EpochMilliseconds, type EpochSeconds } from './time.js';
