import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostgresGrantStore } from './grant-store.js';
import { aRedemption, openTestDatabase, type OpenTestDatabase, settle } from './testing/open-test-database.js';
import { WatchedDatabase } from './testing/watched-database.js';

let test: OpenTestDatabase;
beforeAll(async () => {
  test = await openTestDatabase(2);
});
afterAll(() => test.close());

describe('DESIGN §4 redemption commits by one INSERT', () => {
  it('which records the consent as well: one statement, of which nothing is half done', async () => {
    const watched = new WatchedDatabase(test.database.source);
    const who = await settle(test.database);
    const redemption = aRedemption(who);
    expect(await new PostgresGrantStore(watched, () => undefined).redeemCode(redemption)).toBe('redeemed');
    expect(watched.asked).toHaveLength(1);
    const fails = { ...aRedemption(who, { scope: ['notes:write'], tokenSub: who.client.clientId }) };
    await expect(new PostgresGrantStore(watched, () => undefined).redeemCode(fails)).rejects.toMatchObject({
      code: '23514',
    });
    const { rows } = await test.database.run('SELECT scope FROM auth.consents WHERE sub = $1', [who.sub]);
    expect(rows).toEqual([{ scope: redemption.grant.scope.toSorted() }]);
  });

  it('which gives and records nothing under a count that nobody knows', async () => {
    const who = await settle(test.database);
    const grants = new PostgresGrantStore(test.database, () => undefined);
    for (const consentGeneration of [1, 7]) {
      expect(await grants.redeemCode({ ...aRedemption(who), consentGeneration })).toBe('ended');
    }
    const { rows } = await test.database.run('SELECT 1 FROM auth.consents WHERE sub = $1', [who.sub]);
    expect(rows).toEqual([]);
  });
});
