import { systemClock } from '../testing/clock.js';
import { describeFeed } from './feed.contract.js';
import { MemoryWire } from './memory-feed.js';

describeFeed('one process', () => {
  const wire = new MemoryWire(systemClock);
  return Promise.resolve({
    wire: () => wire,
    feed: () => wire.feed(),
    lose: () => {
      wire.forget();
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  });
});
