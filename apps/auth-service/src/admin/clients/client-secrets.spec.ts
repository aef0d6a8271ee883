import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { digestOf } from '@latchkey/protocol';
import { dumpOf } from '../../persistence/postgres/testing/database-dump.js';
import { fifty, tally } from '../../persistence/postgres/testing/open-test-database.js';
import type { Wire } from '../test/admin-bench.js';
import { clientBench, type ClientBench, CLIENTS, memberOf } from '../test/client-bench.js';

let bench: ClientBench;
beforeAll(async () => {
  bench = await clientBench();
});
afterAll(() => bench.close());

const secretsOf = async (path: string): Promise<readonly { secret_id: string; created_at: number }[]> =>
  ((await bench.ask('GET', `${path}/secrets`)).json as { items: { secret_id: string; created_at: number }[] }).items;
const digestsOf = async (clientId: string): Promise<readonly unknown[]> =>
  (await bench.sql('SELECT digest::text FROM auth.client_secrets WHERE client_id = $1', [clientId])).map(
    ({ digest }) => digest,
  );
const add = (path: string, headers: Record<string, string> = {}): Promise<Wire> =>
  bench.ask('POST', `${path}/secrets`, { headers });

describe('admin-api /clients/{client_id}/secrets: two may live at once', () => {
  it('refuses a third with 409, a body with 400, and a client that is not there with 404', async () => {
    const { path, clientId } = await bench.create();
    expect((await bench.ask('POST', `${path}/secrets`, { body: { client_secret: 'a'.repeat(64) } })).status).toBe(400);
    expect((await add(path)).status).toBe(201);
    const before = await digestsOf(clientId);
    const third = await add(path);
    expect([third.status, third.text.includes('client_secret')]).toEqual([409, false]);
    expect(await digestsOf(clientId)).toEqual(before);
    for (const method of ['POST', 'GET']) {
      expect((await bench.ask(method, `${CLIENTS}/${'f'.repeat(32)}/secrets`)).status).toBe(404);
    }
    for (const id of [randomUUID(), 'x', 'F'.repeat(32), '%00']) {
      expect((await bench.ask('DELETE', `${path}/secrets/${id}`)).status).toBe(404);
    }
  });

  it('refuses the secret of another client, which stays', async () => {
    const [one, other] = [await bench.create(), await bench.create()];
    const [secret] = await secretsOf(other.path);
    expect((await bench.ask('DELETE', `${one.path}/secrets/${secret?.secret_id ?? ''}`)).status).toBe(404);
    expect(await digestsOf(other.clientId)).toEqual([digestOf(other.secret)]);
  });

  it('of 50 at once one finds the place that is left', async () => {
    const { path, clientId } = await bench.create();
    const wires = await fifty(() => add(path));
    expect(tally(wires.map(({ status }) => String(status)))).toEqual({ 201: 1, 409: 49 });
    expect(await digestsOf(clientId)).toHaveLength(2);
    const done = (await bench.audited(clientId)).filter(({ outcome }) => outcome === 'done');
    expect(done.map(({ kind }) => kind)).toEqual(['client.created', 'client_secret.created']);
  });

  it('of 50 at once that make and delete, never more than two live, and each is in the trail', async () => {
    const { path, clientId } = await bench.create();
    const wires = await fifty(async (index) => {
      if (index % 2 === 0) return add(path);
      const [oldest] = await secretsOf(path);
      return bench.ask('DELETE', `${path}/secrets/${oldest?.secret_id ?? randomUUID()}`);
    });
    for (const { status } of wires) expect([200, 201, 404, 409]).toContain(status);
    const kinds = tally(
      (await bench.audited(clientId)).filter(({ outcome }) => outcome === 'done').map(({ kind }) => kind),
    );
    const live = 1 + (kinds['client_secret.created'] ?? 0) - (kinds['client_secret.deleted'] ?? 0);
    expect(await digestsOf(clientId)).toHaveLength(live);
    expect(live).toBeLessThanOrEqual(2);
    expect(await bench.generation(clientId)).toBe(kinds['client_secret.deleted'] ?? 0);
  });

  it('shows the secret in the answer of its creation, and nowhere else', async () => {
    const { path, clientId, secret: first } = await bench.create();
    const wire = await add(path, { 'idempotency-key': randomUUID() });
    const { secret_id, client_secret, created_at } = wire.json as Record<string, string>;
    expect(wire.json).toEqual({ secret_id, client_secret, created_at, client_secret_expires_at: 0 });
    expect(client_secret).toMatch(/^[0-9a-f]{64}$/);
    expect(wire.headers.get('location')).toBe(`${path}/secrets/${secret_id ?? ''}`);
    expect(await digestsOf(clientId)).toContain(digestOf(client_secret ?? ''));
    const list = await bench.ask('GET', `${path}/secrets`);
    expect(list.json).toMatchObject({ items: [{}, { secret_id, created_at }], next: null });
    const texts = [
      list.text,
      (await bench.ask('GET', path)).text,
      bench.bench.logged(),
      await dumpOf(bench.test.database),
    ];
    for (const text of texts) for (const secret of [first, client_secret]) expect(text).not.toContain(secret);
    for (const text of texts.slice(0, 3)) expect(text).not.toContain(digestOf(client_secret ?? ''));
  });

  it('A5 lists them page by page', async () => {
    const { path } = await bench.create();
    await add(path);
    const first = await bench.ask('GET', `${path}/secrets?limit=1`);
    const next = String(memberOf(first.json, 'next'));
    const second = await bench.ask('GET', `${path}/secrets?limit=1&after=${next}`);
    expect(memberOf(second.json, 'next')).toBeNull();
    const all = [first, second].flatMap(({ json }) => memberOf(json, 'items'));
    expect(all).toEqual(await secretsOf(path));
    expect((await bench.ask('GET', `${path}/secrets?after=abc`)).status).toBe(400);
  });
});

describe('A9 DELETE of a secret', () => {
  it('takes it away with everything that was given, says so, and has a tag', async () => {
    const { path, clientId } = await bench.create();
    const made = await add(path);
    const [oldest] = await secretsOf(path);
    const at = `${path}/secrets/${oldest?.secret_id ?? ''}`;
    const stale = { 'if-match': made.headers.get('etag') ?? '' };
    expect((await bench.ask('DELETE', at, { headers: stale })).status).toBe(412);
    bench.world.receipts.length = 0;
    const wire = await bench.ask('DELETE', at, { headers: { prefer: 'wait=10' } });
    expect(wire.status).toBe(200);
    expect(wire.headers.get('preference-applied')).toBe('wait=10');
    expect(wire.json).toMatchObject({ ...oldest, revocation: { kind: 'client', state: 'applied', receipt: {} } });
    expect(bench.world.receipts).toEqual([true]);
    expect(await bench.generation(clientId)).toBe(1);
    expect(await digestsOf(clientId)).toEqual([digestOf(String(memberOf(made.json, 'client_secret')))]);
    expect((await bench.ask('DELETE', at)).status).toBe(404);
    expect(await bench.generation(clientId)).toBe(1);
  });

  it('also the last one of a client that administers nothing: it can be given another', async () => {
    const { path, clientId } = await bench.create();
    const [only] = await secretsOf(path);
    expect((await bench.ask('DELETE', `${path}/secrets/${only?.secret_id ?? ''}`)).status).toBe(200);
    expect(await digestsOf(clientId)).toEqual([]);
    expect((await add(path)).status).toBe(201);
  });
});

describe('A6 what is created once, however often it is asked for', () => {
  it('of 20 identical POSTs of a client at once one makes it; the others hear 409, which, and how to get a secret', async () => {
    const [headers, body] = [
      { 'idempotency-key': randomUUID() },
      { grant_types: ['client_credentials'], client_name: 'Once' },
    ];
    const ask = (): Promise<Wire> => bench.ask('POST', CLIENTS, { body, headers });
    const wires = await Promise.all(Array.from({ length: 20 }, ask));
    expect(tally(wires.map(({ status }) => String(status)))).toEqual({ 201: 1, 409: 19 });
    const made = wires.find(({ status }) => status === 201);
    const location = made?.headers.get('location');
    for (const wire of [...wires.filter((each) => each !== made), await ask()]) {
      expect([wire.status, wire.headers.get('location')]).toEqual([409, location]);
      expect(memberOf(wire.json, 'detail')).toMatch(/POST .*\/secrets/);
      expect(wire.text).not.toContain(String(memberOf(made?.json, 'client_secret')));
    }
    expect(await bench.sql(`SELECT 1 FROM auth.clients WHERE client_name = 'Once'`)).toHaveLength(1);
    expect((await bench.ask('POST', CLIENTS, { body: { ...body, client_name: 'Twice' }, headers })).status).toBe(422);
  });

  it('a public client has no secret: its creation is answered again, byte for byte', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const body = { redirect_uris: ['https://a.example/'], token_endpoint_auth_method: 'none' };
    const [first, again] = [
      await bench.ask('POST', CLIENTS, { body, headers }),
      await bench.ask('POST', CLIENTS, { body, headers }),
    ];
    expect([again.status, again.text, again.headers.get('location')]).toEqual([
      ...[201, first.text, first.headers.get('location')],
    ]);
  });

  it('of 20 identical POSTs of a secret at once one makes it, and nobody is told that there is no place', async () => {
    const { path, clientId } = await bench.create();
    const headers = { 'idempotency-key': randomUUID() };
    const wires = await Promise.all(Array.from({ length: 20 }, () => add(path, headers)));
    expect(tally(wires.map(({ status }) => String(status)))).toEqual({ 201: 1, 409: 19 });
    const location = wires.find(({ status }) => status === 201)?.headers.get('location');
    for (const wire of wires) expect(wire.headers.get('location')).toBe(location);
    expect(await digestsOf(clientId)).toHaveLength(2);
  });

  it('keeps nothing of a secret that found no place: with one free again the same key makes it', async () => {
    const { path } = await bench.create();
    await add(path);
    const headers = { 'idempotency-key': randomUUID() };
    expect((await add(path, headers)).status).toBe(409);
    const [oldest] = await secretsOf(path);
    await bench.ask('DELETE', `${path}/secrets/${oldest?.secret_id ?? ''}`);
    expect((await add(path, headers)).status).toBe(201);
  });
});
