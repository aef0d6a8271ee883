/**
 * Owns what every store of keys must do: one compare and swap for all of them, one active key in a ring, no way back. Runs
 * whole on the model and on PostgreSQL.
 */
import { randomBytes } from 'node:crypto';
import { generateKey } from '../testing/generate-key.js';
import { openKey } from './generate.js';
import { KeyEncryption } from './key-encryption.js';
import type { KeyAct, KeyChange, KeyStore, StoredKey } from './key-store.js';
import type { Ring } from './ring.js';

export interface OpenKeyStore {
  /** Empty. */
  readonly store: KeyStore;
  close(): Promise<void>;
}

const ES256: Ring = { algorithm: 'ES256' };
const REFRESH: Ring = { algorithm: 'refresh' };
const NOTES: Ring = { algorithm: 'HS256', audience: 'https://notes.example' };
const ACT: KeyAct = { actor: 'operator', address: '127.0.0.1', receipt: false };

export const describeKeyStore = (name: string, open: () => Promise<OpenKeyStore>): void => {
  describe(`K3 the store of keys ${name}`, () => {
    const encryption = new KeyEncryption(randomBytes(32));
    let opened: OpenKeyStore;
    let store: KeyStore;
    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened.close());

    const make = async (ring: Ring, as: 'announced' | 'active' = 'announced', activeFrom: number | null = null) => {
      const { now } = await store.load();
      return generateKey(ring, encryption, now, as, activeFrom);
    };
    const commit = async (...changes: readonly KeyChange[]) => {
      const committed = await store.commit((await store.load()).revision, changes, ACT);
      if (committed === 'lost') throw new Error('lost');
      return committed.revocations;
    };
    const insert = async (ring: Ring, as: 'announced' | 'active' = 'announced'): Promise<StoredKey> => {
      const key = await make(ring, as);
      await commit({ type: 'insert', key });
      return key;
    };
    const stored = async (kid: string): Promise<StoredKey | undefined> =>
      (await store.load()).keys.find((key) => key.kid === kid);
    const now = async (): Promise<number> => (await store.load()).now;

    it('is empty at first, and of a revision that load and revision agree on', async () => {
      const snapshot = await store.load();
      expect(snapshot.keys).toEqual([]);
      expect((await store.revision()).revision).toBe(snapshot.revision);
      expect(snapshot.longest.tokenSeconds).toBeGreaterThan(0);
      expect(snapshot.longest.refreshSeconds).toBeGreaterThan(0);
    });

    it.each<[string, Ring]>([
      ['asymmetric', ES256],
      ['of refresh tokens', REFRESH],
      ['shared with an API', NOTES],
    ])('gives back what it was given, %s, to the millisecond', async (_, ring) => {
      const key = await make(ring, 'announced', (await now()) + 3_600_123);
      await commit({ type: 'insert', key });
      expect((await store.load()).keys).toEqual([key]);
    });

    it('of 50 commits of one revision at once one is done, and the others write nothing', async () => {
      const { revision } = await store.load();
      const keys = await Promise.all(Array.from({ length: 50 }, () => make(ES256, 'active')));
      const answers = await Promise.all(keys.map((key) => store.commit(revision, [{ type: 'insert', key }])));
      expect(answers.filter((answer) => answer === 'lost')).toHaveLength(49);
      const winner = keys[answers.findIndex((answer) => answer !== 'lost')];
      expect((await store.load()).keys).toEqual([winner]);
      expect((await store.revision()).revision).toBeGreaterThan(revision);
    });

    it('does nothing for a revision that is over, and nothing by halves', async () => {
      const { revision } = await store.load();
      const active = await insert(ES256, 'active');
      expect(await store.commit(revision, [{ type: 'kill', kid: active.kid, at: 1 }])).toBe('lost');
      const before = await store.load();
      const second = await make(ES256, 'active');
      const other = await make(REFRESH);
      await expect(
        store.commit(before.revision, [
          { type: 'insert', key: other },
          { type: 'insert', key: second },
        ]),
      ).rejects.toThrow();
      const after = await store.load();
      expect([after.keys, after.revision]).toEqual([before.keys, before.revision]);
    });

    it('K1 of whoever was paused since it decided, writes the instants of the commit', async () => {
      const active = await insert(ES256, 'active');
      const { revision, now: at } = await store.load();
      const key = { ...(await make(ES256)), announcedAt: at - 60_000, activeFrom: at };
      await store.commit(
        revision,
        [
          { type: 'retire', kid: active.kid, at: at - 60_000 },
          { type: 'insert', key },
        ],
        ACT,
        at - 60_000,
      );
      const after = await stored(key.kid);
      expect(after?.announcedAt).toBeGreaterThanOrEqual(at);
      expect(after?.activeFrom).toBe(at);
      expect((await stored(active.kid))?.retiredAt).toBeGreaterThanOrEqual(at);
    });

    it('retires one and activates the next in one commit', async () => {
      const active = await insert(ES256, 'active');
      const next = await insert(ES256);
      const at = await now();
      await commit({ type: 'retire', kid: active.kid, at }, { type: 'activate', kid: next.kid, at });
      expect(await stored(active.kid)).toMatchObject({ state: 'retired', retiredAt: at });
      expect(await stored(next.kid)).toEqual({ ...next, state: 'active', activeAt: at });
    });

    it.each<[string, (kid: string) => KeyChange]>([
      ['an active key', (kid) => ({ type: 'activate', kid, at: 1 })],
      ['an unknown key', () => ({ type: 'activate', kid: 'unknown', at: 1 })],
      ['an unknown key for ever', () => ({ type: 'drop', kid: 'unknown', at: 1 })],
    ])('refuses what cannot be: to activate or drop %s', async (_, change) => {
      const { kid } = await insert(ES256, 'active');
      await expect(commit(change(kid))).rejects.toThrow();
      expect(await stored(kid)).toMatchObject({ state: 'active' });
    });

    it('never wakes a key that has retired or was dropped', async () => {
      const { kid } = await insert(ES256, 'active');
      await commit({ type: 'retire', kid, at: await now() });
      await expect(commit({ type: 'activate', kid, at: await now() })).rejects.toThrow();
      await commit({ type: 'drop', kid, at: await now() });
      await expect(commit({ type: 'activate', kid, at: await now() })).rejects.toThrow();
      expect(await stored(kid)).toMatchObject({ state: 'dropped' });
    });

    it('K4 forgets a private half when it retires, and a secret when it is dropped', async () => {
      for (const ring of [ES256, REFRESH, NOTES]) {
        const { kid } = await insert(ring, 'active');
        await commit({ type: 'retire', kid, at: await now() });
        expect((await stored(kid))?.sealedKey === undefined).toBe(ring === ES256);
        await commit({ type: 'drop', kid, at: await now() });
        expect(await stored(kid)).toMatchObject({ state: 'dropped', sealedKey: undefined, killedBy: null });
      }
    });

    it('keeps the public half of a dropped key, for hints', async () => {
      const key = await insert(ES256, 'active');
      await commit({ type: 'retire', kid: key.kid, at: await now() });
      const at = await now();
      await commit({ type: 'drop', kid: key.kid, at });
      expect(await stored(key.kid)).toMatchObject({ publicJwk: key.publicJwk, droppedAt: at });
    });

    it('hastens, and seals anew', async () => {
      const key = await insert(ES256);
      const sealedKey = new KeyEncryption(randomBytes(32)).seal(Buffer.from('other'), 'data');
      await commit({ type: 'hasten', kid: key.kid, activeFrom: 1234 }, { type: 'reseal', kid: key.kid, sealedKey });
      expect(await stored(key.kid)).toEqual({ ...key, activeFrom: 1234, sealedKey });
    });

    it.each(['announced', 'active'] as const)('K7 kills an %s key for ever', async (state) => {
      const key = await insert(ES256, state);
      const [revocation] = await commit({ type: 'kill', kid: key.kid, at: await now() });
      expect(revocation).toMatchObject({ kind: 'key', value: key.kid, expiresAt: null });
      const killed = await stored(key.kid);
      expect(killed).toMatchObject({ state: 'dropped', sealedKey: undefined, killedBy: revocation?.id });
      await expect(commit({ type: 'activate', kid: key.kid, at: await now() })).rejects.toThrow();
      await expect(commit({ type: 'insert', key })).rejects.toThrow();
      expect(openKey(key, encryption).type).toBe('private');
      expect(await stored(key.kid)).toEqual(killed);
    });

    it('K7 kills what has retired or was dropped', async () => {
      for (const last of ['retire', 'drop'] as const) {
        const { kid } = await insert(ES256, 'active');
        await commit({ type: 'retire', kid, at: await now() });
        const at = await now();
        if (last === 'drop') await commit({ type: 'drop', kid, at });
        await commit({ type: 'kill', kid, at: at + 5000 });
        expect(await stored(kid)).toMatchObject({ state: 'dropped', droppedAt: last === 'drop' ? at : at + 5000 });
        expect((await stored(kid))?.killedBy).not.toBeNull();
      }
    });
  });
};
