import { afterEach, describe, expect, it } from '@jest/globals';
import { aLimitOf } from '../limits/test/limits-bench.js';
import { adminBench, type AdminBench, CALLER } from './test/admin-bench.js';

let bench: AdminBench;
afterEach(() => bench.close());
const now = (): number => Math.floor(Date.now() / 1000);
const create = (token: string) =>
  bench.ask('POST', '/admin/v1/clients', { body: {}, authorization: `Bearer ${token}` });
const forged = (token: string): string => `${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(86)}`;

describe('A11 a refused write is recorded for a known client', () => {
  it('names the client of a token that is expired, revoked or for another API, and of none that is not genuine', async () => {
    bench = await adminBench();
    const expired = bench.mint({ iat: now() - 600, exp: now() - 300 });
    const foreign = bench.mint({ aud: 'https://other.example' });
    for (const token of [expired, foreign]) {
      expect((await create(token)).status).toBe(401);
      expect((await create(forged(token))).status).toBe(401);
    }
    bench.world.feedIsFresh = false;
    bench.world.isRevoked = () => Promise.resolve(true);
    expect((await create(bench.mint())).status).toBe(401);
    expect(bench.refused).toHaveLength(3);
    for (const record of bench.refused) {
      expect(record).toMatchObject({ actor: CALLER, kind: 'client.created', detail: { status: 401 } });
    }
  });
});

describe('RFC 6585 §4 tokens that fail at the admin port', () => {
  it('are answered 429 after so many, recorded no more, and keep no good token out', async () => {
    bench = await adminBench({ failures: aLimitOf(5).admin });
    const expired = bench.mint({ iat: now() - 600, exp: now() - 300 });
    const told = await Promise.all(Array.from({ length: 50 }, () => create(expired)));
    expect(told.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(bench.refused).toHaveLength(5);
    const limited = told.find(({ status }) => status === 429);
    expect(limited?.json).toMatchObject({ type: 'about:blank', title: 'Too Many Requests', status: 429 });
    expect(limited?.headers.get('content-type')).toBe('application/problem+json');
    expect(limited?.headers.get('ratelimit-policy')).toBe('"admin-authentication";q=5;w=60');
    expect(Number(limited?.headers.get('retry-after'))).toBeGreaterThan(0);
    for (let time = 0; time < 60; time++) await create('garbage');
    expect((await create('garbage')).status).toBe(429);
    expect((await bench.ask('GET', '/admin/v1/clients')).status).toBe(200);
    expect((await bench.ask('GET', '/admin/v1/clients', { authorization: null })).status).toBe(401);
  });
});
