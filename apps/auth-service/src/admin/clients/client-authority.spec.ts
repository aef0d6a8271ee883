import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { fifty, tally } from '../../persistence/postgres/testing/open-test-database.js';
import { ADMIN_SCOPE_NAMES } from '../admin-scopes.js';
import type { Wire } from '../test/admin-bench.js';
import { clientBench, type ClientBench, CLIENTS, type CreatedClient, memberOf } from '../test/client-bench.js';

let bench: ClientBench;
beforeAll(async () => {
  bench = await clientBench();
});
afterAll(() => bench.close());
/** Nobody administers when a test begins. */
beforeEach(async () => {
  await bench.sql(`UPDATE auth.clients SET allowed_scope = '{}'`);
});

const ALL = ADMIN_SCOPE_NAMES.join(' ');
const WITHOUT_ONE = ADMIN_SCOPE_NAMES.filter((name) => name !== 'audit:read').join(' ');
const onlySecret = async ({ path }: CreatedClient): Promise<string> => {
  const items = memberOf((await bench.ask('GET', `${path}/secrets`)).json, 'items');
  return Array.isArray(items) && items.length > 0 ? String(memberOf(items[0], 'secret_id')) : randomUUID();
};
const row = (clientId: string): Promise<unknown> =>
  bench.sql('SELECT c::text FROM auth.clients c WHERE client_id = $1', [clientId]);

/** Each way in which somebody stops administering. */
const LOSSES: readonly (readonly [string, (client: CreatedClient) => Promise<Wire>])[] = [
  ['disabled', ({ path }) => bench.ask('POST', `${path}/disable`)],
  ['deleted', ({ path }) => bench.ask('DELETE', path)],
  ['stripped of one scope', ({ path }) => bench.ask('PATCH', path, { body: { scope: WITHOUT_ONE } })],
  ['stripped by a PUT', ({ path }) => bench.ask('PUT', path, { body: { grant_types: ['client_credentials'] } })],
  [
    'made public',
    ({ path }) =>
      bench.ask('PUT', path, { body: { redirect_uris: ['https://a.example/'], token_endpoint_auth_method: 'none' } }),
  ],
  ['without a secret', async (client) => bench.ask('DELETE', `${client.path}/secrets/${await onlySecret(client)}`)],
];

describe('A2 the last client that holds all admin scopes cannot be lost', () => {
  it.each(LOSSES)('%s: 409 while nobody else can come in, and nothing is done', async (_how, lose) => {
    const last = await bench.createAdmin();
    // None of these could take its place.
    const disabled = await bench.createAdmin();
    const silent = await bench.createAdmin();
    await bench.createAdmin({ scope: WITHOUT_ONE });
    expect((await bench.ask('POST', `${disabled.path}/disable`)).status).toBe(200);
    expect((await bench.ask('DELETE', `${silent.path}/secrets/${await onlySecret(silent)}`)).status).toBe(200);
    const before = await row(last.clientId);
    const wire = await lose(last);
    expect([wire.status, wire.text.includes('last client')]).toEqual([409, true]);
    expect(await row(last.clientId)).toEqual(before);
    expect((await bench.audited(last.clientId)).map(({ kind }) => kind)[0]).toBe('client.created');
    expect(await bench.sql('SELECT 1 FROM auth.revocations WHERE value = $1', [last.clientId])).toEqual([]);
    // With another one there, it may go.
    await bench.ask('POST', `${disabled.path}/enable`);
    expect((await lose(last)).status).toBe(200);
  });

  it('may change whatever leaves it an administrator, and lose a secret while another lives', async () => {
    const last = await bench.createAdmin();
    const secret = await onlySecret(last);
    expect((await bench.ask('PATCH', last.path, { body: { client_name: 'The last' } })).status).toBe(200);
    expect((await bench.ask('PATCH', last.path, { body: { scope: `${ALL} notes:read` } })).status).toBe(200);
    expect((await bench.ask('POST', `${last.path}/secrets`)).status).toBe(201);
    expect((await bench.ask('DELETE', `${last.path}/secrets/${secret}`)).status).toBe(200);
  });

  it.each(LOSSES.map(([how], index) => [how, index] as const))(
    'of 50 at once on two of them, by every way (%s first), one is left',
    async (_how, first) => {
      const two = [await bench.createAdmin(), await bench.createAdmin()] as const;
      const wires = await fifty(async (index) => {
        const [, lose] = LOSSES[(first + (index >> 1)) % LOSSES.length] ?? LOSSES[0] ?? [];
        const client = two[index % 2] ?? two[0];
        if (lose === undefined) throw new Error('there is no way');
        return lose(client);
      });
      for (const { status } of wires) expect([200, 404, 409]).toContain(status);
      const left = await bench.sql(
        `SELECT 1 FROM auth.clients c WHERE enabled AND deleted_at IS NULL AND allowed_scope @> $1
         AND EXISTS (SELECT FROM auth.client_secrets s WHERE s.client_id = c.client_id)`,
        [ADMIN_SCOPE_NAMES],
      );
      expect(left).toHaveLength(1);
    },
  );

  it('of 50 that each disable one of two, and nothing else, exactly one is disabled', async () => {
    const two = [await bench.createAdmin(), await bench.createAdmin()] as const;
    await fifty((index) => bench.ask('POST', `${(two[index % 2] ?? two[0]).path}/disable`));
    const rows = await bench.sql('SELECT enabled FROM auth.clients WHERE client_id = ANY ($1)', [
      two.map(({ clientId }) => clientId),
    ]);
    expect(tally(rows.map(({ enabled }) => String(enabled)))).toEqual({ true: 1, false: 1 });
  });
});

describe('A2 the caller’s scopes ⊇ the target’s, before and after, also at the commit', () => {
  const WEAK = ['clients:write', 'clients:read'] as const;
  const refusedFor = (wire: Wire, scope: string): void => {
    expect([wire.status, wire.headers.get('www-authenticate')]).toEqual([
      403,
      expect.stringMatching(`error="insufficient_scope".*scope="${scope}"`),
    ]);
  };

  it('is judged before the body is looked at, and after whether there is such a client', async () => {
    const admin = await bench.createAdmin({ scope: 'keys:write' });
    for (const method of ['PUT', 'PATCH']) {
      const wire = await bench.ask(method, admin.path, { body: { colour: 'red', scope: 7 }, ...bench.as(WEAK) });
      refusedFor(wire, 'keys:write');
      const nobody = `${CLIENTS}/${'f'.repeat(32)}`;
      expect((await bench.ask(method, nobody, { body: { scope: ALL }, ...bench.as(WEAK) })).status).toBe(404);
    }
  });

  it('lets nobody raise a client above itself, nor take from one what it does not hold', async () => {
    const { path, clientId } = await bench.create({ scope: 'clients:read' });
    const before = await row(clientId);
    refusedFor(await bench.ask('PATCH', path, { body: { scope: 'keys:read' }, ...bench.as(WEAK) }), 'keys:read');
    expect(await row(clientId)).toEqual(before);
    await bench.ask('PATCH', path, { body: { scope: 'keys:read' } });
    refusedFor(await bench.ask('PATCH', path, { body: { scope: '' }, ...bench.as(WEAK) }), 'keys:read');
    expect((await bench.ask('PATCH', path, { body: { scope: '' } })).status).toBe(200);
    expect((await bench.ask('PATCH', path, { body: { scope: 'clients:read' }, ...bench.as(WEAK) })).status).toBe(200);
  });

  it.each<[string, (path: string) => Promise<Wire>]>([
    ['PATCH', (path) => bench.ask('PATCH', path, { body: { redirect_uris: [] }, ...bench.as(WEAK) })],
    ['DELETE', (path) => bench.ask('DELETE', path, bench.as(WEAK))],
    ['POST secrets', (path) => bench.ask('POST', `${path}/secrets`, bench.as(WEAK))],
    ['POST disable', (path) => bench.ask('POST', `${path}/disable`, bench.as(WEAK))],
  ])('%s: somebody raises the client between the question and the commit', async (_what, write) => {
    const { path, clientId } = await bench.create();
    let wire: Promise<Wire> | undefined;
    await bench.test.database.transaction(async (statements) => {
      await statements.run(`UPDATE auth.clients SET allowed_scope = '{keys:write}' WHERE client_id = $1`, [clientId]);
      wire = write(path);
      for (let waiting = 0; waiting < 1;) {
        const { rows } = await bench.test.database.run(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        waiting = rows.length;
      }
    });
    if (wire === undefined) throw new Error('nothing was asked');
    refusedFor(await wire, 'keys:write');
    const events = await bench.audited(clientId);
    expect(events.map(({ outcome }) => outcome)).toEqual(['done', 'refused']);
    expect(await bench.sql('SELECT 1 FROM auth.client_secrets WHERE client_id = $1', [clientId])).toHaveLength(1);
  });
});
