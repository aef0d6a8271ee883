/** Owns which audiences are the issuer's own, so that no API may have one of them. Does not own any other rule of an API. */
import { type Api, userinfoUrl } from '@latchkey/protocol';

export interface OwnAddresses {
  readonly issuer: string;
  readonly adminUrl: string;
}

/** An audience is compared letter by letter; two that look alike would only mislead people. */
export const isReserved = (identifier: string, { issuer, adminUrl }: OwnAddresses): boolean =>
  [issuer, userinfoUrl(issuer), adminUrl].some(
    (each) => each === identifier || (URL.canParse(identifier) && new URL(each).href === new URL(identifier).href),
  );

/**
 * At start: an address that was an API's before. Whoever holds a token, or a secret, of that API would hold one of ours.
 * @throws Error that names both
 */
export function refuseReserved(apis: readonly Pick<Api, 'identifier' | 'administrative'>[], own: OwnAddresses): void {
  const taken = apis.find((api) => !api.administrative && isReserved(api.identifier, own));
  if (taken === undefined) return;
  throw new Error(
    `An API is registered as ${taken.identifier}, which is an audience of the issuer itself by ISSUER (${own.issuer}) ` +
      `and ADMIN_URL (${own.adminUrl}): a token for one would open the other. Choose another address.`,
  );
}
