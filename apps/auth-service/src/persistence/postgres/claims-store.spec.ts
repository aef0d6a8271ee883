import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Grant } from '@latchkey/protocol';
import type { AccessTokenClaims } from '@latchkey/tokens';
import { accessTokenClaims } from '@latchkey/tokens/testing';
import { PostgresClaimsStore } from './claims-store.js';
import { PostgresGrantStore } from './grant-store.js';
import type { NewRevocation } from './revocation-row.js';
import { aRedemption, openTestDatabase, type OpenTestDatabase, say, settle } from './testing/open-test-database.js';
import { WatchedDatabase } from './testing/watched-database.js';

const KID = 'the-key';

let test: OpenTestDatabase;
let store: PostgresClaimsStore;
beforeAll(async () => {
  test = await openTestDatabase(4);
  store = new PostgresClaimsStore(test.database);
});
afterAll(() => test.close());

/** Somebody of whom something is known, and a token that speaks for them. */
async function tokenOf(over: Partial<Grant> = {}): Promise<AccessTokenClaims> {
  const who = await settle(test.database);
  await test.database.run(`UPDATE auth.users SET claims = '{"name": "Ada"}' WHERE sub = $1`, [who.sub]);
  const redemption = aRedemption(who, over);
  const { grant } = redemption;
  expect(await new PostgresGrantStore(test.database, () => undefined).redeemCode(redemption)).toBe('redeemed');
  return accessTokenClaims({
    ...{ sub: grant.tokenSub, client_id: grant.clientId, grant_id: grant.grantId, sid: grant.sid, scope: 'openid' },
  });
}

describe('revocation.md V5: what PostgreSQL knows decides at userinfo, whatever this instance has heard', () => {
  it.each<[string, (claims: AccessTokenClaims) => Pick<NewRevocation, 'kind' | 'value' | 'generation' | 'expiresAt'>]>([
    ['token', ({ jti }) => ({ kind: 'token', value: jti, expiresAt: 4_000_000_000 })],
    ['grant', ({ grant_id }) => ({ kind: 'grant', value: grant_id ?? '', expiresAt: 4_000_000_000 })],
    ['session', ({ sid }) => ({ kind: 'session', value: sid ?? '', expiresAt: 4_000_000_000 })],
    ['subject', ({ sub }) => ({ kind: 'subject', value: sub, generation: 1, expiresAt: 4_000_000_000 })],
    ['client', ({ client_id }) => ({ kind: 'client', value: client_id, generation: 1, expiresAt: 4_000_000_000 })],
    ['key', () => ({ kind: 'key', value: 'killed', expiresAt: null })],
  ])('an entry of kind %s is enough', async (kind, meaning) => {
    const claims = await tokenOf();
    const kid = kind === 'key' ? 'killed' : KID;
    expect(await store.findByToken(claims, kid)).toMatchObject({ known: { name: 'Ada' } });
    await say(test.database, meaning(claims));
    expect(await store.findByToken(claims, kid)).toBeUndefined();
  });

  it.each<[string, (claims: AccessTokenClaims) => Partial<AccessTokenClaims>]>([
    ['a grant that there is not', () => ({ grant_id: randomUUID() })],
    ['a grant whose name is none', () => ({ grant_id: "'" })],
    ['another person', () => ({ sub: randomUUID() })],
    ['another client', () => ({ client_id: '0'.repeat(32) })],
    ['a name that PostgreSQL cannot hold', () => ({ jti: '\u0000' })],
  ])('a token that names %s finds nobody, or nothing that stands against it', async (what, change) => {
    const claims = await tokenOf();
    const found = await store.findByToken({ ...claims, ...change(claims) }, KID);
    expect(found === undefined).toBe(what !== 'a name that PostgreSQL cannot hold');
  });

  it('a machine has no grant, and is nobody', async () => {
    const { iss, aud, exp, iat, jti, client_id, gen } = await tokenOf();
    expect(await store.findByToken({ iss, aud, exp, iat, jti, client_id, gen, sub: client_id }, KID)).toBeUndefined();
  });

  it.each([
    ['auth.users', 'enabled = false', 'sub = (SELECT sub FROM auth.grants WHERE grant_id = $1)'],
    ['auth.clients', 'enabled = false', 'client_id = (SELECT client_id FROM auth.grants WHERE grant_id = $1)'],
    ['auth.grants', 'revoked_at = now()', 'grant_id = $1'],
    ['auth.grants', "expires_at = now() - interval '1 second'", 'grant_id = $1'],
    ['auth.login_sessions', 'ended_at = now()', 'sid = (SELECT sid FROM auth.grants WHERE grant_id = $1)'],
  ])('what it hangs on must stand: %s where %s', async (table, set, where) => {
    const claims = await tokenOf();
    await test.database.run(`UPDATE ${table} SET ${set} WHERE ${where}`, [claims.grant_id]);
    expect(await store.findByToken(claims, KID)).toBeUndefined();
  });

  it('is one question', async () => {
    const claims = await tokenOf();
    const watched = new WatchedDatabase(test.database.source);
    expect(await new PostgresClaimsStore(watched).findByToken(claims, KID)).toBeDefined();
    expect(watched.asked).toHaveLength(1);
  });
});

describe('OpenID Connect Core §5.1 what is known of a person', () => {
  it('comes with the second of its last change, and with what the grant asked for', async () => {
    const requested = { userinfo: [{ name: 'name', essential: true }], idToken: [] };
    const claims = await tokenOf({ claims: requested, tokenSub: 'a-pairwise-name' });
    const found = await store.findByToken(claims, KID);
    expect(found).toEqual({ known: { name: 'Ada', updated_at: expect.any(Number) }, requested });
    expect(Number.isInteger(found?.known['updated_at'])).toBe(true);
  });

  it('is nothing of whoever is disabled, unknown, or no UUID', async () => {
    const { sub } = await tokenOf();
    expect(await store.find(sub)).toEqual({ name: 'Ada', updated_at: expect.any(Number) });
    await test.database.run('UPDATE auth.users SET enabled = false WHERE sub = $1', [sub]);
    for (const nobody of [sub, randomUUID(), 'nobody']) expect(await store.find(nobody)).toBeUndefined();
  });
});
