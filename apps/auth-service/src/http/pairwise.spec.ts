import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@latchkey/tokens/testing';
import { decodeJwt } from 'jose';
import { PostgresPersonEndings } from '../persistence/postgres/person-endings.js';
import { Revoking } from '../persistence/postgres/revoking.js';
import { PostgresTokenStandings } from '../persistence/postgres/token-standings.js';
import { authorizePath, Outside, recordOf, textOf } from './test/outside.js';
import { type ProtocolApp, startProtocolApp, type TestClient } from './test/protocol-app.js';

const PAIRWISE = /^[\w-]{43}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ACT = { actor: 'spec', receipt: false };

let app: ProtocolApp;
let outside: Outside;
/** Two of one sector, one of another, and one to whom people are known as they are. */
let [here, beside, there, open]: TestClient[] = [];
beforeAll(async () => {
  app = await startProtocolApp();
  outside = new Outside(app);
  const inSector = (sectorIdentifier: string) => app.addClient({ subjectType: 'pairwise', sectorIdentifier });
  here = await inSector('client.example');
  beside = await inSector('client.example');
  there = await inSector('other.example');
  open = await app.addClient();
});
afterAll(() => app.close());

async function tokens(client: TestClient | undefined, browser = outside) {
  if (client === undefined) throw new Error('no client');
  const answer = await browser.logIn(client, { prompt: 'consent' });
  const [access, id, refresh] = ['access_token', 'id_token', 'refresh_token'].map((name) => textOf(answer, name));
  return { access: access ?? '', id: id ?? '', refresh: refresh ?? '', sub: decodeJwt(id ?? '').sub ?? '' };
}
const userinfo = (token: string): Promise<Response> =>
  fetch(`${app.url}/userinfo`, { headers: { authorization: `Bearer ${token}` } });
const person = async (): Promise<string> => String((await app.sql('SELECT sub FROM auth.users'))[0]?.['sub']);

describe('OpenID Connect Core §8.1 a pairwise subject', () => {
  it('is one in its sector, another in another, and never the person', async () => {
    const [one, two, three, four] = [await tokens(here), await tokens(beside), await tokens(there), await tokens(open)];
    expect(one.sub).toMatch(PAIRWISE);
    expect(two.sub).toBe(one.sub);
    expect(three.sub).not.toBe(one.sub);
    expect(four.sub).toBe(await person());
    expect(four.sub).toMatch(UUID);
  });

  it('is the same at the next log-in, in the access token, after a refresh, at userinfo and at /introspect', async () => {
    if (here === undefined) throw new Error('no client');
    const first = await tokens(here);
    const { access, refresh, sub } = await tokens(here, new Outside(app));
    expect(sub).toBe(first.sub);
    expect(decodeJwt(access).sub).toBe(sub);
    const refreshed = await outside.refresh(here, refresh);
    expect(decodeJwt(textOf(refreshed, 'id_token')).sub).toBe(sub);
    expect(recordOf(await (await userinfo(access)).json())).toEqual({ sub });
    expect((await outside.introspect(here, access)).json['sub']).toBe(sub);
    expect((await outside.introspect(here, textOf(refreshed, 'refresh_token'))).json['sub']).toBe(sub);
    for (const token of [access, textOf(refreshed, 'id_token')])
      expect(JSON.stringify(decodeJwt(token))).not.toContain(await person());
  });

  it('is what the claims parameter and a hint name (§5.5.1, §3.1.2.1)', async () => {
    if (here === undefined) throw new Error('no client');
    const { sub, id } = await tokens(here);
    const silently = async (words: Record<string, string>) => {
      const { location } = await outside.browser.get(authorizePath(here as TestClient, { prompt: 'none', ...words }));
      return new URL(location).searchParams.get('error') ?? 'code';
    };
    const naming = (value: string) => ({ claims: JSON.stringify({ id_token: { sub: { value } } }) });
    expect(await silently(naming(await person()))).toBe('login_required');
    for (const words of [naming(sub), { id_token_hint: id }]) expect(await silently(words)).not.toBe('login_required');
  });

  it('is all that tells the person: of two log-ins nothing else is shared; of one the session, by which it is revoked', async () => {
    const shared = (one: string, other: string) => {
      const [left, right] = [decodeJwt(one), decodeJwt(other)];
      const same = Object.keys(left).filter((name) => typeof left[name] === 'string' && left[name] === right[name]);
      return same.toSorted();
    };
    const [one, other] = [await tokens(here), await tokens(there)];
    const elsewhere = await tokens(there, new Outside(app));
    for (const kind of ['access', 'id'] as const) {
      const always = kind === 'access' ? ['acr', 'iss', 'scope'] : ['acr', 'iss'];
      expect(shared(one[kind], elsewhere[kind])).toEqual(always);
      expect(shared(one[kind], other[kind])).toEqual([...always, 'sid'].toSorted());
    }
  });
});

describe('revocation.md V3 whoever revokes a person revokes what speaks of them under any name', () => {
  it('by one entry for each sub, in one transaction, and guards, userinfo and /introspect refuse all of it', async () => {
    if (here === undefined || there === undefined || open === undefined) throw new Error('no client');
    const guard = await app.world.addGuard();
    const held = [await tokens(here), await tokens(there), await tokens(open)];
    const match = (token: string) => {
      const {
        jti = '',
        sub = '',
        client_id,
        gen,
        sid,
        grant_id,
      } = decodeJwt<{
        client_id: string;
        gen: { iss: number; cli: number; sub: number };
        sid: string;
        grant_id: string;
      }>(token);
      return guard.membership.match({ jti, sub, client_id, gen, sid, grant_id }, 'a-key');
    };
    for (const { access } of held) expect(match(access)).toBeUndefined();

    const endings = new PostgresPersonEndings(
      new Revoking(app.database, (...said) => {
        app.world.revocation.onRevoked(...said);
      }),
    );
    await endings.disable(await person(), ACT, () => undefined);
    const entries = await app.sql("SELECT value, generation FROM auth.revocations WHERE kind = 'subject'");
    expect(entries.map(({ value }) => value).toSorted()).toEqual(held.map(({ sub }) => sub).toSorted());
    expect(new Set(entries.map(({ generation }) => generation)).size).toBe(1);
    await until(() => held.every(({ access }) => match(access) === 'subject'), 'the guard has applied every entry');
    await app.sql('UPDATE auth.users SET enabled = true');
    for (const { access } of held) expect((await userinfo(access)).status).toBe(401);
    expect((await outside.introspect(here, held[0]?.access ?? '')).json).toEqual({ active: false });
    expect((await outside.refresh(here, held[0]?.refresh ?? '')).status).toBe(400);
  });

  it('and nothing that begins after: who logs in again is served, under the same name', async () => {
    const { access, sub } = await tokens(here, new Outside(app));
    expect((await userinfo(access)).status).toBe(200);
    expect(decodeJwt<{ gen: { sub: number } }>(access).gen.sub).toBe(1);
    expect(sub).toMatch(PAIRWISE);
  });

  it('by the pairwise name too, which the register of an operator knows (admin-api.md `/revocations`)', async () => {
    const [one, other] = [await tokens(here, new Outside(app)), await tokens(open, new Outside(app))];
    const records = await app.world.revocations.revoke({
      kind: 'subject',
      value: one.sub,
      address: '192.0.2.1',
      ...ACT,
    });
    if (records === 'unknown') throw new Error('unknown');
    expect(records[0]?.value).toBe(one.sub);
    expect(records.map(({ value }) => value)).toContain(await person());
    for (const { access } of [one, other]) expect((await userinfo(access)).status).toBe(401);
  });

  it('and whoever explains such a token finds the person and the entry', async () => {
    const { access } = await tokens(here, new Outside(app));
    const standings = new PostgresTokenStandings(app.database);
    const claims = decodeJwt<Parameters<typeof standings.standingOf>[0]>(access);
    expect(await standings.standingOf(claims, 'a-key')).toMatchObject({ revocations: [], person: { enabled: true } });
    await app.world.revocations.revoke({ kind: 'subject', value: await person(), address: '192.0.2.1', ...ACT });
    expect((await standings.standingOf(claims, 'a-key')).revocations.map(({ kind }) => kind)).toEqual(['subject']);
  });

  it('and whoever deletes the person too', async () => {
    const { access } = await tokens(here, new Outside(app));
    expect((await userinfo(access)).status).toBe(200);
    await new PostgresPersonEndings(new Revoking(app.database, () => undefined)).delete(
      await person(),
      ACT,
      () => undefined,
    );
    expect((await userinfo(access)).status).toBe(401);
    const { jti = '', sub = '' } = decodeJwt(access);
    expect(jti).not.toBe('');
    const rows = await app.sql(
      "SELECT max(generation) AS g FROM auth.revocations WHERE kind = 'subject' AND value = $1",
      [sub],
    );
    expect(rows[0]?.['g']).toBe(4);
  });
});
