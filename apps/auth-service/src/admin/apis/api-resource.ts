/** Owns the way of an API between the wire and the register. Does not own its rules nor its storing. */
import type { Api } from '@latchkey/protocol';
import type { ApiResource, NewApi, WritableApi } from './api-schema.js';

/** What stands for it in a path. */
export const idOf = ({ identifier }: Pick<Api, 'identifier'>): string =>
  Buffer.from(identifier, 'utf8').toString('base64url');

/** Undefined for what idOf has not written of any API: each has one id, and none is empty or has U+0000 in it. */
export function identifierOf(id: string): string | undefined {
  const identifier = Buffer.from(id, 'base64url').toString('utf8');
  const written = idOf({ identifier }) === id && identifier !== '' && !identifier.includes('\u0000');
  return written ? identifier : undefined;
}

/** Not checked: that the request obeys the rules. */
export const newApiOf = (request: NewApi): Api => ({
  identifier: request.identifier,
  name: request.name ?? request.identifier,
  scopes: request.scopes ?? [],
  ...(request.access_token_lifetime_seconds === undefined
    ? {}
    : { accessTokenLifetimeSeconds: request.access_token_lifetime_seconds }),
  accessTokenSigningAlg: request.access_token_signing_alg ?? 'ES256',
  administrative: false,
});

const lifetimeOf = ({ accessTokenLifetimeSeconds: seconds }: Api) =>
  seconds === undefined ? {} : { access_token_lifetime_seconds: seconds };

/** What a patch is merged into. */
export const writableOf = (api: Api) =>
  ({
    name: api.name,
    scopes: api.scopes.map(({ name, description }) => ({ name, description })),
    ...lifetimeOf(api),
    access_token_signing_alg: api.accessTokenSigningAlg,
  }) satisfies WritableApi;

export const resourceOf = (api: Api): ApiResource => ({
  id: idOf(api),
  identifier: api.identifier,
  ...writableOf(api),
});
