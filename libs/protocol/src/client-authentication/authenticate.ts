/**
 * Owns who the client is: exactly one method, the registered one, and equal work for clients that do not exist.
 * Does not own what the client may do afterwards.
 */
import { digestOf, sameDigest } from '../digest.js';
import type { EndpointRequest } from '../endpoint.js';
import { OAuthError } from '../errors.js';
import type { Parameters } from '../parameters.js';
import type { Client, ClientAuthenticationMethod, ClientStore } from '../ports/client.js';
import { readBasicCredentials } from './basic-credentials.js';

interface Presented {
  readonly method: ClientAuthenticationMethod;
  readonly clientId: string;
  readonly secret: string | undefined;
}

/** Compared with for clients that have no secret, so that their absence costs the same time. */
const NO_SECRET = digestOf('');

/**
 * RFC 6749 §2.3, §3.2.1.
 * @throws OAuthError invalid_client when it is not proven; invalid_request when the request mixes methods
 */
export async function authenticateClient(
  request: EndpointRequest,
  parameters: Parameters,
  clients: ClientStore,
): Promise<Client> {
  // 1. Which single method does the request use?
  const presented = presentedCredentials(request, parameters);

  // 2. Is there such a client, and is the method its own?
  const client = await clients.find(presented.clientId);
  const secretMatches = matchesAny(presented.secret, client?.secretDigests ?? []);
  if (client === undefined || !client.enabled) throw refused('unknown or disabled client');
  if (client.tokenEndpointAuthMethod !== presented.method) throw refused('not the registered method');

  // 3. Is it proven? A public client proves nothing (RFC 6749 §2.1) and is told apart by PKCE and its redirect URI.
  if (presented.method !== 'none' && !secretMatches) throw refused('wrong secret');
  return client;
}

function presentedCredentials(request: EndpointRequest, parameters: Parameters): Presented {
  const bodyId = parameters.optional('client_id');
  const bodySecret = parameters.optional('client_secret');

  if (parameters.has('client_assertion') || parameters.has('client_assertion_type')) {
    throw refused('client assertions are not supported');
  }
  if (request.authorization === undefined) {
    if (bodyId === undefined) throw refused('no client authentication');
    return { method: bodySecret === undefined ? 'none' : 'client_secret_post', clientId: bodyId, secret: bodySecret };
  }
  // RFC 6749 §2.3: "The client MUST NOT use more than one authentication method in each request."
  if (bodySecret !== undefined) {
    throw new OAuthError('invalid_request', 'more than one client authentication method was used');
  }
  const basic = readBasicCredentials(request.authorization);
  if (basic === undefined) throw refused('malformed Basic credentials');
  if (bodyId !== undefined && bodyId !== basic.clientId) throw refused('client_id contradicts the credentials');
  return { method: 'client_secret_basic', clientId: basic.clientId, secret: basic.clientSecret };
}

/** Looks at every live secret, so that the time does not tell which one matched. */
function matchesAny(secret: string | undefined, digests: readonly string[]): boolean {
  const presented = digestOf(secret ?? '');
  let matches = false;
  for (const digest of digests.length === 0 ? [NO_SECRET] : digests) {
    if (sameDigest(presented, digest)) matches = true;
  }
  return matches && digests.length > 0 && secret !== undefined;
}

/** One sentence for every cause: the difference is for the log alone. */
const refused = (detail: string): OAuthError =>
  new OAuthError('invalid_client', 'client authentication failed', { detail });
