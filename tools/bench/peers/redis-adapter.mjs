// Owns what oidc-provider keeps in Redis, by its documented adapter interface and as its example keeps it: a model is JSON under
// its id; what can be consumed is a hash, so that consuming it is one write. Does not own what is kept, nor for how long.
import { Redis } from 'ioredis';

/** Can be used once: `consumed` stands beside the payload. */
const CONSUMABLE = new Set(['AuthorizationCode', 'RefreshToken', 'DeviceCode', 'BackchannelAuthenticationRequest']);
/** Goes with its grant. */
const OF_A_GRANT = new Set([...CONSUMABLE, 'AccessToken']);

/** The class that oidc-provider makes one of for each model. @param {string} url */
export function redisAdapter(url) {
  const redis = new Redis(url, { keyPrefix: 'oidc:' });
  const ofGrant = (id) => `grant:${id}`;
  const ofUserCode = (code) => `userCode:${code}`;
  const ofUid = (uid) => `uid:${uid}`;

  return class RedisAdapter {
    constructor(model) {
      this.model = model;
    }

    key(id) {
      return `${this.model}:${id}`;
    }

    async upsert(id, payload, expiresIn) {
      const key = this.key(id);
      const json = JSON.stringify(payload);
      const batch = redis.multi();
      if (CONSUMABLE.has(this.model)) batch.hset(key, 'payload', json);
      else batch.set(key, json);
      if (expiresIn) batch.expire(key, expiresIn);
      if (OF_A_GRANT.has(this.model) && payload.grantId) {
        const grant = ofGrant(payload.grantId);
        batch.rpush(grant, key);
        // As long as the longest of them; without a question before, as the example asks one.
        if (expiresIn) batch.expire(grant, expiresIn, 'NX').expire(grant, expiresIn, 'GT');
      }
      if (payload.userCode) batch.set(ofUserCode(payload.userCode), id, 'EX', expiresIn);
      if (payload.uid) batch.set(ofUid(payload.uid), id, 'EX', expiresIn);
      const results = await batch.exec();
      for (const [error] of results ?? []) if (error) throw error;
    }

    async find(id) {
      if (!CONSUMABLE.has(this.model)) {
        const json = await redis.get(this.key(id));
        return json === null ? undefined : JSON.parse(json);
      }
      const { payload, ...rest } = await redis.hgetall(this.key(id));
      return payload === undefined ? undefined : { ...rest, ...JSON.parse(payload) };
    }

    async findByUid(uid) {
      const id = await redis.get(ofUid(uid));
      return id === null ? undefined : this.find(id);
    }

    async findByUserCode(userCode) {
      const id = await redis.get(ofUserCode(userCode));
      return id === null ? undefined : this.find(id);
    }

    async consume(id) {
      await redis.hset(this.key(id), 'consumed', Math.floor(Date.now() / 1000));
    }

    async destroy(id) {
      await redis.del(this.key(id));
    }

    async revokeByGrantId(grantId) {
      const keys = await redis.lrange(ofGrant(grantId), 0, -1);
      await redis.del(ofGrant(grantId), ...keys);
    }
  };
}
