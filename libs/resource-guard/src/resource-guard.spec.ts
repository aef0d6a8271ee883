import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fakeClock, until } from '@latchkey/tokens/testing';
import type { Admittance } from './admission.js';
import type { GuardLog } from './guard-log.js';
import { ResourceGuard, type ResourceGuardOptions } from './resource-guard.js';
import { testIssuer, type TestIssuer } from './testing.js';

let issuer: TestIssuer;
let guards: ResourceGuard[];
let said: string[];

const log: GuardLog = {
  debug: (detail, message) => said.push(`debug ${message} ${JSON.stringify(detail)}`),
  info: (detail, message) => said.push(`info ${message} ${JSON.stringify(detail)}`),
  warn: (detail, message) => said.push(`warn ${message} ${JSON.stringify(detail)}`),
};
const start = (overrides: Partial<ResourceGuardOptions> = {}): ResourceGuard => {
  const { issuer: iss, audience, keys } = issuer;
  const guard = ResourceGuard.start({ issuer: iss, audience, keys, feed: issuer.feed(), log, ...overrides });
  guards.push(guard);
  return guard;
};
const knock = (guard: ResourceGuard, token = issuer.mint(), maxStalenessMs?: number): Admittance => {
  const answer = guard.admit({ authorization: `Bearer ${token}`, requiredScope: [], maxStalenessMs });
  if (answer instanceof Promise) throw new Error('answered with a promise');
  return answer;
};
const ready = (guard: ResourceGuard) => until(() => guard.status().ready, 'the guard is ready');

beforeEach(async () => {
  issuer = await testIssuer();
  guards = [];
  said = [];
});
afterEach(async () => {
  await Promise.all(guards.map((guard) => guard.close()));
  issuer.close();
});

describe('revocation.md V16 each guard registers before it first admits', () => {
  it.each(['refuse', 'allow'] as const)(
    'is not ready and answers 503 before it is acknowledged, %s',
    async (onStale) => {
      issuer.silence();
      const guard = start({ onStale });
      await until(() => guard.status().revocationsLoaded, 'all revocations are loaded');
      await until(() => guard.status().leaseAgeMs < Infinity, 'its lease is confirmed');
      expect(guard.status()).toMatchObject({ ready: false, registered: false, leaseHeld: false, fenced: true });
      expect(knock(guard)).toMatchObject({ answer: 'cannot-tell', status: 503 });
      await issuer.resume();
      await ready(guard);
      expect(guard.status()).toMatchObject({ registered: true, leaseHeld: true, fenced: false });
      expect(knock(guard)).toMatchObject({ answer: 'admit' });
      expect(said.join()).toContain(`info registered with the issuer {"guardId":"${guard.status().guardId}"}`);
    },
  );

  it('two guards are two', async () => {
    const [one, two] = [start(), start()];
    await Promise.all([ready(one), ready(two)]);
    expect(one.status().guardId).not.toBe(two.status().guardId);
  });
});

describe('revocation.md V16 each guard deregisters after it stops', () => {
  it.each(['refuse', 'allow'] as const)('admits nothing from close() on, %s', async (onStale) => {
    const guard = start({ onStale });
    await ready(guard);
    const closing = guard.close();
    expect(knock(guard)).toMatchObject({ answer: 'cannot-tell', status: 503 });
    await closing;
    expect(knock(guard)).toMatchObject({ answer: 'cannot-tell', status: 503 });
    expect(guard.status()).toMatchObject({ ready: false, registered: false, leaseHeld: false, fenced: true });
  });
});

describe('revocation.md V11 it admits only what is genuine, matched by no entry, and judged by fresh knowledge', () => {
  it('refuses from the call on that revokes, admits others, and can tell nothing beyond the bound', async () => {
    const clock = fakeClock(Date.now());
    const guard = start({ clock });
    await until(() => {
      clock.jumpWall(Date.now() - clock.now());
      return guard.status().ready;
    }, 'the guard is ready');
    issuer.silence();
    await issuer.revoke('token', 'doomed');
    expect(knock(guard, issuer.mint({ jti: 'doomed' }))).toMatchObject({ answer: 'refuse', reason: 'revoked' });
    expect(knock(guard)).toMatchObject({ answer: 'admit' });
    expect(knock(guard, issuer.mint({ aud: 'http://localhost:4009' }))).toMatchObject({ answer: 'refuse' });
    clock.advance(5001);
    expect(knock(guard)).toMatchObject({ answer: 'cannot-tell', status: 503, retryAfterSeconds: 1 });
    expect(guard.status()).toMatchObject({ fenced: true, ready: true });
  });

  it('V15 asks the same of a token that it has admitted before, each time', async () => {
    const clock = fakeClock(Date.now());
    const caughtUp = (): void => {
      clock.jumpWall(Date.now() - clock.now());
    };
    const guard = start({ clock });
    await until(() => {
      caughtUp();
      return guard.status().ready;
    }, 'the guard is ready');
    const token = issuer.mint({ jti: 'seen', sub: 'alice' });
    for (let call = 0; call < 3; call += 1) expect(knock(guard, token)).toMatchObject({ answer: 'admit' });
    issuer.silence();
    clock.advance(5001);
    expect(knock(guard, token)).toMatchObject({ answer: 'cannot-tell', status: 503, reason: 'revocations_stale' });
    expect(knock(guard, token, 400)).toMatchObject({ answer: 'cannot-tell', status: 503 });
    await issuer.resume();
    await until(() => {
      caughtUp();
      return !guard.status().fenced;
    }, 'the guard can tell again');
    expect(knock(guard, token)).toMatchObject({ answer: 'admit', claims: { sub: 'alice' } });
    await issuer.revoke('token', 'seen');
    expect(knock(guard, token)).toMatchObject({ answer: 'refuse', reason: 'revoked' });
    await guard.close();
    expect(knock(guard, token)).toMatchObject({ answer: 'cannot-tell', status: 503 });
  });

  it.each([
    ['subject', 'alice'],
    ['client', '0123456789abcdef0123456789abcdef'],
    ['issuer', ''],
  ] as const)(
    'refuses by a raised generation of the %s whatever is stamped below it, and nothing else',
    async (kind, value) => {
      const guard = start();
      await ready(guard);
      await issuer.revoke(kind, value, 1);
      const stamped = (generation: number): string =>
        issuer.mint({ sub: 'alice', gen: { iss: generation, cli: generation, sub: generation } });
      expect(knock(guard, stamped(0))).toMatchObject({ answer: 'refuse', reason: 'revoked' });
      expect(knock(guard, stamped(1))).toMatchObject({ answer: 'admit' });
    },
  );

  it('V2 refuses a token made for longer than any that the issuer has ever made', async () => {
    const guard = start();
    await ready(guard);
    const now = Math.floor(Date.now() / 1000);
    const lasting = (seconds: number): string => issuer.mint({ iat: now, exp: now + seconds });
    expect(knock(guard, lasting(86_401))).toMatchObject({ answer: 'refuse', reason: 'lifetime_too_long' });
    expect(knock(guard, lasting(86_400))).toMatchObject({ answer: 'admit' });
    const strict = start({ maxLifetimeSeconds: 300 });
    await ready(strict);
    expect(knock(strict, lasting(301))).toMatchObject({ answer: 'refuse', reason: 'lifetime_too_long' });
  });
});

describe('revocation.md V12 onStale per deployment, stricter per route', () => {
  it('refuses to start with a bound under four watermark intervals, and names the setting', () => {
    expect(() => start({ maxStalenessMs: 399 })).toThrow('maxStalenessMs is 399 ms');
    expect(() => start({ maxStalenessMs: 799, watermarkIntervalMs: 200 })).toThrow('it must be at least 800 ms');
    expect(start({ maxStalenessMs: 400 }).smallestBoundMs).toBe(400);
  });

  it('writes allow in capital letters in the log at start, and nothing of refuse', () => {
    start();
    expect(said.join()).not.toContain('STALE');
    start({ onStale: 'allow' });
    expect(said.join()).toContain('warn ON STALE: ALLOW. REVOKED TOKENS ARE ADMITTED');
  });

  it('admits on old knowledge where the deployment allows it, except on a route with a bound of its own', async () => {
    const clock = fakeClock(Date.now());
    const guard = start({ clock, onStale: 'allow' });
    await until(() => {
      clock.jumpWall(Date.now() - clock.now());
      return guard.status().ready;
    }, 'the guard is ready');
    issuer.silence();
    clock.advance(60_000);
    expect(knock(guard)).toMatchObject({ answer: 'admit' });
    expect(knock(guard, issuer.mint(), 400)).toMatchObject({ answer: 'cannot-tell', status: 503 });
    await issuer.revoke('token', 'doomed');
    expect(knock(guard, issuer.mint({ jti: 'doomed' }))).toMatchObject({ answer: 'refuse', reason: 'revoked' });
  });
});

describe('revocation.md V15 no claim reaches a log or a metric’s label before the signature is verified', () => {
  it('counts refusals by a closed set of reasons, and logs the reason alone', async () => {
    const guard = start();
    await ready(guard);
    const [header = '', payload = ''] = issuer.mint({ sub: 'a secret person', jti: 'a secret id' }).split('.');
    const forged = `${header}.${payload}.${'A'.repeat(86)}`;
    expect(knock(guard, forged)).toMatchObject({ answer: 'refuse', reason: 'bad_signature' });
    knock(guard, issuer.mint({ sub: 'a secret person', exp: 1 }));
    expect([...guard.status().answers.keys()].sort()).toEqual(['bad_signature', 'expired']);
    for (const part of ['a secret', payload, forged]) expect(said.join()).not.toContain(part);
  });
});
