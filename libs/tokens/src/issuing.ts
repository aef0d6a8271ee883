/** The door of tokens for the issuer alone: private keys, sealing, signing. No resource server may import it. */
export { macJwt, signJwt } from './jws/sign-jwt.js';
export { openKey, refreshKid } from './keys/generate.js';
export { KeyEncryption, KeyEncryptionError } from './keys/key-encryption.js';
export { KeyRing } from './keys/key-ring.js';
export type { NewKey } from './keys/key-commits.js';
export type { CheckKey, KilledKey, RemovalAnswer, Successor } from './keys/key-decisions.js';
export { KeyRotation } from './keys/key-rotation.js';
export {
  KEY_STATES,
  madeLater,
  type KeysCommitted,
  type KeyAct,
  type KeyChange,
  type KeySnapshot,
  type KeyStore,
  type StoredKey,
} from './keys/key-store.js';
export { LocalSigner } from './keys/local-signer.js';
export { RING_ALGORITHMS, type Ring } from './keys/ring.js';
export { ROTATION_SKEW_MS, type RotationSpans } from './keys/rotation-schedule.js';
export type { Signer, SignerSource } from './keys/signer.js';
