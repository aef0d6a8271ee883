/**
 * Owns what must be there before a client is committed that will need it: the keys that sign for it, and the memory of how long its
 * refresh tokens live. Does not own either.
 */
import type { SigningAlgorithm } from '@latchkey/tokens';
import type { ClientOperationsParts } from './client-parts.js';
import type { ClientRequest } from './client-schema.js';

export type Preparable = Pick<
  ClientRequest,
  | 'id_token_signed_response_alg'
  | 'userinfo_signed_response_alg'
  | 'introspection_signed_response_alg'
  | 'refresh_token_lifetime_seconds'
>;

/** HS256 is keyed with the client's secret: there is no ring of it. */
export const ringsOf = (request: Preparable): readonly SigningAlgorithm[] => {
  const named = [
    request.id_token_signed_response_alg,
    request.userinfo_signed_response_alg,
    request.introspection_signed_response_alg,
  ];
  return [...new Set(named.flatMap((name) => (name === undefined || name === 'HS256' ? [] : [name])))];
};

/** @throws Unavailable */
export async function prepare(
  request: Preparable,
  { ensureRing, raiseLongestRefresh }: Pick<ClientOperationsParts, 'ensureRing' | 'raiseLongestRefresh'>,
): Promise<void> {
  const { refresh_token_lifetime_seconds: seconds } = request;
  if (seconds !== undefined) await raiseLongestRefresh(seconds);
  for (const algorithm of ringsOf(request)) await ensureRing(algorithm);
}
