/**
 * Owns who may write to which client (admin-api.md A2): "A write on a client (secret, keys, URIs, scopes, enabling) needs the
 * caller's scopes ⊇ the target's admin scopes, before and after", and which client must not be lost. Does not own when it is
 * asked: before the body is looked at, and again where the change commits.
 */
import type { Client } from '@latchkey/protocol';
import { ADMIN_SCOPE_NAMES, isAdminScope } from '../admin-scopes.js';
import { type Caller, LackingScope } from '../http/operation.js';
import { Problem } from '../http/problem.js';
import type { ClientChange } from './client-ports.js';

/** The admin scopes among these that the caller's token does not have. */
export const lackingAmong = (names: readonly string[], caller: Caller): readonly string[] =>
  [...new Set(names)].filter((name) => isAdminScope(name) && !caller.grantedScope.has(name));

/** @throws LackingScope: somebody else may have raised the client since it was asked first */
export function mustCover(caller: Caller, ...clients: readonly Pick<Client, 'allowedScope'>[]): void {
  const lacking = lackingAmong(
    clients.flatMap(({ allowedScope }) => allowedScope),
    caller,
  );
  if (lacking.length > 0) throw new LackingScope(lacking);
}

/** Read from whatever was sent, before anything else of it is looked at. */
export function scopeIn(body: unknown): readonly string[] {
  const scope = typeof body === 'object' && body !== null && 'scope' in body ? body.scope : undefined;
  return typeof scope === 'string' ? scope.split(' ') : [];
}

/** Whoever has all of it and can come in by himself: without a key or a secret nobody can. */
const administers = (client: Client): boolean =>
  client.enabled &&
  client.grantTypes.includes('client_credentials') &&
  client.tokenEndpointAuthMethod !== 'none' &&
  (client.tokenEndpointAuthMethod === 'private_key_jwt' || client.secretDigests.length > 0) &&
  ADMIN_SCOPE_NAMES.every((name) => client.allowedScope.includes(name));

/** "The last enabled client that holds all admin scopes cannot be disabled, stripped or deleted." */
export const whatMustNotBeLost = (standing: Client, after: Client): Pick<ClientChange, 'needsAnother'> =>
  administers(standing) && !administers(after) ? { needsAnother: ADMIN_SCOPE_NAMES } : {};

export const lastAdministrator = (): Problem =>
  new Problem(
    409,
    'it is the last client that holds all admin scopes and can use them: nobody could come in any more; register another one first',
  );
