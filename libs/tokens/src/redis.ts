/** The door of tokens for whoever speaks with Redis: the two ends of the revocation feed, and how long it is waited for. Needs the package `redis`. */
export { answerInTime } from './revocation/answer-in-time.js';
export { RedisFeed, type RedisFeedEvent, type RedisFeedOptions } from './revocation/redis-feed.js';
export { RedisWire, type RedisWireOptions } from './revocation/redis-wire.js';
export { feedAclRules, FEED_COMMANDS, leaseKeyOf, REVOCATION_STREAM } from './revocation/stream.js';
