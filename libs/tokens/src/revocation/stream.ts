/**
 * Owns the names on Redis: the stream, the mark beside it, the leases of the guards, and what a guard's user may do.
 * Does not own the format of an entry (wire-format) or a lease (lease-format), nor the talking (redis-wire, redis-feed).
 */

/** The major version of the format stands in the name: an incompatible format is another stream. */
export const REVOCATION_STREAM = 'latchkey:revocations:v1';

/** The publishers' own mark: epoch, identity, last id, newest watermark. In the stream's slot of a Redis Cluster. */
export const markKeyOf = (stream: string): string => `{${stream}}:mark`;

/** No colon and nothing that a pattern would read: the user `a` can never write in the name of the user `a:b`. */
const nameOf = (user: string): string => encodeURIComponent(user).replaceAll('*', '%2A');

/** What every lease's key begins with. */
export const leasePrefixOf = (stream: string): string => `${stream}:lease:`;

/** revocation.md V10: "A lease's key names its user and guard". */
export const leaseKeyOf = (stream: string, user: string, guardId: string): string =>
  `${leasePrefixOf(stream)}${nameOf(user)}:${guardId}`;

/** What SCAN must match to find every lease. */
export const leasePatternOf = (stream: string): string => `${leasePrefixOf(stream).replaceAll(/[*?[\]\\]/g, '\\$&')}*`;

/** Every UUID. Redis tells the issuer the name of each key that is written there: none is longer than a lease's. */
const ANY_GUARD = '????????-????-????-????-????????????';

/** The commands that a guard sends, besides AUTH and HELLO, which are always allowed. */
export const FEED_COMMANDS = ['xread', 'xinfo|stream', 'time', 'set'] as const;

/**
 * What `ACL SETUSER <user> on ><password>` needs besides, for a user that may read the feed, write the leases of its own
 * guards, and do nothing else.
 */
export const feedAclRules = (user: string): readonly string[] => [
  'resetkeys',
  'resetchannels',
  '-@all',
  `%R~${REVOCATION_STREAM}`,
  `~${leaseKeyOf(REVOCATION_STREAM, user, ANY_GUARD)}`,
  ...FEED_COMMANDS.map((command) => `+${command}`),
];
