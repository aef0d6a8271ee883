/** The door of tokens for specs: builders, never used by product code. */
export { fakeClock, systemClock, type FakeClock } from './testing/clock.js';
export { accessTokenClaims, mintAccessToken, type MintOptions } from './testing/mint-access-token.js';
export { testKeys, type TestKeys } from './testing/test-keys.js';
