/**
 * Owns the scopes of the admin API (admin-api.md A2) and its description as a protected API. Does not own which operation
 * needs which: each operation says so itself.
 */
import type { Api, ApiScope } from '@latchkey/protocol';

export const ADMIN_SCOPES = [
  { name: 'clients:read', description: 'See the registered clients' },
  { name: 'clients:write', description: 'Register, change and disable clients' },
  { name: 'apis:read', description: 'See the protected APIs and their scopes' },
  { name: 'apis:write', description: 'Register and change protected APIs and their scopes' },
  { name: 'users:read', description: 'See the accounts of people' },
  { name: 'users:write', description: 'Create, change and disable the accounts of people' },
  { name: 'grants:read', description: 'See what people have allowed to which clients' },
  { name: 'grants:write', description: 'Revoke what people have allowed' },
  { name: 'sessions:read', description: 'See who is logged in' },
  { name: 'sessions:write', description: 'End login sessions' },
  { name: 'revocations:read', description: 'See revocations and explain tokens' },
  { name: 'revocations:write', description: 'Revoke tokens, grants, sessions, people, clients and the whole issuer' },
  { name: 'keys:read', description: 'See the signing keys' },
  { name: 'keys:write', description: 'Rotate and kill signing keys' },
  { name: 'guards:read', description: 'See every process that guards, and how fresh its knowledge is' },
  { name: 'guards:write', description: 'Strike guards off the list' },
  { name: 'audit:read', description: 'See who did what' },
] as const satisfies readonly ApiScope[];

export type AdminScope = (typeof ADMIN_SCOPES)[number]['name'];

export const ADMIN_SCOPE_NAMES: readonly AdminScope[] = ADMIN_SCOPES.map((scope) => scope.name);

const names: ReadonlySet<string> = new Set(ADMIN_SCOPE_NAMES);
/** Names reserved for the admin API: no other API may own one. */
export const isAdminScope = (name: string): boolean => names.has(name);

/** The admin API among the protected APIs: no row of `/apis`; its algorithm, audience and scopes are fixed. */
export const adminApi = (adminUrl: string): Api => ({
  identifier: adminUrl,
  name: 'Latchkey administration',
  scopes: ADMIN_SCOPES,
  accessTokenSigningAlg: 'ES256',
  administrative: true,
});
