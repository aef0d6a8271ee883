/** The door of protocol for specs: builders, the contract of the ephemeral port, the making of a refresh token. */
export { writeRefreshToken } from './grants/refresh-token-form.js';
export {
  aClient,
  aLoginSession,
  anApi,
  CLIENT_SECRET,
  nobodyIsLimited,
  nobodyWaits,
  noClientMacKeys,
} from './testing/builders.js';
export { ephemeralContract, type EphemeralUnderTest } from './testing/ephemeral.contract.js';
