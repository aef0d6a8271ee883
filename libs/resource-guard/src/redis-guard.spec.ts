/** One guard and an issuer's two ends on a real Redis, the guard as a user that may do little. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startRedis, type RedisServer } from '@latchkey/testbed';
import { GuardRegistry, RevocationPublisher, type StandingLease } from '@latchkey/tokens';
import { feedAclRules, RedisFeed, RedisWire } from '@latchkey/tokens/redis';
import {
  MemoryGuardRegister,
  MemoryLedger,
  mintAccessToken,
  revocationEntry,
  systemClock,
  testKeys,
  until,
} from '@latchkey/tokens/testing';
import { createClient } from 'redis';
import { ResourceGuard, type ResourceGuardOptions } from './resource-guard.js';

const ISSUER = 'http://localhost:4000';
const AUDIENCE = 'http://localhost:4002';
const keys = testKeys();
const mint = (claims = {}): string =>
  mintAccessToken({ iss: ISSUER, aud: AUDIENCE, ...claims }, { signer: keys.signer });

let redis: RedisServer;
let register: MemoryGuardRegister;
let ledger: MemoryLedger;
let wire: RedisWire;
let publisher: RevocationPublisher;
let rounds: NodeJS.Timeout | undefined;
const guards: ResourceGuard[] = [];

/** What an auth-service does on its timers. */
const round = async (): Promise<void> => {
  await publisher.roundIfDue(50);
  register.epoch = publisher.epoch ?? 0;
  await new GuardRegistry({ wire, register }).run();
};
const underWay = new Set<Promise<void>>();
const issue = (): void => {
  rounds = setInterval(() => {
    const one = round()
      .catch(() => undefined)
      .finally(() => underWay.delete(one));
    underWay.add(one);
  }, 25);
};
/** No round begins any more, and none that had begun still acknowledges somebody. */
const silence = async (): Promise<void> => {
  clearInterval(rounds);
  await Promise.all(underWay);
};
const start = (options: Partial<ResourceGuardOptions> = {}): ResourceGuard => {
  const url = redis.url.replace('redis://', 'redis://feed:secret@');
  const feed = new RedisFeed({ url, clock: systemClock });
  const guard = ResourceGuard.start({ issuer: ISSUER, audience: AUDIENCE, keys, feed, ...options });
  guards.push(guard);
  return guard;
};
const ask = (guard: ResourceGuard, token = mint()) => {
  const answer = guard.admit({ authorization: `Bearer ${token}`, requiredScope: [] });
  return answer instanceof Promise ? 'a promise' : answer.answer;
};
const admits = (guard: ResourceGuard) => until(() => ask(guard) === 'admit', 'the guard admits');
const leaseOf = async (guard: ResourceGuard): Promise<StandingLease | undefined> =>
  (await wire.allLeases()).find(({ guardId }) => guardId === guard.status().guardId);
const rolled = (): readonly string[] => register.guards.map(({ guardId }) => guardId);

beforeAll(async () => {
  redis = await startRedis({ extraArgs: ['--user', 'feed', 'on', '>secret', ...feedAclRules('feed')] });
});
afterAll(() => redis.stop());
beforeEach(() => {
  register = new MemoryGuardRegister(systemClock);
  ledger = new MemoryLedger();
  // How soon Redis answers the issuer is concluded nowhere here.
  wire = new RedisWire({ url: redis.url, timeoutMs: 30_000 });
  publisher = new RevocationPublisher({ wire, ledger });
  issue();
});
afterEach(async () => {
  await Promise.all(guards.splice(0).map((guard) => guard.close()));
  await silence();
  await wire.close();
});

describe('revocation.md V16 a guard on Redis', () => {
  it('is registered before it first admits, and struck off when it has ended', async () => {
    await silence();
    await publisher.round();
    const guard = start({ service: 'orders' });
    await until(async () => (await leaseOf(guard)) !== undefined, 'its lease stands');
    await publisher.round();
    await until(() => guard.status().revocationsLoaded, 'it has loaded');
    expect([ask(guard), guard.status().ready]).toEqual(['cannot-tell', false]);
    issue();
    await admits(guard);
    expect(register.guards).toMatchObject([{ service: 'orders', onStale: 'refuse', leaseMs: 5000 }]);
    await guard.close();
    expect(ask(guard)).toBe('cannot-tell');
    await until(() => rolled().length === 0, 'it is struck off');
  });

  it('registers anew when the wire has lost its lease, and admits again by itself', async () => {
    const guard = start({ maxStalenessMs: 4000 });
    await admits(guard);
    const { leaseKey = '', registration } = (await leaseOf(guard)) ?? {};
    const client = createClient({ url: redis.url });
    await client.connect();
    await client.del(leaseKey);
    client.destroy();
    await until(async () => ![registration, undefined].includes((await leaseOf(guard))?.registration), 'a new one');
    await admits(guard);
    expect((await leaseOf(guard))?.leaseKey).toBe(leaseKey);
  });

  it('reports at once that it has applied what somebody waits for', async () => {
    const guard = start();
    await admits(guard);
    const entry = revocationEntry();
    ledger.commit(entry);
    const publication = await publisher.publishNow([entry], true);
    if (publication === undefined || publication === 'deferred') throw new Error('deferred');
    await until(async () => (await leaseOf(guard))?.position === publication.position, 'it is reported');
    expect(ask(guard, mint({ jti: entry.value }))).toBe('refuse');
  });

  it('two guards of one user hold leases beside each other, and each ends alone', async () => {
    const [one, two] = [start(), start()];
    await Promise.all([admits(one), admits(two)]);
    await one.close();
    await until(() => rolled().length === 1, 'one is struck off');
    expect([rolled(), ask(one), ask(two)]).toEqual([[two.status().guardId], 'cannot-tell', 'admit']);
  });
});

describe('revocation.md V13 losing Redis', () => {
  it('goes on until its bound passes, then fences; when Redis is back, empty, it resumes by itself', async () => {
    const revoked = revocationEntry();
    ledger.commit(revoked);
    const guard = start({ maxStalenessMs: 4000 });
    await admits(guard);
    await redis.kill();
    expect(ask(guard)).toBe('admit');
    await until(() => ask(guard) === 'cannot-tell', 'it fences');
    expect(ask(guard, mint({ jti: revoked.value }))).toBe('refuse');
    const missed = revocationEntry();
    ledger.commit(missed);
    await redis.restart();
    await admits(guard);
    for (const { value: jti } of [revoked, missed]) expect(ask(guard, mint({ jti }))).toBe('refuse');
    expect(guard.status()).toMatchObject({ ready: true, registered: true, leaseHeld: true, fenced: false });
  });

  it('without Redis at its start is not ready, refuses, and begins by itself when Redis has come', async () => {
    await redis.kill();
    const [guard, allowing] = [start(), start({ onStale: 'allow' })];
    expect([ask(guard), ask(allowing)]).toEqual(['cannot-tell', 'cannot-tell']);
    expect(guard.status()).toMatchObject({ ready: false, registered: false, knowledgeAgeMs: Infinity });
    await redis.restart();
    await Promise.all([admits(guard), admits(allowing)]);
  });
});
