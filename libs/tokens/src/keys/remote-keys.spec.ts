import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { fakeClock } from '../testing/clock.js';
import { testKeys } from '../testing/test-keys.js';
import { until } from '../testing/until.js';
import { metadataAddressOf } from './issuer-documents.js';
import { RemoteKeys, type RemoteKeysEvent, type RemoteKeysOptions } from './remote-keys.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const listen = (server: Server): Promise<string> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`);
    });
  });

/** An issuer over real HTTP whose answers a test may change. */
const issuerServer = async (path = '') => {
  const first = testKeys();
  const served = { jwks: first.jwks as unknown, metadata: {}, asked: [] as string[], delayMs: 0 };
  const special: { answer?: (request: IncomingMessage, response: ServerResponse) => void } = {};
  const server = createServer((request, response) => {
    served.asked.push(request.url ?? '');
    if (special.answer !== undefined) {
      special.answer(request, response);
      return;
    }
    const body = request.url?.startsWith('/.well-known') === true ? served.metadata : served.jwks;
    setTimeout(() => response.end(JSON.stringify(body)), served.delayMs);
  });
  const origin = await listen(server);
  closing.push(
    () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  );
  const issuer = `${origin}${path}`;
  served.metadata = { issuer, jwks_uri: `${origin}/jwks` };
  return { served, special, origin, issuer, first };
};

const clock = fakeClock();
const keysOf = (options: Omit<RemoteKeysOptions, 'clock'>) => {
  const events: RemoteKeysEvent['type'][] = [];
  const keys = new RemoteKeys({ clock, onEvent: ({ type }) => events.push(type), ...options });
  closing.push(() => keys.close());
  return { keys, events };
};
const fetches = (asked: readonly string[]) => asked.filter((path) => path === '/jwks').length;

describe('RFC 8414 §3 where the metadata lies', () => {
  it.each([
    ['http://h', undefined, 'http://h/.well-known/oauth-authorization-server'],
    ['http://h/', undefined, 'http://h/.well-known/oauth-authorization-server'],
    ['https://h/a/b', undefined, 'https://h/.well-known/oauth-authorization-server/a/b'],
    ['https://h/a', 'http://inner:4000', 'http://inner:4000/.well-known/oauth-authorization-server/a'],
  ])('%s through %s', (issuer, internalUrl, expected) => {
    expect(metadataAddressOf(issuer, internalUrl).href).toBe(expected);
  });
});

describe('RFC 8414 §3.3, RFC 7517 what is not believed', () => {
  const neverLoads = async (change: (house: Awaited<ReturnType<typeof issuerServer>>) => void, timeoutMs = 3000) => {
    const house = await issuerServer();
    change(house);
    const { keys, events } = keysOf({ issuer: house.issuer, timeoutMs });
    keys.start();
    await until(() => events.length >= 2, 'two fetches have failed');
    expect(new Set(events)).toEqual(new Set(['failed']));
    expect(keys.loaded).toBe(false);
    expect(keys.find(house.first.kid)).toBeUndefined();
  };

  it('metadata of another issuer, even by one slash', () =>
    neverLoads(({ served, issuer, origin }) => {
      served.metadata = { issuer: `${issuer}/`, jwks_uri: `${origin}/jwks` };
    }));

  it.each([undefined, 7, 'jwks', 'file:///etc/passwd', 'data:application/json,{}'])('jwks_uri %j', (jwks_uri) =>
    neverLoads(({ served, issuer }) => {
      served.metadata = { issuer, jwks_uri };
    }),
  );

  it('a redirect', () =>
    neverLoads(({ special, origin, served }) => {
      special.answer = (request, response) => {
        if (request.url?.startsWith('/.well-known') === true) {
          response.writeHead(302, { location: `${origin}/moved` }).end();
          return;
        }
        response.end(JSON.stringify(request.url === '/moved' ? served.metadata : served.jwks));
      };
    }));

  it.each([204, 404, 500])('status %i', (status) =>
    neverLoads(({ special, served }) => {
      special.answer = (_request, response) => {
        response.writeHead(status).end(status === 204 ? undefined : JSON.stringify(served.metadata));
      };
    }),
  );

  it('more than 1 MiB', () =>
    neverLoads(({ served, first }) => {
      served.jwks = { ...first.jwks, filler: 'x'.repeat(1024 * 1024) };
    }));

  it('an answer that never comes', () =>
    neverLoads(({ special }) => {
      special.answer = () => undefined;
    }, 50));

  it('no JSON, and a set without a key that can be used', async () => {
    await neverLoads(({ served }) => {
      served.jwks = { keys: [{ kty: 'oct', k: 'AAAA', alg: 'HS256', kid: 'a' }] };
    });
    await neverLoads(({ special }) => {
      special.answer = (_request, response) => response.end('<html>');
    });
  });
});

describe('DESIGN §6 keys of the issuer', () => {
  it('are loaded through the metadata, with a path in the issuer and through an internal origin', async () => {
    const { origin, issuer, first, served } = await issuerServer('/tenant');
    const direct = keysOf({ issuer }).keys;
    direct.start();
    await until(() => direct.loaded, 'the keys are loaded');
    expect(direct.find(first.kid)?.algorithm).toBe('ES256');
    const publicIssuer = 'https://login.example/tenant';
    served.metadata = { issuer: publicIssuer, jwks_uri: 'https://login.example/jwks' };
    const inner = keysOf({ issuer: publicIssuer, internalUrl: origin }).keys;
    inner.start();
    await until(() => inner.loaded, 'the keys are loaded from within');
    expect(served.asked).toContain('/.well-known/oauth-authorization-server/tenant');
  });

  it('are tried for until the issuer is there', async () => {
    const { special, issuer } = await issuerServer();
    special.answer = (_request, response) => response.writeHead(503).end();
    const { keys, events } = keysOf({ issuer });
    keys.start();
    await until(() => events.includes('failed'), 'the issuer was not there');
    delete special.answer;
    await until(() => keys.loaded, 'the keys are loaded');
  });

  it('50 unknown kids at once are one fetch, and the next comes after the cooldown', async () => {
    const { served, issuer } = await issuerServer();
    const { keys } = keysOf({ issuer });
    await keys.changed();
    served.delayMs = 20;
    const before = fetches(served.asked);
    await Promise.all(Array.from({ length: 50 }, () => keys.refresh()));
    await keys.refresh();
    clock.advance(9999);
    await keys.refresh();
    expect(fetches(served.asked) - before).toBe(1);
    clock.advance(1);
    await keys.refresh();
    expect(fetches(served.asked) - before).toBe(2);
  });

  it('a change is fetched at once, cooldown or not, and what came meanwhile is fetched after', async () => {
    const { served, issuer, first } = await issuerServer();
    const { keys } = keysOf({ issuer });
    await keys.changed();
    await keys.refresh();
    const second = testKeys();
    const third = testKeys();
    served.jwks = { keys: [...first.jwks.keys, ...second.jwks.keys] };
    await keys.changed();
    expect(keys.find(second.kid)).toBeDefined();
    served.delayMs = 30;
    const before = served.asked.length;
    const slow = keys.changed();
    await until(() => served.asked.length >= before + 2, 'the set was asked for');
    served.jwks = third.jwks;
    await Promise.all([slow, ...Array.from({ length: 50 }, () => keys.changed())]);
    expect(keys.find(third.kid)).toBeDefined();
    expect(keys.find(first.kid)).toBeUndefined();
    expect(served.asked.length - before).toBe(4);
  });

  it('a failed fetch keeps the old keys and never rejects', async () => {
    const { special, issuer, first } = await issuerServer();
    const { keys, events } = keysOf({ issuer });
    await keys.changed();
    special.answer = (_request, response) => response.writeHead(500).end();
    clock.advance(10_000);
    await keys.refresh();
    expect(events.at(-1)).toBe('failed');
    expect(keys.find(first.kid)).toBeDefined();
  });

  it('close ends a fetch that hangs', async () => {
    const { special, issuer } = await issuerServer();
    special.answer = () => undefined;
    const { keys } = keysOf({ issuer, timeoutMs: 60_000 });
    keys.start();
    await keys.close();
    expect(keys.loaded).toBe(false);
  });
});
