/** The door of tokens for the issuer alone: private keys, sealing, signing. No resource server may import it. */
export { signJwt } from './jws/sign-jwt.js';
export { generateStoredKey, openPrivateKey, type AsymmetricAlgorithm } from './keys/generate.js';
export { KeyEncryption, KeyEncryptionError } from './keys/key-encryption.js';
export { KeyRing, type KeyRingOptions } from './keys/key-ring.js';
export type { KeyState, KeyStore, StoredKey } from './keys/key-store.js';
export { LocalSigner } from './keys/local-signer.js';
export type { Signer, SignerSource } from './keys/signer.js';
