/** The door of tokens for specs of adapters: what every one of a port must do. Runs inside a test runner, never published. */
export { describeKeyStore, type OpenKeyStore } from './keys/key-store.contract.js';
export { describeSigner } from './keys/signer.contract.js';
