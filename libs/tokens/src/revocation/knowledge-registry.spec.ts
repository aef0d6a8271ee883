import { beforeEach, describe, expect, it } from '@jest/globals';
import { fakeClock, type FakeClock } from '../testing/clock.js';
import { RevocationKnowledge } from './knowledge.js';

let clock: FakeClock;
let knowledge: RevocationKnowledge;
let heard: (number | undefined)[];

beforeEach(() => {
  clock = fakeClock();
  heard = [];
  knowledge = new RevocationKnowledge({ clock, onRegistryHeard: (revision) => heard.push(revision) });
});

const tellTime = () => {
  knowledge.clock(clock.now(), { wall: clock.now(), monotonic: clock.monotonic() });
};
const watermark = (epoch: number, registryRevision?: number) => {
  const said = registryRevision === undefined ? {} : { registryRevision };
  knowledge.message({ type: 'watermark', epoch, at: clock.now(), longestLifetimeSeconds: 300, ...said });
};
const registry = (epoch: number, revision: number) => {
  knowledge.message({ type: 'registry', epoch, revision });
};
const load = () => {
  knowledge.restarted();
  tellTime();
  knowledge.message({ type: 'epoch', epoch: 1 });
};

describe('admin-api.md A9 what the feed says of what is registered', () => {
  it('is handed on in its order, of watermarks and of news, whichever way it goes', () => {
    load();
    watermark(1, 7);
    registry(1, 9);
    watermark(1, 8);
    expect(heard).toEqual([undefined, 7, 9, 8]);
  });

  it('is nothing with a watermark that says nothing: of a version that knows none, beside which nobody may remember', () => {
    load();
    watermark(1, 7);
    watermark(1);
    expect(heard).toEqual([undefined, 7, undefined]);
  });

  it('V7 is nothing with a new epoch, of whatever message it is heard, until its own watermark after the new start', () => {
    load();
    watermark(1, 7);
    heard.length = 0;
    knowledge.message({ type: 'epoch', epoch: 2 });
    watermark(2, 8);
    expect(heard).toEqual([undefined]);
    expect(knowledge.judgeable(1e9)).toBe(false);
    knowledge.restarted();
    tellTime();
    registry(1, 5);
    watermark(1, 6);
    expect(heard).toEqual([undefined, undefined]);
    watermark(2, 8);
    expect(heard).toEqual([undefined, undefined, 8]);
  });

  it('V7 is nothing when the stream is read from its start again', () => {
    load();
    watermark(1, 7);
    knowledge.restarted();
    expect(heard.at(-1)).toBeUndefined();
  });
});
