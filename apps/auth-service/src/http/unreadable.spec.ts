import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { say } from '../test/raw-socket.js';
import { type ProtocolApp, startProtocolApp } from './test/protocol-app.js';

let app: ProtocolApp;
beforeAll(async () => {
  app = await startProtocolApp();
});
afterAll(() => app.close());

const HEADERS = 'Host: x\r\nConnection: close\r\n';

describe('RFC 6749 §5.2 the form of an error, also where there is no request to answer', () => {
  it.each<[string, string, number]>([
    ['no HTTP at all', 'marked\r\n\r\n', 400],
    ['fields that are too large', `GET /jwks HTTP/1.1\r\n${HEADERS}x: marked${'y'.repeat(20_000)}\r\n\r\n`, 431],
    ['no Host', 'GET /jwks?marked HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['a percent sign without digits', `GET /%zzmarked HTTP/1.1\r\n${HEADERS}\r\n`, 400],
    ['a part of a path that is too long', `GET /interaction/${'marked'.repeat(50)} HTTP/1.1\r\n${HEADERS}\r\n`, 414],
    ['a chunk without a size', `POST /token HTTP/1.1\r\n${HEADERS}Transfer-Encoding: chunked\r\n\r\nmarked\r\n`, 400],
    ['what cannot be expected', `POST /token HTTP/1.1\r\n${HEADERS}Expect: marked\r\nContent-Length: 0\r\n\r\n`, 417],
  ])('%s', async (_, text, status) => {
    const heard = await say(app.url, text);
    const [head = '', body = ''] = heard.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} .*^content-type: application/json$`, 'ims'));
    expect(head).toMatch(/^cache-control: no-store$/im);
    expect(JSON.parse(body)).toEqual({ error: 'invalid_request', error_description: expect.any(String) as unknown });
    expect(heard).not.toMatch(/marked|HPE_|FST_|\.js/);
  });
});
