/**
 * Owns the names on Redis: the stream, the mark beside it, and what a reader's user may do.
 * Does not own the format of an entry (wire-format) nor the talking (redis-wire, redis-feed).
 */

/** The major version of the format stands in the name: an incompatible format is another stream. */
export const REVOCATION_STREAM = 'latchkey:revocations:v1';

/** The publishers' own mark: epoch, identity, last id, newest watermark. In the stream's slot of a Redis Cluster. */
export const markKeyOf = (stream: string): string => `{${stream}}:mark`;

/** The commands that a reader sends, besides AUTH and HELLO, which are always allowed. */
export const FEED_COMMANDS = ['xread', 'xinfo|stream', 'time'] as const;

/** What `ACL SETUSER <name> on ><password>` needs besides, for a user that may read the feed and nothing else. */
export const FEED_ACL_RULES: readonly string[] = [
  'resetkeys',
  'resetchannels',
  '-@all',
  `%R~${REVOCATION_STREAM}`,
  ...FEED_COMMANDS.map((command) => `+${command}`),
];
