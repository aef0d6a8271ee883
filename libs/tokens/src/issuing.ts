/** The door of tokens for the issuer alone: private keys, sealing, signing. No resource server may import it. */
export { signJwt } from './jws/sign-jwt.js';
export { openKey, refreshKid, type AsymmetricAlgorithm } from './keys/generate.js';
export type { RefreshKey } from './keys/held-keys.js';
export { KeyEncryption, KeyEncryptionError } from './keys/key-encryption.js';
export { KeyRing, type KeyRingOptions } from './keys/key-ring.js';
export type { NewKey } from './keys/key-commits.js';
export type { KillAnswer, KilledKey, RemovalAnswer, Successor } from './keys/key-decisions.js';
export { KeyRotation, type KeyRotationOptions } from './keys/key-rotation.js';
export {
  KEY_STATES,
  madeLater,
  type KeyAct,
  type KeyChange,
  type KeySnapshot,
  type KeyState,
  type KeyStore,
  type LongestLifetimes,
  type StoredKey,
} from './keys/key-store.js';
export { LocalSigner } from './keys/local-signer.js';
export { isSymmetric, RING_ALGORITHMS, ringName, type Ring, type RingAlgorithm } from './keys/ring.js';
export { maySignFrom, ROTATION_SKEW_MS, type RotationSpans } from './keys/rotation-schedule.js';
export type { Signer, SignerSource } from './keys/signer.js';
