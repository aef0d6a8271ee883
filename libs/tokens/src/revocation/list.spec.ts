import { describe, expect, it } from '@jest/globals';
import type { RevocationEntry, RevocationKind } from './entry.js';
import { EXPIRY_MARGIN_SECONDS, RevocationList, type RevocableClaims } from './list.js';

const claims = (overrides: Partial<RevocableClaims> = {}): RevocableClaims => ({
  jti: 'jti',
  sub: 'sub',
  client_id: 'client',
  grant_id: 'grant',
  sid: 'sid',
  gen: { iss: 3, cli: 3, sub: 3 },
  ...overrides,
});
const entry = (
  kind: RevocationKind,
  value: string,
  generation?: number,
  expiresAt: number | null = 1000,
): RevocationEntry => ({
  id: `${kind}:${value}:${generation ?? ''}`,
  kind,
  value,
  expiresAt,
  ...(generation === undefined ? {} : { generation }),
});
const listOf = (...entries: readonly RevocationEntry[]) => {
  const list = new RevocationList();
  for (const one of entries) list.add(one);
  return list;
};

describe('revocation.md, what can be revoked', () => {
  it.each([
    [entry('token', 'jti'), 'token'],
    [entry('grant', 'grant'), 'grant'],
    [entry('session', 'sid'), 'session'],
    [entry('subject', 'sub', 4), 'subject'],
    [entry('client', 'client', 4), 'client'],
    [entry('issuer', '', 4), 'issuer'],
    [entry('key', 'kid', undefined, null), 'key'],
  ] as const)('%j matches', (one, kind) => {
    expect(listOf(one).match(claims(), 'kid')).toBe(kind);
  });

  it.each([
    entry('token', 'other'),
    entry('grant', 'jti'),
    entry('session', 'grant'),
    entry('subject', 'sub', 3),
    entry('subject', 'client', 4),
    entry('client', 'client', 3),
    entry('client', 'sub', 9),
    entry('issuer', '', 3),
    entry('key', 'jti', undefined, null),
  ])('%j does not match', (one) => {
    expect(listOf(one).match(claims(), 'kid')).toBeUndefined();
  });

  it('V1: a generation refuses what was stamped before it and nothing that was stamped with it', () => {
    const list = listOf(entry('subject', 'sub', 5));
    expect(list.match(claims({ gen: { iss: 3, cli: 3, sub: 4 } }), 'kid')).toBe('subject');
    expect(list.match(claims({ gen: { iss: 3, cli: 3, sub: 5 } }), 'kid')).toBeUndefined();
    expect(list.match(claims({ gen: { iss: 3, cli: 3 } }), 'kid')).toBe('subject');
  });

  it('fails closed for a generation that is missing', () => {
    expect(listOf(entry('client', 'client')).match(claims(), 'kid')).toBe('client');
  });

  it('tells the generation of a client, so that a cached row can be seen to be old', () => {
    expect(listOf(entry('client', 'client', 7)).generationOf('client', 'client')).toBe(7);
    expect(listOf().generationOf('client', 'client')).toBe(0);
  });
});

describe('revocation.md V14, what is named by a UUID', () => {
  const jti = '0190f6c2-7d1e-7abc-8def-0123456789ab';

  it.each(['token', 'grant', 'session'] as const)('%s: neither the upper case nor a neighbour is meant', (kind) => {
    const list = listOf(entry(kind, jti));
    const asked = (value: string) => list.match(claims({ jti: value, grant_id: value, sid: value }), 'kid');
    expect([asked(jti.toUpperCase()), asked(jti.replace('b', 'c')), asked(jti)]).toEqual([undefined, undefined, kind]);
  });

  it('is kept for ever when it has no end, and beyond 2038 when its end is there', () => {
    const list = listOf(entry('token', jti, undefined, null), entry('grant', jti, undefined, 2 ** 33));
    list.expire(2 ** 33 + EXPIRY_MARGIN_SECONDS);
    expect(list.size).toBe(2);
    list.expire(1e15);
    expect([list.size, list.match(claims({ jti }), 'kid'), list.forgottenUpTo]).toEqual([1, 'token', 2 ** 33]);
  });
});

describe('revocation.md V2, the life of an entry', () => {
  it('forgets no key, ever', () => {
    const list = listOf(entry('key', 'kid', undefined, 1));
    list.expire(1e12);
    expect(list.match(claims(), 'kid')).toBe('key');
  });

  it('forgets the others a minute after their end, and not before', () => {
    const list = listOf(entry('token', 'jti'), entry('subject', 'x', 4));
    list.expire(1000 + EXPIRY_MARGIN_SECONDS);
    expect(list.size).toBe(2);
    list.expire(1001 + EXPIRY_MARGIN_SECONDS);
    expect(list.size).toBe(0);
  });

  it('remembers up to where it has forgotten, and that never goes back', () => {
    const list = listOf(entry('token', 'a', undefined, 1000), entry('token', 'b', undefined, 2000));
    expect(list.forgottenUpTo).toBe(0);
    list.expire(1500);
    expect(list.forgottenUpTo).toBe(1000);
    list.expire(5000);
    list.add(entry('token', 'c', undefined, 500));
    list.expire(5000);
    expect([list.size, list.forgottenUpTo]).toEqual([0, 2000]);
  });

  it('keeps the longer of two ends, in whatever order they come', () => {
    for (const ends of [
      [1000, 2000],
      [2000, 1000],
    ]) {
      const list = listOf(...ends.map((end) => entry('token', 'jti', undefined, end)));
      list.expire(1500);
      expect(list.match(claims(), 'kid')).toBe('token');
    }
  });

  it('looks at no more than a slice with each call, and comes to the end', () => {
    const list = listOf(...Array.from({ length: 1000 }, (_, index) => entry('token', String(index))));
    const left: number[] = [];
    let calls = 0;
    while (!list.expire(5000, 100)) {
      left.push(list.size);
      calls += 1;
    }
    expect(left.slice(0, 3)).toEqual([900, 800, 700]);
    expect(calls).toBe(10);
    expect(list.size).toBe(0);
  });
});
