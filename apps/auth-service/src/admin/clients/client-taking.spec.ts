import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { AccessTokenClaims } from '@latchkey/tokens';
import { decodeJwt } from 'jose';
import type { TestGuard } from '../../test/guarded-world.js';
import { Outside, REDIRECT_URI, authorizePath } from '../../http/test/outside.js';
import { startProtocolApp, type ProtocolApp, type TestClient } from '../../http/test/protocol-app.js';
import { adminBench, type AdminBench, type Wire } from '../test/admin-bench.js';
import { clientParts, CLIENTS, memberOf } from '../test/client-bench.js';

const SCOPE = 'openid notes:read notes:write';
/** What a client has been given, every way that there is. */
interface Given {
  readonly client: TestClient;
  readonly path: string;
  readonly access: string;
  readonly refresh: string;
  readonly machine: string;
  readonly unredeemed: Awaited<ReturnType<Outside['authorize']>>;
}

let app: ProtocolApp;
let bench: AdminBench;
let outside: Outside;
let guard: TestGuard;
beforeAll(async () => {
  app = await startProtocolApp();
  bench = await adminBench(clientParts(app.database, app.world));
  guard = await app.world.addGuard();
});
afterAll(async () => {
  await bench.close();
  await app.close();
});
beforeEach(() => {
  outside = new Outside(app);
});

const given = async (): Promise<Given> => {
  const client = await app.addClient();
  const { json } = await outside.logIn(client, { scope: SCOPE });
  const machine = await outside.machine(client, { scope: 'notes:read' });
  return {
    ...{ client, path: `${CLIENTS}/${client.clientId}` },
    access: String(json['access_token']),
    refresh: String(json['refresh_token']),
    machine: String(machine.json['access_token']),
    unredeemed: await outside.authorize(client, { scope: SCOPE }),
  };
};

/** Whether a guard that has heard what the answer told admits it, as far as revocation is asked. */
const stands = (token: string): boolean =>
  guard.membership.match(decodeJwt<AccessTokenClaims>(token), 'a kid') === undefined;
const secretId = async (path: string): Promise<string> => {
  const items = memberOf((await bench.ask('GET', `${path}/secrets`)).json, 'items') as { secret_id: string }[];
  return items[0]?.secret_id ?? '';
};
const WAIT = { prefer: 'wait=10' };
const patch = (path: string, body: unknown): Promise<Wire> => bench.ask('PATCH', path, { body, headers: WAIT });

const TAKINGS: readonly (readonly [string, (given: Given) => Promise<Wire>])[] = [
  ['disabled', ({ path }) => bench.ask('POST', `${path}/disable`, { headers: WAIT })],
  ['deleted', ({ path }) => bench.ask('DELETE', path, { headers: WAIT })],
  [
    'its secret deleted',
    async ({ path }) => bench.ask('DELETE', `${path}/secrets/${await secretId(path)}`, { headers: WAIT }),
  ],
  ['a scope removed', ({ path }) => patch(path, { scope: 'openid notes:read' })],
  ['a grant type removed', ({ path }) => patch(path, { grant_types: ['authorization_code', 'client_credentials'] })],
  ['another authentication method', ({ path }) => patch(path, { token_endpoint_auth_method: 'client_secret_post' })],
  [
    'replaced by a whole that has less',
    ({ path }) =>
      bench.ask('PUT', path, { body: { redirect_uris: [REDIRECT_URI], scope: 'openid notes:read' }, headers: WAIT }),
  ],
];

describe('A9 what is taken away is revoked with what was given under it', () => {
  it.each(TAKINGS)(
    '%s: no token, refresh token or code from before survives, and the answer says so',
    async (_how, take) => {
      const before = await given();
      expect([stands(before.access), stands(before.machine)]).toEqual([true, true]);
      const wire = await take(before);
      expect(wire.status).toBe(200);
      expect(wire.json).toMatchObject({ revocation: { kind: 'client', state: 'applied', receipt: { confirmed: 2 } } });
      expect([stands(before.access), stands(before.machine)]).toEqual([false, false]);
      // Whatever the client may still do, and with a secret that surely works, nothing from before gives anything.
      const { clientId } = before.client;
      const restored = await app.addClient();
      await app.sql('DELETE FROM auth.client_secrets WHERE client_id = $1', [clientId]);
      await app.sql('UPDATE auth.client_secrets SET client_id = $1 WHERE client_id = $2', [
        clientId,
        restored.clientId,
      ]);
      await app.sql(
        `UPDATE auth.clients SET enabled = true, deleted_at = NULL, token_endpoint_auth_method = 'client_secret_basic',
         grant_types = '{authorization_code,refresh_token,client_credentials}' WHERE client_id = $1`,
        [clientId],
      );
      const client = { clientId, secret: restored.secret };
      const refreshed = await outside.refresh(client, before.refresh);
      const redeemed = await outside.redeem(client, before.unredeemed);
      expect([refreshed.json['error'], redeemed.json['error']]).toEqual(['invalid_grant', 'invalid_grant']);
      // And what begins after it is served.
      const after = await outside.logIn(client, { scope: 'openid notes:read' });
      expect(after.status).toBe(200);
      expect(stands(String(after.json['access_token']))).toBe(true);
    },
  );

  it.each<[string, (given: Given) => Promise<Wire>]>([
    ['a name', ({ path }) => patch(path, { client_name: 'Another' })],
    ['a scope more', ({ path }) => patch(path, { scope: `${SCOPE} offline_access mail:read` })],
    ['a redirect URI more', ({ path }) => patch(path, { redirect_uris: [REDIRECT_URI, 'https://b.example/'] })],
    ['another secret', ({ path }) => bench.ask('POST', `${path}/secrets`)],
    ['enabled, as it was', ({ path }) => bench.ask('POST', `${path}/enable`)],
  ])('%s takes nothing', async (_what, change) => {
    const before = await given();
    const { status, json } = await change(before);
    expect(status === 201 || memberOf(json, 'revocation') === null).toBe(true);
    expect([stands(before.access), stands(before.machine)]).toEqual([true, true]);
    expect((await outside.refresh(before.client, before.refresh)).status).toBe(200);
    expect((await outside.redeem(before.client, before.unredeemed)).status).toBe(200);
  });

  it('a redirect URI removed ends no token, and redeems no code that was sent there', async () => {
    const before = await given();
    const { json } = await patch(before.path, { redirect_uris: ['https://b.example/'] });
    expect(json).toMatchObject({ revocation: null });
    expect(stands(before.access)).toBe(true);
    expect((await outside.refresh(before.client, before.refresh)).status).toBe(200);
    const redeemed = await outside.redeem(before.client, before.unredeemed);
    expect([redeemed.status, redeemed.json['error']]).toEqual([400, 'invalid_grant']);
    // It was refused, not used up: with the URI back the same code is good.
    await patch(before.path, { redirect_uris: [REDIRECT_URI] });
    expect((await outside.redeem(before.client, before.unredeemed)).status).toBe(200);
  });

  it('a client that is disabled and enabled begins anew, and a second disabling tells what stands', async () => {
    const before = await given();
    const first = await bench.ask('POST', `${before.path}/disable`);
    expect(first.json).toMatchObject({ enabled: false, revocation: { state: 'committed' } });
    const again = await bench.ask('POST', `${before.path}/disable`, { headers: WAIT });
    expect(memberOf(memberOf(again.json, 'revocation'), 'id')).toBe(memberOf(memberOf(first.json, 'revocation'), 'id'));
    expect((await outside.machine(before.client)).status).toBe(401);
    const enabled = await bench.ask('POST', `${before.path}/enable`, { raw: '{}' });
    expect(enabled.json).toMatchObject({ enabled: true, revocation: null });
    expect(stands(before.machine)).toBe(false);
    const fresh = await outside.machine(before.client, { scope: 'notes:read' });
    expect(stands(String(fresh.json['access_token']))).toBe(true);
  });
});

describe('A10 a client that is deleted is nobody, from one transaction on', () => {
  it('is 404 at every path, in no list, and can neither come in nor be asked about', async () => {
    const { path, client } = await given();
    const deleted = await bench.ask('DELETE', path, { raw: '{}' });
    expect(deleted.json).toMatchObject({ client_id: client.clientId, enabled: false, revocation: { kind: 'client' } });
    const nobody = `${CLIENTS}/${randomBytes(16).toString('hex')}`;
    for (const [method, more] of [
      ...(['GET', 'PUT', 'PATCH', 'DELETE'] as const).map((each) => [each, ''] as const),
      ...([
        ['POST', '/disable'],
        ['POST', '/enable'],
        ['GET', '/secrets'],
        ['POST', '/secrets'],
      ] as const),
    ]) {
      const request = method === 'PUT' || method === 'PATCH' ? { body: { client_name: 'x' } } : {};
      const [wire, unknown] = [
        await bench.ask(method, `${path}${more}`, request),
        await bench.ask(method, `${nobody}${more}`, request),
      ];
      expect([method, more, wire.status, wire.text]).toEqual([method, more, 404, unknown.text]);
    }
    for (let after: string | null = ''; after !== null;) {
      const { json }: Wire = await bench.ask('GET', `${CLIENTS}?limit=200${after === '' ? '' : `&after=${after}`}`);
      expect(JSON.stringify(json)).not.toContain(client.clientId);
      after = memberOf(json, 'next') as string | null;
    }
    expect((await outside.machine(client)).json['error']).toBe('invalid_client');
    expect((await outside.revoke(client, 'x')).status).toBe(401);
    const page = await outside.browser.get(authorizePath(client));
    expect([page.status, page.location]).toEqual([400, '']);
    const rows = await app.sql(
      `SELECT enabled, deleted_at IS NOT NULL AS deleted, generation,
         (SELECT count(*)::int FROM auth.client_secrets s WHERE s.client_id = c.client_id) AS secrets,
         (SELECT count(*)::int FROM auth.revocations r WHERE r.value = c.client_id) AS revocations
       FROM auth.clients c WHERE client_id = $1`,
      [client.clientId],
    );
    expect(rows).toEqual([{ enabled: false, deleted: true, generation: 1, secrets: 0, revocations: 1 }]);
  });

  it('commits all of it or nothing, and says 500 or 503 then', async () => {
    const { path, client, machine } = await given();
    await app.sql(`CREATE FUNCTION auth.fail() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'the spec broke it' USING ERRCODE = '58000'; END $$`);
    await app.sql('CREATE TRIGGER fail BEFORE INSERT ON auth.audit_events EXECUTE FUNCTION auth.fail()');
    expect((await bench.ask('DELETE', path)).status).toBe(503);
    await app.sql('DROP TRIGGER fail ON auth.audit_events');
    expect((await bench.ask('GET', path)).json).toMatchObject({ enabled: true });
    expect([stands(machine), (await outside.machine(client, { scope: 'notes:read' })).status]).toEqual([true, 200]);
  });
});
