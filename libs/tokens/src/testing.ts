/** The door of tokens for specs: builders, never used by product code. */
export { fakeClock, systemClock, type FakeClock } from './testing/clock.js';
export { generateKey } from './testing/generate-key.js';
export { MemoryGuardRegister } from './testing/memory-guard-register.js';
export { MemoryKeyStore } from './testing/memory-key-store.js';
export { MemoryLedger } from './testing/memory-ledger.js';
export { accessTokenClaims, mintAccessToken, type MintOptions } from './testing/mint-access-token.js';
export { revocationEntry } from './testing/revocation-entry.js';
export { testKeys, testSecret, type TestKeys } from './testing/test-keys.js';
export { until } from './testing/until.js';
