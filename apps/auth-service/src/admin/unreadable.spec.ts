import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { say } from '../test/raw-socket.js';
import { adminBench, type AdminBench } from './test/admin-bench.js';

let bench: AdminBench;
beforeAll(async () => {
  bench = await adminBench();
});
afterAll(() => bench.close());

const CLIENTS = '/admin/v1/clients';
const HEADERS = 'Host: x\r\nConnection: close\r\n';

describe('A4 problem details, also where there is no request to answer', () => {
  it.each<[string, string, number]>([
    ['no HTTP at all', 'marked\r\n\r\n', 400],
    ['fields that are too large', `GET ${CLIENTS} HTTP/1.1\r\n${HEADERS}x: marked${'y'.repeat(20_000)}\r\n\r\n`, 431],
    ['no Host', `GET ${CLIENTS}?marked HTTP/1.1\r\nConnection: close\r\n\r\n`, 400],
    ['a percent sign without digits', `GET ${CLIENTS}/%zzmarked HTTP/1.1\r\n${HEADERS}\r\n`, 400],
    ['a part of a path that is no name', `GET ${CLIENTS}/${'marked'.repeat(500)} HTTP/1.1\r\n${HEADERS}\r\n`, 404],
    [
      'what cannot be expected',
      `POST ${CLIENTS} HTTP/1.1\r\n${HEADERS}Expect: marked\r\nContent-Length: 0\r\n\r\n`,
      417,
    ],
    [
      'a chunk without a size',
      `POST ${CLIENTS} HTTP/1.1\r\n${HEADERS}Transfer-Encoding: chunked\r\n\r\nmarked\r\n`,
      400,
    ],
    ['a method that nothing here has', `PROPFIND ${CLIENTS} HTTP/1.1\r\n${HEADERS}\r\n`, 405],
  ])('%s', async (_, text, status) => {
    const heard = await say(bench.url, text);
    const [head = '', body = ''] = heard.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} .*^content-type: application/problem\\+json$`, 'ims'));
    expect(head).toMatch(/^cache-control: no-store$/im);
    expect(JSON.parse(body)).toEqual({
      ...{ type: 'about:blank', status, title: expect.any(String) as unknown, detail: expect.any(String) as unknown },
    });
    expect(heard).not.toMatch(/marked|HPE_|FST_|Error|\.js/);
  });
});

describe('A4 RFC 8259 §4 a member that stands twice in a body', () => {
  it('is refused by its pointer, at any depth, and nothing is done', async () => {
    const raw = '{"client_name":"a","jwks":{"keys":[{"kty":"EC","kty":"RSA"}]},"client\\u005fname":"marked"}';
    const refused = await bench.ask('POST', CLIENTS, { raw });
    expect([refused.status, refused.headers.get('content-type')]).toEqual([400, 'application/problem+json']);
    expect(refused.json).toMatchObject({
      errors: [
        { pointer: '/jwks/keys/0/kty', detail: 'stands there twice' },
        { pointer: '/client_name', detail: 'stands there twice' },
      ],
    });
    expect(refused.text).not.toContain('marked');
    expect(bench.register.clients).toHaveLength(0);
  });

  it('A2 and nobody who may not hears it', async () => {
    const authorization = `Bearer ${bench.mint({ scope: 'clients:read' })}`;
    expect((await bench.ask('POST', CLIENTS, { raw: '{"a":1,"a":1}', authorization })).status).toBe(403);
  });
});
