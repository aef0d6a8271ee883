import { beforeEach, describe, expect, it } from '@jest/globals';
import { fakeClock, type FakeClock } from '../testing/clock.js';
import { accessTokenClaims } from '../testing/mint-access-token.js';
import { RevocationKnowledge } from './knowledge.js';

let clock: FakeClock;
let knowledge: RevocationKnowledge;
/** The wire's clock: it goes with ours, an hour apart, until a test says otherwise. */
let wireOffset: number;

beforeEach(() => {
  clock = fakeClock();
  wireOffset = 3_600_000;
  knowledge = new RevocationKnowledge({ clock });
});

const wireNow = () => clock.now() + wireOffset;
const tellTime = () => {
  knowledge.clock(wireNow(), { wall: clock.now(), monotonic: clock.monotonic() });
};
const watermark = (epoch: number, at = wireNow(), longestLifetimeSeconds = 300) => {
  knowledge.message({ type: 'watermark', epoch, at, longestLifetimeSeconds });
};
const revoke = (epoch: number, jti: string) => {
  const entry = { id: jti, kind: 'token', value: jti, expiresAt: clock.now() / 1000 + 300 } as const;
  knowledge.message({ type: 'revocation', epoch, entry, receipt: false });
};
const load = () => {
  knowledge.restarted();
  tellTime();
  knowledge.message({ type: 'epoch', epoch: 1 });
  watermark(1);
};
const state = () => knowledge.freshness().state;

describe('revocation.md V13 before the first complete load', () => {
  it('is loading with nothing, with a clock alone, with entries alone, with a watermark but no clock', () => {
    expect(state()).toBe('loading');
    knowledge.restarted();
    tellTime();
    revoke(1, 'a');
    expect(state()).toBe('loading');
    expect(knowledge.judgeable(1e9)).toBe(false);
    const clockless = new RevocationKnowledge({ clock });
    clockless.restarted();
    clockless.message({ type: 'watermark', epoch: 1, at: wireNow(), longestLifetimeSeconds: 300 });
    expect(clockless.freshness().state).toBe('loading');
  });

  it('does not believe a watermark that came without a read from the start', () => {
    tellTime();
    watermark(1);
    expect(state()).toBe('loading');
  });

  it('is fresh with a watermark after a read from the start', () => {
    load();
    expect(knowledge.freshness()).toEqual({ state: 'fresh', ageMs: 0 });
  });
});

describe('revocation.md V11 what had ended before this guard began to read', () => {
  it("is refused by the wire's clock, however slow the host's is: its revocation may have left the wire", () => {
    expect(knowledge.forgottenUpTo).toBe(0);
    load();
    expect(knowledge.forgottenUpTo).toBe(Math.floor(wireNow() / 1000) - 30);
    clock.advance(10_000);
    watermark(1);
    expect(knowledge.forgottenUpTo).toBe(Math.floor(wireNow() / 1000) - 30);
  });

  it('is asked of the newest watermark alone: one from the future refuses nobody for longer than it is believed', () => {
    load();
    const good = knowledge.forgottenUpTo;
    watermark(1, wireNow() + 3_600_000);
    expect(knowledge.forgottenUpTo).toBe(good);
  });
});

describe('revocation.md V11 a slow answer to "what time is it?"', () => {
  it('is no step of the clock: the quick one after it fences nothing', () => {
    knowledge.restarted();
    const askedAt = { wall: clock.now(), monotonic: clock.monotonic() };
    clock.advance(3000);
    knowledge.clock(wireNow(), askedAt);
    watermark(1);
    clock.advance(100);
    tellTime();
    expect(state()).toBe('fresh');
    clock.advance(100);
    tellTime();
    expect(state()).toBe('fresh');
  });

  it('is one when the clock did step, however long the answer took', () => {
    load();
    const askedAt = { wall: clock.now(), monotonic: clock.monotonic() };
    clock.advance(3000);
    wireOffset += 300;
    knowledge.clock(wireNow(), askedAt);
    expect(state()).toBe('stale');
    watermark(1);
    wireOffset -= 3400;
    tellTime();
    expect(state()).toBe('stale');
  });
});

describe('revocation.md V11 the age of knowledge', () => {
  it('grows with time and falls with a newer watermark; an older one changes nothing', () => {
    load();
    clock.advance(400);
    expect(knowledge.freshness().ageMs).toBe(400);
    expect(knowledge.judgeable(400)).toBe(true);
    expect(knowledge.judgeable(399)).toBe(false);
    watermark(1, wireNow() - 100);
    expect(knowledge.freshness().ageMs).toBe(100);
    watermark(1, wireNow() - 300);
    expect(knowledge.freshness().ageMs).toBe(100);
  });

  it('is stale beyond the bound', () => {
    load();
    clock.advance(5001);
    expect(knowledge.freshness()).toEqual({ state: 'stale', ageMs: 5001 });
    expect(knowledge.judgeable()).toBe(false);
  });

  it('is anchored at the instant before TIME was asked: a slow answer makes it older, never younger', () => {
    knowledge.restarted();
    const askedAt = { wall: clock.now(), monotonic: clock.monotonic() };
    const answer = wireNow();
    clock.advance(200);
    knowledge.clock(answer, askedAt);
    watermark(1, answer);
    expect(knowledge.freshness().ageMs).toBe(200);
  });

  it('a machine that slept: the monotonic clock stood still, the wall clock tells', () => {
    load();
    clock.jumpWall(60_000);
    expect(knowledge.judgeable()).toBe(false);
  });

  it('a wall clock that is put back makes nothing younger', () => {
    load();
    clock.advance(1000);
    clock.jumpWall(-3_600_000);
    expect(knowledge.freshness().ageMs).toBe(1000);
    clock.advanceMonotonic(5000);
    expect(knowledge.judgeable()).toBe(false);
  });

  it('a watermark from the future fences until another comes', () => {
    load();
    watermark(1, wireNow() + 11);
    expect(knowledge.freshness()).toEqual({ state: 'stale', ageMs: Number.POSITIVE_INFINITY });
    clock.advance(1000);
    expect(knowledge.judgeable()).toBe(false);
    watermark(1);
    expect(state()).toBe('fresh');
  });

  it.each([251, -251])('TIME beside the carried value by %i ms fences until another watermark comes', (step) => {
    load();
    clock.advance(100);
    wireOffset += step;
    tellTime();
    expect(state()).toBe('stale');
    watermark(1);
    expect(state()).toBe('fresh');
    expect(knowledge.freshness().ageMs).toBe(0);
  });

  it.each([200, -200])('TIME beside the carried value by %i ms is ordinary', (step) => {
    load();
    clock.advance(1000);
    wireOffset += step;
    tellTime();
    expect(knowledge.freshness().state).toBe('fresh');
  });

  it('a slow answer to TIME is no step of a clock', () => {
    load();
    const askedAt = { wall: clock.now(), monotonic: clock.monotonic() };
    clock.advance(900);
    knowledge.clock(wireNow() - 1, askedAt);
    watermark(1, wireNow() - 50);
    expect(state()).toBe('fresh');
  });

  it('a wire whose clock went back far does not stay fresh by its old watermark', () => {
    load();
    wireOffset -= 60_000;
    tellTime();
    expect(knowledge.judgeable(1e9)).toBe(false);
    clock.advance(60_000);
    expect(knowledge.judgeable(1e9)).toBe(false);
  });

  it('a step back that a sleep has hidden: the next watermark is believed, and not the one that lies ahead', () => {
    load();
    clock.jumpWall(70_000);
    watermark(1);
    wireOffset -= 60_000;
    tellTime();
    expect(knowledge.freshness()).toEqual({ state: 'stale', ageMs: Number.POSITIVE_INFINITY });
    clock.advance(200);
    watermark(1);
    expect(knowledge.freshness()).toEqual({ state: 'fresh', ageMs: 0 });
  });
});

describe('revocation.md V7 a new epoch', () => {
  it('keeps every entry and stops trusting its freshness until a watermark of that epoch after the refill', () => {
    load();
    revoke(1, 'a');
    knowledge.message({ type: 'epoch', epoch: 2 });
    expect(state()).toBe('loading');
    watermark(2);
    expect(state()).toBe('loading');
    knowledge.restarted();
    watermark(1);
    expect(state()).toBe('loading');
    revoke(2, 'b');
    expect(state()).toBe('loading');
    watermark(2);
    expect(state()).toBe('fresh');
    for (const jti of ['a', 'b']) expect(knowledge.match(accessTokenClaims({ jti }), 'kid')).toBe('token');
  });

  it.each([
    [
      'a watermark',
      () => {
        watermark(2);
      },
    ],
    [
      'a revocation',
      () => {
        revoke(2, 'b');
      },
    ],
    [
      'an acknowledgement',
      () => {
        knowledge.message({ type: 'guard', epoch: 2, guardId: 'g', registration: 'r' });
      },
    ],
    [
      'news of keys',
      () => {
        knowledge.message({ type: 'keys', epoch: 2 });
      },
    ],
  ])('begins with %s, when its mark was trimmed', (_, hear) => {
    load();
    hear();
    expect(state()).toBe('loading');
    watermark(1);
    watermark(2);
    expect(state()).toBe('loading');
    knowledge.restarted();
    watermark(2);
    expect(state()).toBe('fresh');
  });

  it('takes a revocation of an old epoch all the same', () => {
    load();
    knowledge.message({ type: 'epoch', epoch: 2 });
    revoke(1, 'late');
    expect(knowledge.match(accessTokenClaims({ jti: 'late' }), 'kid')).toBe('token');
  });
});

describe('revocation.md V9 what cannot be read', () => {
  it('fences, whatever watermark comes, until the stream is read from its start without it', () => {
    load();
    knowledge.incomprehensible('type revocation, kind planet');
    watermark(1);
    expect(state()).toBe('stale');
    knowledge.restarted();
    watermark(1);
    expect(state()).toBe('fresh');
  });
});

describe('revocation.md V2 expiry by two clocks', () => {
  it('forgets nothing because the wall clock alone jumped forward', () => {
    wireOffset = 0;
    load();
    revoke(1, 'a');
    clock.jumpWall(86_400_000);
    wireOffset -= 86_400_000;
    tellTime();
    watermark(1);
    watermark(1);
    expect(knowledge.size).toBe(1);
  });

  it('forgets what is over when both clocks say so', () => {
    wireOffset = 0;
    load();
    revoke(1, 'a');
    clock.advance(400_000);
    tellTime();
    watermark(1);
    watermark(1);
    expect(knowledge.size).toBe(0);
  });
});

describe('revocation.md V6 the newest watermark that was heard', () => {
  it('is there while it is young, of the epoch that is asked about, and believed', () => {
    expect(knowledge.hasWatermark(1, 100)).toBe(false);
    load();
    clock.advance(99);
    expect(knowledge.hasWatermark(1, 100)).toBe(true);
    expect(knowledge.hasWatermark(2, 100)).toBe(false);
    clock.advance(1);
    expect(knowledge.hasWatermark(1, 100)).toBe(false);
    watermark(1);
    expect(knowledge.hasWatermark(1, 100)).toBe(true);
    // Of another epoch than the one that its publisher knows, and not to be believed before the refill.
    knowledge.message({ type: 'epoch', epoch: 2 });
    expect([1, 2].map((epoch) => knowledge.hasWatermark(epoch, 100))).toEqual([false, false]);
    load();
    // From the future: the clocks contradict each other.
    watermark(1, wireNow() + 5000);
    expect(knowledge.hasWatermark(1, 100)).toBe(false);
  });
});

describe('revocation.md V2 the longest lifetime that was ever in force', () => {
  it('is unknown before a watermark, the largest that any has said, and never falls', () => {
    expect(knowledge.longestLifetimeSeconds).toBeUndefined();
    load();
    expect(knowledge.longestLifetimeSeconds).toBe(300);
    watermark(1, wireNow(), 900);
    watermark(1, wireNow(), 600);
    knowledge.restarted();
    watermark(2, wireNow(), 60);
    expect(knowledge.longestLifetimeSeconds).toBe(900);
  });
});

describe('DESIGN §6 the feed tells of changed keys', () => {
  let changes: (number | undefined)[];
  let hearing: RevocationKnowledge;
  beforeEach(() => {
    changes = [];
    hearing = new RevocationKnowledge({ clock, onKeysChanged: (revision) => changes.push(revision) });
  });

  it('and whoever holds them hears it', () => {
    hearing.message({ type: 'keys', epoch: 1, revision: 7 });
    hearing.message({ type: 'keys', epoch: 1 });
    expect(changes).toEqual([7, undefined]);
  });

  it('at its very first start, and whenever it begins again: it may have said so while nobody heard it', () => {
    hearing.restarted();
    hearing.message({ type: 'epoch', epoch: 1 });
    expect(changes).toEqual([undefined]);
    hearing.restarted();
    expect(changes).toEqual([undefined, undefined]);
  });

  it('by no revision of an epoch that is over: the keys may have been restored from a backup since', () => {
    hearing.message({ type: 'keys', epoch: 2, revision: 3 });
    hearing.message({ type: 'keys', epoch: 1, revision: 50 });
    expect(changes).toEqual([3, undefined]);
  });
});
