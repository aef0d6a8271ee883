/** The door of the guard for any framework; Nest has its own at ./nest. */
export type { AccessTokenClaims, Clock, RevocationFeed, SharedSecret, VerificationKeys } from '@latchkey/tokens';
export {
  Admission,
  type AdmissionOptions,
  type AdmissionReason,
  type AdmissionRequest,
  type Admittance,
  type Knowledge,
  type Refusal,
} from './admission.js';
export {
  bearerChallenge,
  findBearerToken,
  type BearerError,
  type BearerFault,
  type BearerFinding,
  type ChallengeParts,
  type PresentedCredentials,
} from './bearer.js';
export type { GuardLog } from './guard-log.js';
export { ResourceGuard, type GuardStatus, type ResourceGuardOptions } from './resource-guard.js';
export {
  resourceMetadata,
  resourceMetadataUrl,
  WELL_KNOWN_PATH,
  type ResourceDescription,
  type ResourceMetadata,
} from './resource-metadata.js';
