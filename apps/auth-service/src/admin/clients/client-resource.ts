/** Owns the way of a client between the wire and the register. Does not own its rules nor its storing. */
import { randomBytes } from 'node:crypto';
import { digestOf, formatScope, parseScope } from '@latchkey/protocol';
import type { SigningAlgorithm } from '@latchkey/tokens';
import type { NewClient, RegisteredClient } from '../ports.js';
import type { ClientRequest, ClientResource } from './client-schema.js';

/** 128 random bits: unique and not guessable. */
const newClientId = (): string => randomBytes(16).toString('hex');
/** 256 random bits. */
const newClientSecret = (): string => randomBytes(32).toString('hex');

/**
 * A client to be saved, with an identity of its own and, unless it is public, a secret that is kept nowhere.
 * Not checked: that the request obeys the rules.
 */
export function newClientOf(
  request: ClientRequest,
  defaultAlgorithm: SigningAlgorithm,
): { readonly client: NewClient; readonly secret: string | undefined } {
  const clientId = newClientId();
  const method = request.token_endpoint_auth_method ?? 'client_secret_basic';
  const secret = method === 'none' ? undefined : newClientSecret();
  return {
    secret,
    client: {
      clientId,
      // RFC 7591 §2: "If omitted, the authorization server MAY display the raw "client_id" value to the end-user instead."
      clientName: request.client_name ?? clientId,
      applicationType: request.application_type ?? 'web',
      redirectUris: request.redirect_uris ?? [],
      grantTypes: request.grant_types ?? ['authorization_code'],
      allowedScope: parseScope(request.scope ?? ''),
      tokenEndpointAuthMethod: method,
      ...(secret === undefined ? {} : { secretDigest: digestOf(secret) }),
      requirePkce: request.require_pkce ?? true,
      idTokenSignedResponseAlg: request.id_token_signed_response_alg ?? defaultAlgorithm,
      ...(request.logo_uri === undefined ? {} : { logoUri: request.logo_uri }),
      ...(request.policy_uri === undefined ? {} : { policyUri: request.policy_uri }),
      ...(request.tos_uri === undefined ? {} : { tosUri: request.tos_uri }),
    },
  };
}

/** What anybody who may read clients sees: no digest, no generation. */
export const resourceOf = (client: RegisteredClient): ClientResource => ({
  client_id: client.clientId,
  client_id_issued_at: client.createdAt,
  enabled: client.enabled,
  client_name: client.clientName,
  application_type: client.applicationType,
  redirect_uris: [...client.redirectUris],
  grant_types: [...client.grantTypes],
  response_types: client.grantTypes.includes('authorization_code') ? ['code'] : [],
  scope: formatScope(client.allowedScope),
  token_endpoint_auth_method: client.tokenEndpointAuthMethod,
  require_pkce: client.requirePkce,
  id_token_signed_response_alg: client.idTokenSignedResponseAlg,
  ...(client.logoUri === undefined ? {} : { logo_uri: client.logoUri }),
  ...(client.policyUri === undefined ? {} : { policy_uri: client.policyUri }),
  ...(client.tosUri === undefined ? {} : { tos_uri: client.tosUri }),
});
