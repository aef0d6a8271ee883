import { setTimeout as delay } from 'node:timers/promises';
import { describeFeed } from '../revocation/feed.contract.js';
import { ModelFeed, modelWire } from './argument-model-ends.js';
import { ModelRedis } from './argument-model-redis.js';
import { Party, Traffic } from './argument-model-traffic.js';
import { systemClock } from '../testing/clock.js';

/** A network that nothing disturbs: the model is held to what every wire must do, real Redis among them. */
class PromptTraffic extends Traffic {
  override async call<Answer>(_from: Party, _to: string, act: () => Answer): Promise<Answer> {
    await delay(1);
    return act();
  }
}

describeFeed('the Redis of the model of the argument', () => {
  const redis = new ModelRedis(() => systemClock.now());
  const traffic = new PromptTraffic();
  return Promise.resolve({
    wire: () => modelWire(traffic, new Party('publisher'), redis),
    feed: () =>
      new ModelFeed({ traffic, from: new Party('guard'), redis, clock: systemClock, trueNow: () => systemClock.now() }),
    lose: () => {
      redis.suffer('restart-empty');
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  });
});
