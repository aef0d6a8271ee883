/** The door of tokens for the issuer alone: private keys, sealing, signing. No resource server may import it. */
export type { KeyState, KeyStore, StoredKey } from './keys/key-store.js';
export type { Signer, SignerSource } from './keys/signer.js';
