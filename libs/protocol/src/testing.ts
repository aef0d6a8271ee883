/** The door of protocol for specs: builders and the contract of the ephemeral port. */
export { aClient, aLoginSession, anApi, CLIENT_SECRET, nobodyWaits } from './testing/builders.js';
export { ephemeralContract, type EphemeralUnderTest } from './testing/ephemeral.contract.js';
