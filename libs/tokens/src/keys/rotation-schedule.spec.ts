import { describe, expect, it } from '@jest/globals';
import type { StoredKey } from './key-store.js';
import type { Ring } from './ring.js';
import { keepMsOf, planEarlySuccessor, planRotation, type RotationSpans } from './rotation-schedule.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SPANS: RotationSpans = { announceMs: HOUR, useMs: 30 * DAY, keepMs: 0 };
const LONGEST = { tokenSeconds: 300, refreshSeconds: 30 * 86_400 };
const ES256: Ring = { algorithm: 'ES256' };
const NOTES: Ring = { algorithm: 'HS256', audience: 'https://notes.example' };

const aKey = (overrides: Partial<StoredKey> = {}): StoredKey => ({
  ...{ kid: 'a', ring: ES256, state: 'active', publicJwk: {}, sealedKey: 'sealed' },
  ...{ announcedAt: 0, activeFrom: 0, activeAt: 0, retiredAt: null, droppedAt: null, killedBy: null },
  ...overrides,
});
const next = (overrides: Partial<StoredKey> = {}): StoredKey =>
  aKey({
    kid: 'b',
    state: 'announced',
    announcedAt: 30 * DAY - HOUR,
    activeFrom: 30 * DAY,
    activeAt: null,
    ...overrides,
  });
const retired = (overrides: Partial<StoredKey> = {}): StoredKey =>
  aKey({ kid: 'r', state: 'retired', sealedKey: undefined, retiredAt: 0, ...overrides });
const plan = (now: number, ...keys: readonly StoredKey[]) =>
  planRotation({ keys, now, longest: LONGEST }, SPANS, [ES256]);

describe('K1 announced → active → retired → dropped', () => {
  it('does not announce before it is time, and says when that is', () => {
    expect(plan(30 * DAY - HOUR - 1, aKey())).toEqual({ steps: [], dueAt: 30 * DAY - HOUR });
  });

  it('does not let the announced key sign a millisecond too early', () => {
    expect(plan(30 * DAY - 1, aKey(), next())).toEqual({ steps: [], dueAt: 30 * DAY });
  });

  it('does not drop a key a millisecond before the last token has ended, skew included', () => {
    const until = 300_000 + 60_000;
    expect(plan(until - 1, aKey(), retired())).toEqual({ steps: [], dueAt: until });
    expect(plan(until, aKey(), retired()).steps).toEqual([{ do: 'drop', kid: 'r' }]);
  });

  it('announces a successor its span before the active one is used up', () => {
    expect(plan(30 * DAY - HOUR, aKey()).steps).toEqual([
      { do: 'make', ring: ES256, as: 'announced', activeFrom: 30 * DAY },
    ]);
  });

  it('keeps the span and not the plan when it is late', () => {
    const now = 40 * DAY;
    expect(plan(now, aKey()).steps).toEqual([{ do: 'make', ring: ES256, as: 'announced', activeFrom: now + HOUR }]);
  });

  it('retires and activates together', () => {
    expect(plan(30 * DAY, aKey(), next()).steps).toEqual([
      { do: 'retire', kid: 'a' },
      { do: 'activate', kid: 'b' },
    ]);
  });

  it('waits for the whole span even if it was made longer meanwhile', () => {
    const longer = { ...SPANS, announceMs: 2 * HOUR };
    const state = { keys: [aKey(), next()], longest: LONGEST };
    expect(planRotation({ ...state, now: 30 * DAY }, longer, [ES256])).toEqual({ steps: [], dueAt: 30 * DAY + HOUR });
  });

  it('makes the first key of an empty ring active at once, and one for each ring', () => {
    const { steps } = planRotation({ keys: [], now: 5, longest: LONGEST }, SPANS, [ES256, { algorithm: 'refresh' }]);
    expect(steps).toEqual([
      { do: 'make', ring: ES256, as: 'active', activeFrom: 5 },
      { do: 'make', ring: { algorithm: 'refresh' }, as: 'active', activeFrom: 5 },
    ]);
  });

  it('lets whoever was announced sign when nobody does', () => {
    expect(plan(30 * DAY - HOUR, retired({ retiredAt: 30 * DAY }), next()).steps).toEqual([
      { do: 'activate', kid: 'b' },
    ]);
  });

  it('takes the key that was announced first', () => {
    const later = next({ kid: 'c', announcedAt: 30 * DAY - HOUR + 1 });
    expect(plan(31 * DAY, aKey(), later, next()).steps).toEqual([
      { do: 'retire', kid: 'a' },
      { do: 'activate', kid: 'b' },
    ]);
  });

  it('goes on with a ring that nobody names any more, and leaves a dead one alone', () => {
    const eddsa = aKey({ kid: 'e', ring: { algorithm: 'EdDSA' } });
    expect(plan(30 * DAY - HOUR, aKey({ activeAt: DAY }), eddsa).steps).toEqual([
      { do: 'make', ring: { algorithm: 'EdDSA' }, as: 'announced', activeFrom: 30 * DAY },
    ]);
    const dead = aKey({ kid: 'e', ring: { algorithm: 'EdDSA' }, state: 'dropped', droppedAt: 1 });
    expect(plan(2, aKey(), dead).steps).toEqual([]);
  });

  it('K2 leaves the secrets of an API to its people, and forgets those that have retired', () => {
    const secrets = [
      aKey({ kid: 's', ring: NOTES, activeAt: -90 * DAY }),
      aKey({ kid: 't', ring: NOTES, state: 'announced', activeFrom: null, announcedAt: -40 * DAY }),
      retired({ kid: 'u', ring: NOTES, retiredAt: -DAY }),
    ];
    expect(plan(0, aKey(), ...secrets).steps).toEqual([{ do: 'drop', kid: 'u' }]);
  });

  it('keeps the MAC of refresh tokens as long as a refresh token', () => {
    const spans = { ...SPANS, keepMs: 1000 };
    expect(keepMsOf({ algorithm: 'refresh' }, spans, LONGEST)).toBe(30 * DAY + 60_000);
    expect(keepMsOf(ES256, spans, LONGEST)).toBe(360_000);
    expect(keepMsOf(ES256, { ...spans, keepMs: DAY }, LONGEST)).toBe(DAY);
  });
});

describe('K8 an operator wants a successor early', () => {
  it('announces one, which signs after its whole span', () => {
    expect(planEarlySuccessor(ES256, [aKey()], DAY, SPANS)).toEqual({
      ...{ do: 'make', ring: ES256, as: 'announced', activeFrom: DAY + HOUR },
    });
  });

  it('hastens the one that stands, and not before it was announced for its span', () => {
    const planned = next({ announcedAt: DAY, activeFrom: 30 * DAY });
    expect(planEarlySuccessor(ES256, [aKey(), planned], DAY + 1, SPANS)).toEqual({
      ...{ do: 'hasten', kid: 'b', activeFrom: DAY + HOUR },
    });
    expect(planEarlySuccessor(ES256, [aKey(), planned], 2 * DAY, SPANS)).toEqual({
      ...{ do: 'hasten', kid: 'b', activeFrom: 2 * DAY },
    });
  });

  it('is asked again in vain', () => {
    const hastened = next({ announcedAt: DAY, activeFrom: DAY + HOUR });
    expect(planEarlySuccessor(ES256, [aKey(), hastened], DAY + 1, SPANS)).toBeUndefined();
  });
});
