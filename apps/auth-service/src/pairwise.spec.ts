import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { KeyEncryption, KeyEncryptionError } from '@latchkey/tokens/issuing';
import { pino } from 'pino';
import { openPairwiseSubjects, type PairwiseSaltStore } from './pairwise.js';
import { PostgresPairwiseSalt } from './persistence/postgres/pairwise-salt-store.js';
import { fifty, openTestDatabase, type OpenTestDatabase } from './persistence/postgres/testing/open-test-database.js';

const SUB = '1b4e28ba-2fa1-41d2-883f-0016d3cca427';
const log = pino({ level: 'silent' });

let test: OpenTestDatabase;
let store: PostgresPairwiseSalt;
beforeAll(async () => {
  test = await openTestDatabase();
  store = new PostgresPairwiseSalt(test.database);
});
beforeEach(() => test.database.run('DELETE FROM auth.pairwise_salt'));
afterAll(() => test.close());

const nameBy = async (encryption: KeyEncryption, over: Partial<PairwiseSaltStore> = {}): Promise<string> => {
  const found: PairwiseSaltStore = {
    find: () => store.find(),
    offer: (sealed) => store.offer(sealed),
    reseal: (from, to) => store.reseal(from, to),
    ...over,
  };
  return (await openPairwiseSubjects({ store: found, encryption, log })).subFor('client.example', SUB);
};

describe('OpenID Connect Core §8.1 the salt of pairwise subjects', () => {
  const [old, next] = [randomBytes(32), randomBytes(32)];

  it('does not open under another key, and is not replaced by one that would', async () => {
    const named = await nameBy(new KeyEncryption(old));
    await expect(nameBy(new KeyEncryption(next))).rejects.toThrow(KeyEncryptionError);
    expect(await nameBy(new KeyEncryption(old))).toBe(named);
  });

  it('opens as nothing else that was sealed under the same key', async () => {
    const encryption = new KeyEncryption(old);
    await store.offer(encryption.seal(randomBytes(32), 'key:a:ES256'));
    await expect(nameBy(encryption)).rejects.toThrow(KeyEncryptionError);
  });

  it('is made once, whoever of fifty instances is first: all name the person alike', async () => {
    const names = await fifty(() => nameBy(new KeyEncryption(old), { find: late(() => store.find()) }));
    expect(new Set(names).size).toBe(1);
    expect(names[0]).toBe(await nameBy(new KeyEncryption(old)));
  });

  it('is another in another installation', async () => {
    const here = await nameBy(new KeyEncryption(old));
    await test.database.run('DELETE FROM auth.pairwise_salt');
    expect(await nameBy(new KeyEncryption(old))).not.toBe(here);
  });

  it('is sealed anew when KEY_ENCRYPTION_KEY is replaced, by fifty at once, and stays the same', async () => {
    const named = await nameBy(new KeyEncryption(old));
    const names = await fifty(() => nameBy(new KeyEncryption(next, [old])));
    expect(new Set(names)).toEqual(new Set([named]));
    // And the one before can be left out.
    expect(await nameBy(new KeyEncryption(next))).toBe(named);
    await expect(nameBy(new KeyEncryption(old))).rejects.toThrow(KeyEncryptionError);
  });

  it('stands in the database sealed', async () => {
    await nameBy(new KeyEncryption(old));
    const sealed = (await store.find()) ?? '';
    expect(sealed).toMatch(/^v1\./);
    expect(new KeyEncryption(old).open(sealed, 'pairwise salt')).toHaveLength(32);
  });
});

/** The first question is answered as before anybody had made one. */
function late(find: () => Promise<string | undefined>): () => Promise<string | undefined> {
  let asked = false;
  return () => {
    if (asked) return find();
    asked = true;
    return Promise.resolve(undefined);
  };
}
