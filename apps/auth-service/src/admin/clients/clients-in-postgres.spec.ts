import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostgresClientStore } from '../../persistence/postgres/client-store.js';
import { CALLER } from '../test/admin-bench.js';
import { clientBench, type ClientBench } from '../test/client-bench.js';

let bench: ClientBench;
beforeAll(async () => {
  bench = await clientBench();
});
afterAll(() => bench.close());

describe('admin-api /clients on PostgreSQL', () => {
  it('A11: saves client, digest of the secret and audit event, and shows the client again', async () => {
    const body = {
      client_name: 'Notes “éü😀”',
      redirect_uris: ['https://app.example.com/cb'],
      scope: 'openid notes:read',
    };
    const created = await bench.ask('POST', '/admin/v1/clients', { body });
    expect(created.status).toBe(201);
    const { client_id, client_secret, client_secret_expires_at, ...rest } = created.json as Record<string, unknown>;
    expect(client_secret_expires_at).toBe(0);
    const found = await bench.ask('GET', created.headers.get('location') ?? '');
    expect(found.json).toEqual({ client_id, ...rest });
    const stored = await new PostgresClientStore(bench.test.database).find(String(client_id));
    expect(stored?.secretDigests).toEqual([createHash('sha256').update(String(client_secret)).digest('hex')]);
    const { rows } = await bench.test.database.run('SELECT actor, kind, target, detail::text FROM auth.audit_events');
    expect(rows).toMatchObject([{ actor: CALLER, kind: 'client.created', target: client_id }]);
    expect(JSON.stringify(rows)).not.toContain(client_secret);
  });

  it('A5: walks the list page by page', async () => {
    const body = { grant_types: ['client_credentials'] };
    await Promise.all(Array.from({ length: 12 }, () => bench.ask('POST', '/admin/v1/clients', { body })));
    const seen = new Set<string>();
    let pages = 0;
    for (let after: string | null = ''; after !== null; pages += 1) {
      const { json } = await bench.ask('GET', `/admin/v1/clients?limit=5${after === '' ? '' : `&after=${after}`}`);
      const page = json as { items: { client_id: string }[]; next: string | null };
      for (const { client_id } of page.items) seen.add(client_id);
      after = page.next;
    }
    expect({ pages, clients: seen.size }).toEqual({ pages: 3, clients: 13 });
  });
});
