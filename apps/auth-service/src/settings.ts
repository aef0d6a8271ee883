/**
 * Owns what each room is told of the configuration, in its own words. Does not own the configuration.
 */
import type { ProtocolSettings } from '@latchkey/protocol';
import type { KeyEncryption } from '@latchkey/tokens/issuing';
import type { AuthServiceConfig } from './config.js';
import { DEFAULT_PASSWORD_WORK, type InteractionSettings } from './interaction/interaction.module.js';

const FORM_TOKEN_KEY_BYTES = 32;

export const protocolSettings = (config: AuthServiceConfig): ProtocolSettings => ({
  issuer: config.issuer,
  accessTokenLifetimeSeconds: config.accessTokenLifetimeSeconds,
  idTokenLifetimeSeconds: config.idTokenLifetimeSeconds,
  grantLifetimeSeconds: config.refreshLifetimeSeconds,
  refreshToleranceSeconds: config.refreshToleranceSeconds,
  jwksMaxAgeSeconds: 60,
});

export const interactionSettings = (config: AuthServiceConfig, encryption: KeyEncryption): InteractionSettings => ({
  issuer: config.issuer,
  formTokenKey: encryption.derive('form tokens', FORM_TOKEN_KEY_BYTES),
  sessionLifetimeSeconds: config.sessionLifetimeSeconds,
  interactionLifetimeSeconds: config.interactionLifetimeSeconds,
  loginLimits: {
    failuresPerAccount: config.loginFailuresPerAccount,
    failuresPerAddress: config.loginFailuresPerAddress,
    windowSeconds: config.loginFailureWindowSeconds,
  },
  passwordWork: { ...DEFAULT_PASSWORD_WORK, concurrency: config.passwordHashesAtOnce },
});
