/** Owns the way of a person between the wire and the registry. Does not own rules nor storing. */
import { randomUUID } from 'node:crypto';
import { toSeconds } from '@latchkey/tokens';
import { claims as CLAIMS, type UserClaims } from './claim-schema.js';
import type { NewPerson, UserRecord } from './user-ports.js';
import type { NewUser, UserResource } from './user-schema.js';

export const resourceOf = (user: UserRecord): UserResource => ({
  sub: user.sub,
  username: user.username,
  enabled: user.enabled,
  created_at: toSeconds(user.createdAt),
  updated_at: toSeconds(user.updatedAt),
  ...inOrder(user.claims),
});

/** Not checked: that the request obeys the rules. */
export function newPersonOf(request: Omit<NewUser, 'password'>, passwordHash: string): NewPerson {
  const { username, ...claims } = request;
  return { sub: randomUUID(), username, passwordHash, claims: inOrder(claims) };
}

const NAMES = Object.keys(CLAIMS);
const ADDRESS_NAMES = Object.keys(CLAIMS.address.properties);

/**
 * Always in one order, whatever was sent and however it was kept: a tag is made of the text. An address of which nothing is
 * left is none.
 */
export function inOrder(claims: UserClaims): UserClaims {
  const { address, ...flat } = claims;
  const ordered = address === undefined ? {} : sorted(address, ADDRESS_NAMES);
  return sorted({ ...flat, ...(Object.keys(ordered).length === 0 ? {} : { address: ordered }) }, NAMES);
}

function sorted<Members extends object>(members: Members, names: readonly string[]): Members {
  const entries = Object.entries(members).toSorted(([one], [other]) => names.indexOf(one) - names.indexOf(other));
  // The same members, in another order.
  return Object.fromEntries(entries) as Members;
}
