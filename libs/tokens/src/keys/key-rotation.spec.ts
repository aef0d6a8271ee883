import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryKeyStore } from '../testing/memory-key-store.js';
import { openKey } from './generate.js';
import { KeyEncryption, KeyEncryptionError } from './key-encryption.js';
import { KeyRotation } from './key-rotation.js';
import type { KeyAct, StoredKey } from './key-store.js';
import { type Ring, ringName } from './ring.js';

const HOUR = 3_600_000;
const SPANS = { announceMs: HOUR, useMs: 30 * 24 * HOUR, keepMs: 0 };
const ES256: Ring = { algorithm: 'ES256' };
const RINGS: readonly Ring[] = [ES256, { algorithm: 'EdDSA' }, { algorithm: 'refresh' }];
const NOTES = 'https://notes.example';
const ACT: KeyAct = { actor: 'operator', receipt: false };

const encryption = new KeyEncryption(randomBytes(32));
let now = 1_764_000_000_000;
let store: MemoryKeyStore;
const rotationOf = (of = encryption, onCommitted?: (revision: number) => Promise<void>): KeyRotation =>
  new KeyRotation({
    store,
    encryption: of,
    spans: SPANS,
    rings: RINGS,
    ...(onCommitted === undefined ? {} : { onCommitted }),
  });
const times = <T>(count: number, make: (rotation: KeyRotation) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, () => make(rotationOf())));
const inState = (state: StoredKey['state'], ring: Ring = ES256): readonly StoredKey[] =>
  store.keys.filter((key) => key.state === state && ringName(key.ring) === ringName(ring));
const active = (ring: Ring = ES256): StoredKey => {
  const [key, ...others] = inState('active', ring);
  if (key === undefined || others.length > 0) throw new Error('not exactly one key is active');
  return key;
};
const find = (kid: string): StoredKey | undefined => store.keys.find((key) => key.kid === kid);

beforeEach(() => {
  store = new MemoryKeyStore(() => now);
});

describe('K7 kill', () => {
  it('knows no key that is not there, and changes nothing', async () => {
    await rotationOf().run();
    const { revision } = await store.revision();
    expect(await rotationOf().kill('unknown', ACT)).toEqual({ outcome: 'unknown' });
    expect((await store.revision()).revision).toBe(revision);
  });

  it.each(RINGS)(
    'lets another $algorithm key sign from that moment, and says that it was never announced',
    async (ring) => {
      await rotationOf().run();
      const leaked = active(ring);
      const killed = await rotationOf().kill(leaked.kid, ACT);
      const successor = active(ring);
      expect(successor.kid).not.toBe(leaked.kid);
      expect(killed).toMatchObject({
        outcome: 'killed',
        key: { kid: leaked.kid, state: 'dropped', droppedAt: now, sealedKey: undefined },
        successor: { key: { kid: successor.kid }, announcedForMs: 0, wholeSpan: false },
      });
      expect(find(leaked.kid)).toMatchObject({ state: 'dropped', sealedKey: undefined });
    },
  );

  it.each([
    [HOUR - 1, false],
    [HOUR, true],
  ])('takes the announced key, after %d ms of its span', async (after, wholeSpan) => {
    await rotationOf().run();
    const leaked = active();
    await rotationOf().rotate(ACT);
    const [announced] = inState('announced');
    now += after;
    const killed = await rotationOf().kill(leaked.kid, ACT);
    expect(active().kid).toBe(announced?.kid);
    expect(killed).toMatchObject({ successor: { key: { kid: announced?.kid }, announcedForMs: after, wholeSpan } });
  });

  it.each(['announced', 'retired', 'dropped'] as const)(
    'kills what is %s, and nobody else signs for it',
    async (state) => {
      await rotationOf().run();
      const [first] = [active()];
      await rotationOf().rotate(ACT);
      if (state !== 'announced') {
        now += HOUR;
        await rotationOf().run();
      }
      if (state === 'dropped') {
        now += HOUR;
        await rotationOf().run();
      }
      const victim = state === 'announced' ? inState('announced')[0] : find(first.kid);
      expect(victim?.state).toBe(state);
      const signing = active().kid;
      const killed = await rotationOf().kill(victim?.kid ?? '', ACT);
      expect(killed).toMatchObject({ outcome: 'killed', key: { state: 'dropped' } });
      expect(killed).not.toHaveProperty('successor');
      expect(active().kid).toBe(signing);
    },
  );

  it('by 50 at once is one kill, one successor, and one answer for all', async () => {
    await rotationOf().run();
    const leaked = active();
    const answers = await times(50, (rotation) => rotation.kill(leaked.kid, ACT));
    expect(answers.filter(({ outcome }) => outcome === 'killed')).toHaveLength(1);
    expect(answers.filter(({ outcome }) => outcome === 'before')).toHaveLength(49);
    expect(new Set(answers.map((answer) => ('revocation' in answer ? answer.revocation : ''))).size).toBe(1);
    expect(store.keys.filter(({ ring }) => ring.algorithm === 'ES256')).toHaveLength(2);
  });

  it('leaves an API without a secret, unless a second one was made before', async () => {
    const first = await rotationOf().addSecret(NOTES, ACT);
    if (first === 'full') throw new Error('full');
    expect(await rotationOf().kill(first.key.kid, ACT)).not.toHaveProperty('successor');
    expect(inState('active', { algorithm: 'HS256', audience: NOTES })).toEqual([]);
    await rotationOf().run();
    expect(inState('active', { algorithm: 'HS256', audience: NOTES })).toEqual([]);

    const [second, third] = [await rotationOf().addSecret(NOTES, ACT), await rotationOf().addSecret(NOTES, ACT)];
    if (second === 'full' || third === 'full') throw new Error('full');
    expect([second.key.state, third.key.state]).toEqual(['active', 'announced']);
    expect(await rotationOf().kill(second.key.kid, ACT)).toMatchObject({ successor: { key: { kid: third.key.kid } } });
  });
});

describe('K3 many instances, one winner', () => {
  it('10 that start on an empty store make one key for each ring', async () => {
    await times(10, (rotation) => rotation.run());
    expect(store.keys.map(({ ring }) => ring.algorithm).sort()).toEqual(['ES256', 'EdDSA', 'refresh']);
  });

  it('10 that rotate at the same instant announce one successor, and activate it once', async () => {
    await rotationOf().run();
    const answers = await times(10, (rotation) => rotation.rotate(ACT));
    expect(new Set(answers.map((successors) => successors.map(({ kid }) => kid).join())).size).toBe(1);
    expect(store.keys).toHaveLength(6);
    now += HOUR;
    await times(10, (rotation) => rotation.run());
    expect(store.keys).toHaveLength(6);
    for (const ring of RINGS) expect([active(ring).activeAt, inState('retired', ring)]).toMatchObject([now, [{}]]);
  });

  it('50 that need a new ring at once make its first key', async () => {
    const few = new KeyRotation({ store, encryption, spans: SPANS, rings: [ES256] });
    await few.run();
    await Promise.all(Array.from({ length: 50 }, () => few.ensure({ algorithm: 'EdDSA' })));
    expect(inState('active', { algorithm: 'EdDSA' })).toHaveLength(1);
    expect(store.keys).toHaveLength(2);
  });

  it('says after each commit of its own that there is a new revision, and after no other', async () => {
    const said: number[] = [];
    const rotation = rotationOf(encryption, (revision) => {
      said.push(revision);
      return Promise.resolve();
    });
    await rotation.run();
    await rotationOf().rotate(ACT);
    await rotation.run();
    now += HOUR;
    await rotation.run();
    expect(said).toEqual([1, 3]);
  });

  it('writes who asked, and nobody for what the schedule does', async () => {
    await rotationOf().run();
    await rotationOf().rotate(ACT);
    now += HOUR;
    await rotationOf().run();
    const actors = store.log.map(({ change, act }) => [change.type, act?.actor]);
    expect(actors).toEqual([
      ...RINGS.map(() => ['insert', undefined]),
      ...RINGS.map(() => ['insert', 'operator']),
      ...RINGS.flatMap(() => [
        ['retire', undefined],
        ['activate', undefined],
      ]),
    ]);
  });
});

describe('K2 a secret for each API, with two live values', () => {
  it('refuses a third', async () => {
    expect(await times(50, (rotation) => rotation.addSecret(NOTES, ACT))).toHaveLength(50);
    expect(store.keys.map(({ state }) => state).sort()).toEqual(['active', 'announced']);
    expect(await rotationOf().addSecret(NOTES, ACT)).toBe('full');
  });

  it('does not remove the last, nor what is unknown, nor another API’s', async () => {
    const made = await rotationOf().addSecret(NOTES, ACT);
    if (made === 'full') throw new Error('full');
    expect(await rotationOf().removeSecret(NOTES, made.key.kid, ACT)).toBe('last');
    expect(await rotationOf().removeSecret(NOTES, 'unknown', ACT)).toBe('unknown');
    expect(await rotationOf().removeSecret('https://mail.example', made.key.kid, ACT)).toBe('unknown');
  });

  it('lets the second sign when the first is removed, which still verifies for a while', async () => {
    const ring: Ring = { algorithm: 'HS256', audience: NOTES };
    const [first, second] = [await rotationOf().addSecret(NOTES, ACT), await rotationOf().addSecret(NOTES, ACT)];
    if (first === 'full' || second === 'full') throw new Error('full');
    expect(first.secret).not.toEqual(second.secret);
    const removed = await rotationOf().removeSecret(NOTES, first.key.kid, ACT);
    expect(removed).toMatchObject({
      removed: { state: 'retired' },
      successor: { kid: second.key.kid, state: 'active' },
    });
    expect(active(ring).kid).toBe(second.key.kid);
    expect(openKey(find(first.key.kid) ?? first.key, encryption).export()).toEqual(first.secret);
    now += 361_000;
    await rotationOf().run();
    expect(find(first.key.kid)).toMatchObject({ state: 'dropped', sealedKey: undefined });
  });

  it('drops one that has never signed', async () => {
    await rotationOf().addSecret(NOTES, ACT);
    const second = await rotationOf().addSecret(NOTES, ACT);
    if (second === 'full') throw new Error('full');
    expect(await rotationOf().removeSecret(NOTES, second.key.kid, ACT)).toMatchObject({
      removed: { state: 'dropped' },
    });
    expect(await rotationOf().addSecret(NOTES, ACT)).not.toBe('full');
  });
});

describe('K4 KEY_ENCRYPTION_KEY is replaced', () => {
  it('does not touch anything that the given keys cannot open', async () => {
    await rotationOf().run();
    const before = store.keys;
    await expect(rotationOf(new KeyEncryption(randomBytes(32))).reseal()).rejects.toThrow(KeyEncryptionError);
    expect(store.keys).toBe(before);
  });

  it('seals every secret anew, once, however many instances start', async () => {
    const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
    const old = new KeyEncryption(oldKey);
    await rotationOf(old).run();
    await rotationOf(old).addSecret(NOTES, ACT);
    const before = store.keys;
    const both = new KeyEncryption(newKey, [oldKey]);
    const counts = await Promise.all(Array.from({ length: 10 }, () => rotationOf(both).reseal()));
    expect(counts.sort()).toEqual([...Array.from({ length: 9 }, () => 0), before.length].sort());
    const alone = new KeyEncryption(newKey);
    expect(store.keys).toHaveLength(before.length);
    before.forEach((key) => {
      const resealed = find(key.kid) ?? key;
      expect(() => openKey(resealed, old)).toThrow(KeyEncryptionError);
      expect(openKey(resealed, alone).equals(openKey(key, old))).toBe(true);
      expect({ ...resealed, sealedKey: undefined }).toEqual({ ...key, sealedKey: undefined });
    });
  });
});

describe('K1 whoever was paused between deciding and committing', () => {
  it('answers with the keys as they stand, and not as they were planned', async () => {
    // Between any two looks at the store's clock.
    store = new MemoryKeyStore(() => (now += 700));
    const rotation = rotationOf();
    await rotation.run();
    const told: StoredKey[] = [...(await rotation.rotate(ACT))];
    expect(told).toEqual(inAllStates('announced'));
    // Of ES256 one is announced and follows the first; nobody is there to follow the second.
    for (const ring of [ES256, ES256, RINGS[2] ?? ES256]) {
      const { kid } = active(ring);
      const killed = await rotation.kill(kid, ACT);
      if (killed.outcome === 'unknown' || killed.successor === undefined) throw new Error('nobody follows');
      const { key, announcedForMs } = killed.successor;
      expect([killed.key, key]).toEqual([find(kid), find(key.kid)]);
      expect(announcedForMs).toBe((key.activeAt ?? 0) - key.announcedAt);
    }
    const [first = '', second = ''] = [await rotation.addSecret(NOTES, ACT), await rotation.addSecret(NOTES, ACT)].map(
      (made) => {
        if (made === 'full') throw new Error('full');
        expect(made.key).toEqual(find(made.key.kid));
        return made.key.kid;
      },
    );
    const retired = await rotation.removeSecret(NOTES, first, ACT);
    expect(retired).toEqual({ removed: find(first), successor: find(second) });
    const third = await rotation.addSecret(NOTES, ACT);
    if (third === 'full') throw new Error('full');
    expect(await rotation.removeSecret(NOTES, third.key.kid, ACT)).toEqual({ removed: find(third.key.kid) });
    expect(await rotation.kill(third.key.kid, ACT)).toMatchObject({ outcome: 'killed', key: find(third.key.kid) });
  });
});

const inAllStates = (state: StoredKey['state']): readonly StoredKey[] =>
  store.keys.filter((key) => key.state === state);
