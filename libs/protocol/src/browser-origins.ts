/**
 * Owns from which web origins the scripts of a client may read our answers (CORS). Does not own the headers that say so:
 * the doors do.
 */
import type { Client } from './ports/client.js';

/**
 * RFC 9700 §2.6: endpoints that clients access directly "MAY support the use of Cross-Origin Resource Sharing (CORS)". Only
 * a public client has scripts that ask us: whoever has a secret keeps it on a server. Its scripts stand where its
 * redirect URIs lead, so that an operator has nothing more to register: their scheme, host and port, as browsers write them
 * in `Origin` (RFC 6454 §6.2: lower case, without the default port). Private-use schemes have no such origin.
 * Not checked: whether a redirect URI may be registered at all.
 */
export function browserOriginsOf(client: Pick<Client, 'tokenEndpointAuthMethod' | 'redirectUris'>): readonly string[] {
  if (client.tokenEndpointAuthMethod !== 'none') return [];
  const origins = client.redirectUris.flatMap((uri) => (URL.canParse(uri) ? [new URL(uri).origin] : []));
  return [...new Set(origins)].filter(isWebOrigin);
}

/** Whether a text is an http or https origin in the one form in which browsers write it. `null` and lists are none. */
export const isWebOrigin = (text: string): boolean =>
  /^https?:\/\//.test(text) && text.length <= LONGEST_ORIGIN && URL.canParse(text) && new URL(text).origin === text;

/** In characters: scheme, a DNS name of 253, port. */
const LONGEST_ORIGIN = 300;
