/**
 * Owns who the client is: exactly one method, the registered one, and equal work for clients that do not exist.
 * Does not own what the client may do afterwards, nor how often it may fail (ports/client-attempts).
 */
import { digestOf, sameDigest } from '../digest.js';
import type { EndpointRequest } from '../endpoint.js';
import { OAuthError, tooMany } from '../errors.js';
import type { Parameters } from '../parameters.js';
import type { ClientAttempts } from '../ports/client-attempts.js';
import type { RateLimit } from '../rate-limit.js';
import type { Client, ClientAuthenticationMethod, ClientStore } from '../ports/client.js';
import { readBasicCredentials } from './basic-credentials.js';
import { ASSERTION_TYPE, type ClientAssertion, readAssertion } from './client-assertion.js';
import type { ClientAssertions } from './client-assertions.js';

interface Presented {
  readonly method: ClientAuthenticationMethod;
  readonly clientId: string;
  readonly secret: string | undefined;
  readonly assertion?: ClientAssertion;
}

export interface ClientAuthenticationParts {
  readonly clients: ClientStore;
  readonly attempts: ClientAttempts;
  /** Of the endpoint that is asked. */
  readonly assertions: Pick<ClientAssertions, 'faultOf'>;
}

/** Compared with for clients that have no secret, so that their absence costs the same time. */
const NO_SECRET = digestOf('');

/**
 * RFC 6749 §2.3, §3.2.1.
 * @throws OAuthError invalid_client when it is not proven; invalid_request when the request mixes methods;
 * temporarily_unavailable with a limit when it is not proven and too many have failed. What presents no credentials at all
 * looks nothing up and is not counted. Unavailable when the keys of the client cannot be read, or nobody knows what was used.
 */
export async function authenticateClient(
  request: EndpointRequest,
  parameters: Parameters,
  { clients, attempts, assertions }: ClientAuthenticationParts,
): Promise<Client> {
  // 1. Which single method does the request use?
  const presented = presentedCredentials(request, parameters);

  // 2. Is there such a client, and is it proven? Then it enters, whatever has failed before.
  const found = await clients.find(presented.clientId);
  const fault =
    presented.assertion === undefined
      ? faultOf(presented, found)
      : await assertions.faultOf(presented.assertion, provableBy(presented, found));
  if (found !== undefined && fault === undefined) return found;

  // 3. RFC 6749 §2.3.1: "the authorization server MUST protect any endpoint utilizing it against brute force attacks."
  const reason = fault ?? UNKNOWN;
  const { clientId } = presented;
  const limit = await attempts.failed({ clientId, address: request.address ?? '', known: found !== undefined, reason });
  throw limit === undefined ? refused(reason) : limited(limit);
}

/** SHA-256, hex, of the secret that this request shows; undefined for any other way. Not checked: that it is right. */
export function shownSecretDigest(request: EndpointRequest, parameters: Parameters): string | undefined {
  const { secret } = presentedCredentials(request, parameters);
  return secret === undefined ? undefined : digestOf(secret);
}

const UNKNOWN = 'unknown or disabled client';

/** A public client proves nothing (RFC 6749 §2.1) and is told apart by PKCE and its redirect URI. */
function faultOf(presented: Presented, client: Client | undefined): string | undefined {
  const secretMatches = matchesAny(presented.secret, client?.secretDigests ?? []);
  if (client === undefined || !client.enabled) return UNKNOWN;
  if (client.tokenEndpointAuthMethod !== presented.method) return 'not the registered method';
  return presented.method !== 'none' && !secretMatches ? 'wrong secret' : undefined;
}

function presentedCredentials(request: EndpointRequest, parameters: Parameters): Presented {
  const bodyId = parameters.optional('client_id');
  const bodySecret = parameters.optional('client_secret');

  if (parameters.has('client_assertion') || parameters.has('client_assertion_type')) {
    // RFC 6749 §2.3: "The client MUST NOT use more than one authentication method in each request."
    if (request.authorization !== undefined || bodySecret !== undefined) throw severalMethods();
    return presentedAssertion(parameters, bodyId);
  }
  if (request.authorization === undefined) {
    if (bodyId === undefined) throw refused('no client authentication');
    return { method: bodySecret === undefined ? 'none' : 'client_secret_post', clientId: bodyId, secret: bodySecret };
  }
  // RFC 6749 §2.3: "The client MUST NOT use more than one authentication method in each request."
  if (bodySecret !== undefined) throw severalMethods();
  const basic = readBasicCredentials(request.authorization);
  if (basic === undefined) throw refused('malformed Basic credentials');
  if (bodyId !== undefined && bodyId !== basic.clientId) throw refused('client_id contradicts the credentials');
  return { method: 'client_secret_basic', clientId: basic.clientId, secret: basic.clientSecret };
}

function presentedAssertion(parameters: Parameters, bodyId: string | undefined): Presented {
  if (parameters.optional('client_assertion_type') !== ASSERTION_TYPE) throw refused('another client_assertion_type');
  const assertion = readAssertion(parameters.optional('client_assertion') ?? '');
  if (assertion === undefined) throw refused('no assertion of a client');
  const { clientId } = assertion;
  // RFC 7521 §4.2: the client_id "is unnecessary for client assertion authentication because the client is identified by the subject within
  // the assertion. If present, the value of the "client_id" parameter MUST identify the same client".
  if (bodyId !== undefined && bodyId !== clientId) throw refused('client_id contradicts the assertion');
  return { method: 'private_key_jwt', clientId, secret: undefined, assertion };
}

/** The client whose keys may be asked about. */
const provableBy = ({ method }: Presented, client: Client | undefined): Client | undefined =>
  client?.enabled === true && client.tokenEndpointAuthMethod === method ? client : undefined;

const severalMethods = (): OAuthError =>
  new OAuthError('invalid_request', 'more than one client authentication method was used');

/** Looks at every live secret, so that the time does not tell which one matched. */
function matchesAny(secret: string | undefined, digests: readonly string[]): boolean {
  const presented = digestOf(secret ?? '');
  let matches = false;
  for (const digest of digests.length === 0 ? [NO_SECRET] : digests) {
    if (sameDigest(presented, digest)) matches = true;
  }
  return matches && digests.length > 0 && secret !== undefined;
}

const limited = (limit: RateLimit): OAuthError =>
  tooMany(limit, 'too many client authentications have failed; try again later');

/** One sentence for every cause: the difference is for the log alone. */
const refused = (detail: string): OAuthError =>
  new OAuthError('invalid_client', 'client authentication failed', { detail });
