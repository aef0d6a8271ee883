/**
 * Owns the numbers by which the protocol decides. Does not own where they are read from.
 */
import type { Api } from './ports/api.js';

export interface ProtocolSettings {
  /** The issuer identifier, exactly as it stands in tokens (RFC 8414 §2). */
  readonly issuer: string;
  /** Where no API says otherwise. */
  readonly accessTokenLifetimeSeconds: number;
  readonly idTokenLifetimeSeconds: number;
  /** How long a grant may be refreshed. */
  readonly grantLifetimeSeconds: number;
  /** Within once to twice this span a refresh token that was rotated away is a retry or merely refused, not theft. */
  readonly refreshToleranceSeconds: number;
  /** How long anybody may keep the JWK Set; shorter than the span in which a key is announced before it signs. */
  readonly jwksMaxAgeSeconds: number;
}

/** RFC 6749 §4.1.2: "A maximum authorization code lifetime of 10 minutes is RECOMMENDED"; FAPI 2.0 §5.3.2.1: 60 seconds. */
export const CODE_LIFETIME_SECONDS = 60;
/** A consumed code is remembered this long after its birth, so that its replay is seen. */
export const CODE_MEMORY_SECONDS = 120;
/** Clocks of guards may lag by this much, so revocations outlive the tokens that they match by it. */
const CLOCK_ALLOWANCE_SECONDS = 60;

/** Where userinfo is, and the audience of its tokens. */
export const userinfoUrl = (issuer: string): string => `${issuer}/userinfo`;

/**
 * When the last access token that these settings let exist now has expired on every guard's clock. The store keeps an entry
 * longer if longer-lived tokens were signed before: it remembers the longest lifetime that was ever in force.
 */
export function revocationExpiry(now: number, settings: ProtocolSettings, apis: readonly Api[]): number {
  const longest = Math.max(
    settings.accessTokenLifetimeSeconds,
    ...apis.map((api) => api.accessTokenLifetimeSeconds ?? 0),
  );
  return now + longest + CLOCK_ALLOWANCE_SECONDS;
}
