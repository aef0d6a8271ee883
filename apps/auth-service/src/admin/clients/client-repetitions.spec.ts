import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { clientBench, type ClientBench, CLIENTS, memberOf } from '../test/client-bench.js';

let bench: ClientBench;
beforeAll(async () => {
  bench = await clientBench();
});
afterAll(() => bench.close());

const keyed = (): { 'idempotency-key': string } => ({ 'idempotency-key': `"${randomUUID()}"` });
const clientsThere = async (): Promise<number> =>
  Number((await bench.sql('SELECT count(*)::int AS there FROM auth.clients'))[0]?.['there']);

describe('A6 a repetition is answered to whoever could do it now', () => {
  it('A2 tells a weaker token of the same client nothing of the client that a fuller one made', async () => {
    const headers = keyed();
    const body = { grant_types: ['client_credentials'], scope: 'keys:write' };
    expect((await bench.ask('POST', CLIENTS, { body, headers })).status).toBe(201);
    const weaker = await bench.ask('POST', CLIENTS, { body, headers, ...bench.as(['clients:write']) });
    expect([weaker.status, weaker.headers.get('location')]).toEqual([403, null]);
    expect(weaker.text).not.toContain(CLIENTS);
    expect((await bench.ask('POST', CLIENTS, { body, headers })).status).toBe(409);
  });

  it('A2 tells it nothing of a secret of a stronger client', async () => {
    const [admin, headers] = [await bench.createAdmin(), keyed()];
    expect((await bench.ask('POST', `${admin.path}/secrets`, { headers })).status).toBe(201);
    const weaker = await bench.ask('POST', `${admin.path}/secrets`, { headers, ...bench.as(['clients:write']) });
    expect([weaker.status, weaker.headers.get('location')]).toEqual([403, null]);
  });
});

describe('A6 a repetition', () => {
  it('makes no key: neither one that is told again nor one that says something else', async () => {
    const headers = keyed();
    const body = (algorithm: string) => ({
      ...{ grant_types: ['authorization_code'], redirect_uris: ['https://app.example/cb'], scope: 'openid' },
      id_token_signed_response_alg: algorithm,
    });
    const { world } = bench.bench;
    expect((await bench.ask('POST', CLIENTS, { headers, body: body('PS256') })).status).toBe(201);
    world.ensured = [];
    expect((await bench.ask('POST', CLIENTS, { headers, body: body('PS256') })).status).toBe(409);
    expect((await bench.ask('POST', CLIENTS, { headers, body: body('EdDSA') })).status).toBe(422);
    expect(world.ensured).toEqual([]);
  });
});

describe('A6 one thing has one path and one body', () => {
  it('makes one client, however the path is written', async () => {
    const [headers, before] = [keyed(), await clientsThere()];
    const body = { grant_types: ['client_credentials'], scope: 'notes:read' };
    const first = await bench.ask('POST', CLIENTS, { body, headers });
    const paths = ['/admin/v1/%63lients', '/admin/v1/%63%6C%69ents', `${CLIENTS}?`];
    for (const path of paths) {
      const again = await bench.ask('POST', path, { body, headers });
      expect([path, again.status]).toEqual([path, 409]);
      expect(again.headers.get('location')).toBe(`${CLIENTS}/${String(memberOf(first.json, 'client_id'))}`);
    }
    expect(await clientsThere()).toBe(before + 1);
  });

  it('makes one secret, however the client in the path is written', async () => {
    const [client, headers] = [await bench.create(), keyed()];
    const escaped = client.clientId.replace(/^./, (first) => `%${first.charCodeAt(0).toString(16)}`);
    const first = await bench.ask('POST', `${client.path}/secrets`, { headers });
    const again = await bench.ask('POST', `${CLIENTS}/${escaped}/secrets`, { headers });
    expect([first.status, again.status]).toEqual([201, 409]);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
  });

  it.each([
    ['{}, and then none', {}, undefined],
    ['none, and then {}', undefined, {}],
  ])('takes an absent body for an empty one: %s', async (_what, one, other) => {
    const [client, headers] = [await bench.create(), keyed()];
    const wires = [];
    for (const body of [one, other]) {
      wires.push(await bench.ask('POST', `${client.path}/secrets`, { headers, ...(body && { body }) }));
    }
    expect(wires.map(({ status }) => status)).toEqual([201, 409]);
  });

  it('takes another body for another still', async () => {
    const [client, headers] = [await bench.create(), keyed()];
    expect((await bench.ask('POST', `${client.path}/secrets`, { headers })).status).toBe(201);
    expect((await bench.ask('POST', `${client.path}/secrets`, { headers, raw: 'null' })).status).toBe(422);
  });
});
