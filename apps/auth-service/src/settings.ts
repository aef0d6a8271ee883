/**
 * Owns what each room is told of the configuration, in its own words. Does not own the configuration.
 */
import type { ProtocolSettings } from '@latchkey/protocol';
import type { KeyEncryption, RotationSpans } from '@latchkey/tokens/issuing';
import type { AuthServiceConfig } from './config.js';
import type { LimitSettings } from './limits/limits.js';
import { DEFAULT_PASSWORD_WORK, type InteractionSettings } from './interaction/interaction.module.js';
import type { Lifetimes } from './persistence/postgres/issuer-state-store.js';

const FORM_TOKEN_KEY_BYTES = 32;
const LONGEST_JWKS_AGE_SECONDS = 60;

export const protocolSettings = (config: AuthServiceConfig): ProtocolSettings => ({
  issuer: config.issuer,
  accessTokenLifetimeSeconds: config.accessTokenLifetimeSeconds,
  idTokenLifetimeSeconds: config.idTokenLifetimeSeconds,
  grantLifetimeSeconds: config.refreshLifetimeSeconds,
  refreshToleranceSeconds: config.refreshToleranceSeconds,
  // Whoever keeps the JWKS so long has a new key half its span before it signs.
  jwksMaxAgeSeconds: Math.min(LONGEST_JWKS_AGE_SECONDS, Math.floor(config.keyAnnounceSeconds / 2)),
});

export const rotationSpans = (config: AuthServiceConfig): RotationSpans => ({
  announceMs: config.keyAnnounceSeconds * 1000,
  useMs: config.keyUseSeconds * 1000,
  keepMs: (config.keyKeepSeconds ?? 0) * 1000,
});

/** The longest of each that these settings give. */
export const ownLifetimes = (config: AuthServiceConfig): Lifetimes => ({
  accessToken: config.accessTokenLifetimeSeconds,
  idToken: config.idTokenLifetimeSeconds,
  refresh: config.refreshLifetimeSeconds,
  session: config.sessionLifetimeSeconds,
});

export const limitSettings = (config: AuthServiceConfig): LimitSettings => ({
  failures: config.limitFailures,
  failuresPerAddress: config.limitFailuresPerAddress,
  windowSeconds: config.limitWindowSeconds,
  tokensPerMinute: config.limitTokensPerMinute,
});

export const interactionSettings = (config: AuthServiceConfig, encryption: KeyEncryption): InteractionSettings => {
  const [formTokenKey, ...formTokenKeysBefore] = encryption.deriveEach('form tokens', FORM_TOKEN_KEY_BYTES);
  return {
    ...{ issuer: config.issuer, formTokenKey, formTokenKeysBefore },
    sessionLifetimeSeconds: config.sessionLifetimeSeconds,
    interactionLifetimeSeconds: config.interactionLifetimeSeconds,
    passwordWork: { ...DEFAULT_PASSWORD_WORK, concurrency: config.passwordHashesAtOnce },
  };
};
