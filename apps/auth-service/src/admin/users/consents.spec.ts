import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CodeRedemption, Grant } from '@latchkey/protocol';
import { PostgresGrantStore } from '../../persistence/postgres/grant-store.js';
import {
  addClient,
  addSession,
  aRedemption,
  fifty,
  type Inhabitants,
  tally,
} from '../../persistence/postgres/testing/open-test-database.js';
import { allPassedOver } from '../../persistence/postgres/testing/passed-over-codes.js';
import { WatchedDatabase } from '../../persistence/postgres/testing/watched-database.js';
import { formOf } from '../http/form.js';
import type { Wire } from '../test/admin-bench.js';
import { userBench, type UserBench, USERS } from '../test/user-bench.js';
import { ConsentListSchema, WithdrawnConsentSchema } from './consent-schema.js';

let users: UserBench;
beforeAll(async () => {
  users = await userBench();
});
afterAll(() => users.close());

const aPair = async (sub?: string): Promise<Inhabitants> => {
  const { database } = users.test;
  const who = sub ?? (await users.aUser()).sub;
  return { client: await addClient(database), sub: who, sid: await addSession(database, who) };
};
/** Allowed now; not redeemed. */
const allowed = async (who: Inhabitants, over: Partial<Grant> = {}): Promise<CodeRedemption> => ({
  ...aRedemption(who, over),
  consentGeneration: (await users.stores.consents.standing({ sub: who.sub, clientId: who.client.clientId })).generation,
});
const redeem = (redemption: CodeRedemption): Promise<string> => users.stores.grants.redeemCode(redemption);
const at = ({ sub, client }: Inhabitants): string => `${USERS}/${sub}/consents/${client.clientId}`;
const withdraw = (who: Inhabitants, headers: Record<string, string> = {}): Promise<Wire> =>
  users.bench.ask('DELETE', at(who), { headers });

const isWithdrawn = formOf(WithdrawnConsentSchema);
function withdrawnIn(wire: Wire) {
  const formed = isWithdrawn(wire.json);
  if (wire.status !== 200 || !formed.ok) throw new Error(`nothing was taken back: ${wire.status} ${wire.text}`);
  return formed.value;
}
const isList = formOf(ConsentListSchema);
async function list(sub: string, query = '') {
  const wire = await users.bench.ask('GET', `${USERS}/${sub}/consents${query}`);
  const formed = isList(wire.json);
  if (wire.status !== 200 || !formed.ok) throw new Error(`no list: ${wire.status} ${wire.text}`);
  return formed.value;
}
const living = async ({ sub, client }: Inhabitants): Promise<readonly string[]> =>
  (
    await users.test.database.run<{ readonly grant_id: string }>(
      'SELECT grant_id FROM auth.grants WHERE sub = $1 AND client_id = $2 AND revoked_at IS NULL',
      [sub, client.clientId],
    )
  ).rows.map(({ grant_id }) => grant_id);

describe('revocation.md V4: a consent is taken back while its code is not redeemed', () => {
  it('and that code gives nothing, while one that is allowed afterwards does', async () => {
    const who = await aPair();
    expect(await redeem(await allowed(who))).toBe('redeemed');
    const before = await allowed(who);
    expect(withdrawnIn(await withdraw(who)).revocation).toMatchObject({ kind: 'grant' });
    expect(await redeem(before)).toBe('ended');
    expect(await redeem(before)).toBe('ended');
    expect(await living(who)).toEqual([]);
    expect((await list(who.sub)).items).toEqual([]);
    const after = await allowed(who, { scope: ['notes:write'] });
    expect(await redeem(after)).toBe('redeemed');
    expect((await list(who.sub)).items).toMatchObject([{ client_id: who.client.clientId, scope: 'notes:write' }]);
    // The old code is no good for the new consent either.
    expect(await redeem(before)).toBe('ended');
    expect(await living(who)).toEqual([after.grant.grantId]);
  });

  it('a redemption that waits for the taking back finds that it is of before', async () => {
    const who = await aPair();
    expect(await redeem(await allowed(who))).toBe('redeemed');
    const code = await allowed(who);
    let outcome: Promise<string> | undefined;
    const order = { actor: 'spec', address: '192.0.2.1', receipt: false };
    // Under the lock, before anything is written: the redemption begins, is passed over, and cannot end before we do.
    const { database } = users.test;
    const watched = new WatchedDatabase(database.source);
    const grants = new PostgresGrantStore(watched, users.test.onRevoked);
    await database.transaction(async (statements) => {
      await statements.run('SELECT FROM auth.users WHERE sub = $1 FOR NO KEY UPDATE', [who.sub]);
      let told = false;
      outcome = grants.redeemCode(code).finally(() => (told = true));
      await allPassedOver(watched, [code]);
      expect(told).toBe(false);
      await statements.run(
        `UPDATE auth.consents SET generation = generation + 1, withdrawn_at = now(), scope = '{}'
         WHERE sub = $1 AND client_id = $2`,
        [who.sub, who.client.clientId],
      );
    });
    expect(await outcome).toBe('ended');
    expect(await living(who)).toHaveLength(1);
    // And the same from the other side: it waits for a redemption, and ends its grant.
    const other = await aPair();
    const [redeemed, ending] = await Promise.all([
      redeem(await allowed(other)),
      users.stores.endings.consents.withdraw(
        { sub: other.sub, clientId: other.client.clientId },
        order,
        () => undefined,
      ),
    ]);
    if (ending.outcome === 'ended') expect(await living(other)).toEqual([]);
    else expect(redeemed).toBe('redeemed');
  });

  it('50 redemptions and 10 withdrawals at once: no grant lives whose consent was given before the last of them', async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      const who = await aPair();
      expect(await redeem(await allowed(who))).toBe('redeemed');
      const codes = await Promise.all(Array.from({ length: 50 }, () => allowed(who)));
      const withdrawals = Promise.all(Array.from({ length: 10 }, () => withdraw(who)));
      const outcomes = fifty(async (index) => {
        // Over the time that the withdrawals take, so that some come before, some between, and the last surely after.
        await (index < 49 ? new Promise((resolve) => setTimeout(resolve, index * 10)) : withdrawals);
        return redeem(codes[index] ?? (await allowed(who)));
      });
      const [redeemed, wires] = await Promise.all([outcomes, withdrawals]);
      const statuses = tally(wires.map(({ status }) => String(status)));
      // Who comes after the first finds nothing that is allowed.
      expect(statuses).toEqual({ 200: 1, 404: 9 });
      expect(redeemed.every((outcome) => outcome === 'redeemed' || outcome === 'ended')).toBe(true);
      expect(redeemed).toContain('ended');
      expect(await living(who)).toEqual([]);
      expect((await list(who.sub)).items).toEqual([]);
    }
  });
});

describe('admin-api /users/{sub}/consents', () => {
  it('is the union of what was allowed, recorded at redemption, and not by what was refused or replayed', async () => {
    const who = await aPair();
    const first = await allowed(who, { scope: ['notes:read', 'openid'] });
    expect((await list(who.sub)).items).toEqual([]);
    expect(await redeem(first)).toBe('redeemed');
    expect(await redeem(await allowed(who, { scope: ['notes:write', 'notes:read'] }))).toBe('redeemed');
    const foreign = await allowed({ ...who, sid: randomUUID() }, { scope: ['everything'] });
    expect(await redeem(foreign)).toBe('ended');
    await users.test.database.run(`UPDATE auth.consents SET granted_at = '2020-01-01' WHERE sub = $1`, [who.sub]);
    expect(await redeem({ ...first, grant: { ...first.grant, scope: ['everything'] } })).toBe('replayed');
    expect((await list(who.sub)).items).toEqual([
      { client_id: who.client.clientId, scope: 'notes:read notes:write openid', granted_at: 1_577_836_800 },
    ]);
    const found = await users.bench.ask('GET', at(who));
    expect(found.json).toEqual((await list(who.sub)).items[0]);
  });

  it('one of 50 takes it back: an entry for each grant, one audit event, and 404 for the others', async () => {
    const who = await aPair();
    const elsewhere = await aPair(who.sub);
    const grants = await Promise.all(Array.from({ length: 3 }, () => allowed(who)));
    for (const redemption of [...grants, await allowed(elsewhere)]) expect(await redeem(redemption)).toBe('redeemed');
    users.test.revoked.length = 0;
    const wires = await fifty(() => withdraw(who));
    expect(tally(wires.map(({ status }) => String(status)))).toEqual({ 200: 1, 404: 49 });
    const said = users.test.revoked.map(({ kind, value }) => `${kind} ${value}`);
    expect(said.toSorted()).toEqual(grants.map(({ grant }) => `grant ${grant.grantId}`).toSorted());
    expect(await living(elsewhere)).toHaveLength(1);
    const { rows } = await users.test.database.run(
      `SELECT detail FROM auth.audit_events WHERE kind = 'consent.withdrawn' AND target = $1`,
      [who.sub],
    );
    expect(rows).toMatchObject([{ detail: { client_id: who.client.clientId } }]);
  });

  it('A6: not under an ETag of before', async () => {
    const who = await aPair();
    expect(await redeem(await allowed(who))).toBe('redeemed');
    const etag = (await users.bench.ask('GET', at(who))).headers.get('etag') ?? '';
    expect(await redeem(await allowed(who, { scope: ['notes:write'] }))).toBe('redeemed');
    expect((await withdraw(who, { 'if-match': etag })).status).toBe(412);
    expect(await living(who)).toHaveLength(2);
  });

  it('A9: revocation is null when no grant was living', async () => {
    const who = await aPair();
    const redemption = await allowed(who);
    expect(await redeem(redemption)).toBe('redeemed');
    const order = { actor: 'spec', address: '192.0.2.1', receipt: false, decide: () => undefined };
    await users.stores.grantRecords.end(redemption.grant.grantId, order);
    expect(withdrawnIn(await withdraw(who, { prefer: 'wait=1' })).revocation).toBeNull();
  });

  it('A5: by client_id, page by page, of this person alone', async () => {
    const { sub } = await users.aUser();
    const ids: string[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      const who = await aPair(sub);
      expect(await redeem(await allowed(who))).toBe('redeemed');
      ids.push(who.client.clientId);
    }
    const seen: string[] = [];
    for (let after: string | null = ''; after !== null;) {
      const page = await list(sub, `?limit=2${after === '' ? '' : `&after=${after}`}`);
      seen.push(...page.items.map(({ client_id }) => client_id));
      after = page.next;
    }
    expect(seen).toEqual(ids.toSorted());
    expect((await users.bench.ask('GET', `${USERS}/${sub}/consents?after=x`)).status).toBe(400);
  });

  it('A10: goes with the person', async () => {
    const who = await aPair();
    expect(await redeem(await allowed(who))).toBe('redeemed');
    expect((await users.bench.ask('DELETE', `${USERS}/${who.sub}`)).status).toBe(200);
    const { rows } = await users.test.database.run('SELECT 1 FROM auth.consents WHERE sub = $1', [who.sub]);
    expect(rows).toEqual([]);
    expect(await redeem(await allowed(who))).toBe('ended');
  });
});
