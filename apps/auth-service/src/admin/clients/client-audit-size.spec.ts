import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { clientBench, type ClientBench } from '../test/client-bench.js';

let bench: ClientBench;
beforeAll(async () => {
  bench = await clientBench();
});
afterAll(() => bench.close());

describe('A11 a large change leaves a small row', () => {
  it('of 50 long redirect URIs, there and back', async () => {
    const client = await bench.create();
    const uris = (letter: string) =>
      Array.from({ length: 50 }, (_, index) => `https://app.example.com/${index}/${letter.repeat(1900)}`);
    for (const letter of ['a', 'b']) {
      const body = { redirect_uris: uris(letter), grant_types: ['authorization_code'], scope: 'notes:read' };
      const wire = await bench.ask('PATCH', client.path, { body });
      expect([wire.status, wire.text.length > 50_000]).toEqual([200, true]);
    }
    const [last] = (await bench.audited(client.clientId)).slice(-1);
    const omitted = { omitted_bytes: JSON.stringify(uris('b')).length };
    expect(last).toMatchObject({
      kind: 'client.changed',
      detail: { changed: { redirect_uris: { from: omitted, to: omitted } } },
    });
    const rows = await bench.sql('SELECT max(octet_length(detail::text)) AS longest FROM auth.audit_events');
    expect(rows[0]?.['longest']).toBeLessThan(8 * 1024);
  });
});
