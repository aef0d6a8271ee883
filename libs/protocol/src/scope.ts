/**
 * Owns scope as text and as a set (RFC 6749 §3.3), and the scopes that OpenID Connect defines.
 * Does not own which API a scope belongs to (audience) nor who may have it.
 * Three sets are never mixed: *requested*, *allowed* (registered for the client) and *granted*.
 */
import { OAuthError } from './errors.js';
import type { Api, ApiScope } from './ports/api.js';

/** OpenID Connect Core §5.4 and §11, in words for the consent page. */
const OPENID_SCOPES: ReadonlyMap<string, string> = new Map([
  ['openid', 'Confirm who you are'],
  ['profile', 'See your name and profile'],
  ['email', 'See your email address'],
  ['address', 'See your postal address'],
  ['phone', 'See your phone number'],
  ['offline_access', 'Stay connected while you are away'],
]);

export const isOpenIdScope = (name: string): boolean => OPENID_SCOPES.has(name);
export const openIdScopeNames = (): readonly string[] => [...OPENID_SCOPES.keys()];

/** RFC 6749 §3.3: scope-token = 1*( %x21 / %x23-5B / %x5D-7E ). */
const SCOPE_TOKEN = /^[\x21\x23-\x5B\x5D-\x7E]+$/;

/**
 * Reads a scope parameter; order and repetition carry no meaning.
 * @throws OAuthError invalid_scope when it is malformed
 */
export function parseScope(text: string): readonly string[] {
  // Machines mostly ask for one.
  if (SCOPE_TOKEN.test(text)) return [text];
  const names = text.split(' ').filter((name) => name !== '');
  if (!names.every((name) => SCOPE_TOKEN.test(name))) throw new OAuthError('invalid_scope', 'the scope is malformed');
  return [...new Set(names)];
}

/** Longer than any name that an API gives: what is refused comes back to whoever has sent it, and stands in their log. */
const MOST_NAMED = 100;

/** A scope in the words of a refusal. */
export const named = (name: string): string => (name.length > MOST_NAMED ? `${name.slice(0, MOST_NAMED)}...` : name);

export const formatScope = (names: readonly string[]): string => names.join(' ');

/** The API that owns a scope name, among these. */
export const ownerOf = (name: string, apis: readonly Api[]): Api | undefined =>
  // What nobody can change any more is looked through once, and falls with its list.
  Object.isFrozen(apis)
    ? ownersIn(apis).get(name)
    : apis.find((api) => api.scopes.some((scope) => scope.name === name));

const owners = new WeakMap<readonly Api[], ReadonlyMap<string, Api>>();

function ownersIn(apis: readonly Api[]): ReadonlyMap<string, Api> {
  const known = owners.get(apis);
  if (known !== undefined) return known;
  // Of several the first one, as above.
  const found = new Map(apis.toReversed().flatMap((api) => api.scopes.map(({ name }) => [name, api] as const)));
  owners.set(apis, found);
  return found;
}

/** The scopes in the words that a person reads. */
export function describeScopes(names: readonly string[], apis: readonly Api[]): readonly ApiScope[] {
  return names.map((name) => ({
    name,
    description:
      OPENID_SCOPES.get(name) ?? ownerOf(name, apis)?.scopes.find((scope) => scope.name === name)?.description ?? name,
  }));
}
