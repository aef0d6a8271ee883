/**
 * Owns which changes of a client take something away under which tokens were given (admin-api.md A9). Does not own what is
 * revoked then: the client's generation is raised, since nothing of a token says by which secret or for which grant type.
 */
import type { Client } from '@latchkey/protocol';
import { keysIn } from './client-key-rules.js';

/**
 * The members by which something is taken. A key that is taken out is a secret that is deleted. A redirect URI takes nothing from tokens: they were given to the client, by
 * whatever way it was reached; a code that waits there is refused when it is redeemed. Nor do names, links and the algorithm
 * of ID tokens. Another subject type, or another sector (OpenID Connect Core §8.1), takes from the client who its people are: whoever
 * logs in again has another `sub`. No grant from before goes on beside it, under the old one.
 */
export function takenAway(standing: Client, after: Client): readonly string[] {
  const lost = (before: readonly string[], now: readonly string[]): boolean =>
    before.some((name) => !now.includes(name));
  return [
    ...(lost(standing.allowedScope, after.allowedScope) ? ['scope'] : []),
    ...(lost(standing.grantTypes, after.grantTypes) ? ['grant_types'] : []),
    ...(lost(keysIn(standing.jwks), keysIn(after.jwks)) ? ['jwks'] : []),
    ...(standing.jwksUri === undefined || standing.jwksUri === after.jwksUri ? [] : ['jwks_uri']),
    ...(standing.subjectType === after.subjectType ? [] : ['subject_type']),
    ...(standing.sectorIdentifier === after.sectorIdentifier ? [] : ['sector_identifier']),
    ...(standing.tokenEndpointAuthMethod === after.tokenEndpointAuthMethod ? [] : ['token_endpoint_auth_method']),
  ];
}
