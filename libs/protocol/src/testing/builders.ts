/**
 * Owns builders for specs: a client, an API, a login session, with every field legal and each overridable; and a desk where
 * nobody waits, and a door where nobody is counted.
 */
import { digestOf } from '../digest.js';
import type { Api } from '../ports/api.js';
import type { Client } from '../ports/client.js';
import type { LoginSession } from '../ports/login-session.js';
import type { ClientMacKeys } from '../ports/client-mac-keys.js';
import type { ClientAttempts } from '../ports/client-attempts.js';
import type { Receipts } from '../ports/receipts.js';

export const CLIENT_SECRET = 'a'.repeat(64);

export const aClient = (over: Partial<Client> = {}): Client => ({
  clientId: '0123456789abcdef0123456789abcdef',
  clientName: 'A client',
  applicationType: 'web',
  redirectUris: ['https://client.example/cb'],
  grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
  allowedScope: ['openid', 'offline_access', 'notes:read', 'notes:write'],
  tokenEndpointAuthMethod: 'client_secret_basic',
  secretDigests: [digestOf(CLIENT_SECRET)],
  requirePkce: true,
  idTokenSignedResponseAlg: 'RS256',
  subjectType: 'public',
  postLogoutRedirectUris: [],
  backchannelLogoutSessionRequired: false,
  requireAuthTime: false,
  enabled: true,
  generation: 0,
  ...over,
});

export const anApi = (over: Partial<Api> = {}): Api => ({
  identifier: 'https://notes.example',
  name: 'Notes',
  scopes: [
    { name: 'notes:read', description: 'Read your notes' },
    { name: 'notes:write', description: 'Write notes in your name' },
  ],
  accessTokenLifetimeSeconds: 300,
  accessTokenSigningAlg: 'ES256',
  administrative: false,
  ...over,
});

export const aLoginSession = (over: Partial<LoginSession> = {}): LoginSession => ({
  sid: '7d3f1a52-3f0c-4b6e-9a64-0e7f54f2f0b1',
  sub: '1b4e28ba-2fa1-41d2-883f-0016d3cca427',
  authTime: 1_700_000_000,
  amr: ['pwd'],
  expiresAt: 1_700_043_200,
  generations: { iss: 0, sub: 0 },
  ...over,
});

/** For specs in which nothing is under HS256. */
export const noClientMacKeys: ClientMacKeys = { keysOf: () => Promise.resolve([]) };

/** For specs in which no receipt is in question. */
export const nobodyWaits: Receipts = { full: () => true, wait: () => Promise.resolve(undefined) };

/** For specs in which no limit is in question. */
export const nobodyIsLimited: ClientAttempts = {
  failed: () => Promise.resolve(undefined),
  takeToken: () => Promise.resolve(undefined),
};
