import { describe, expect, it } from '@jest/globals';
import type { EndpointRequest } from '../endpoint.js';
import { JwksEndpoint, type PublicKeySet } from './documents.js';

const get = (ifNoneMatch?: string): EndpointRequest => ({
  ...{ method: 'GET', query: '', body: '', contentType: undefined, authorization: undefined, prefer: undefined },
  ifNoneMatch,
});

/** A ring that counts how often it is asked for its set. */
class CountedKeys implements PublicKeySet {
  asked = 0;
  revision = 7;
  kids = ['a'];

  jwks(): { keys: object[] } {
    this.asked += 1;
    return { keys: this.kids.map((kid) => ({ kid, kty: 'EC' })) };
  }
}

describe('keys K8: jwks_uri is answered from memory', () => {
  it('writes the document once for each revision of the keys', async () => {
    const keys = new CountedKeys();
    const endpoint = new JwksEndpoint(keys, 60);
    const first = await endpoint.handle(get());
    for (let count = 0; count < 100; count += 1) expect(await endpoint.handle(get())).toBe(first);
    expect(keys.asked).toBe(1);
    keys.kids = ['a', 'b'];
    keys.revision = 8;
    const next = await endpoint.handle(get());
    expect(JSON.parse(next.body)).toEqual({ keys: ['a', 'b'].map((kid) => ({ kid, kty: 'EC' })) });
    expect(next.headers['etag']).not.toBe(first.headers['etag']);
    expect(keys.asked).toBe(2);
  });

  it('says which revision it is, readable across origins, and how long it may be kept', async () => {
    const { status, headers } = await new JwksEndpoint(new CountedKeys(), 17).handle(get());
    expect(status).toBe(200);
    expect(headers).toEqual({
      'content-type': 'application/json',
      'cache-control': 'public, max-age=17',
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'latchkey-keys-revision',
      'latchkey-keys-revision': '7',
      etag: expect.stringMatching(/^"[\w-]{22}"$/),
    });
  });

  it('RFC 9110 §15.4.5: 304 has no content and the headers that a cache must renew, the newer revision among them', async () => {
    const keys = new CountedKeys();
    const endpoint = new JwksEndpoint(keys, 60);
    const { headers } = await endpoint.handle(get());
    // A key of another ring came: the set is the same, and whoever asks must hear that it stands at that revision.
    keys.revision = 8;
    const answer = await endpoint.handle(get(headers['etag']));
    expect([answer.status, answer.body]).toEqual([304, '']);
    const renewed = Object.entries({ ...headers, 'latchkey-keys-revision': '8' });
    expect(answer.headers).toEqual(Object.fromEntries(renewed.filter(([name]) => name !== 'content-type')));
  });

  it('refuses to be posted to, whatever is known already', async () => {
    const answer = await new JwksEndpoint(new CountedKeys(), 60).handle({ ...get('*'), method: 'POST' });
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET, HEAD']);
  });
});
