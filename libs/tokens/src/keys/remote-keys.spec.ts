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
  const served = {
    ...{ jwks: first.jwks as unknown, metadata: {}, revision: undefined as string | undefined },
    ...{ asked: [] as string[], cacheControl: [] as (string | undefined)[], delayMs: 0 },
  };
  const special: { answer?: (request: IncomingMessage, response: ServerResponse) => void } = {};
  const server = createServer((request, response) => {
    served.asked.push(request.url ?? '');
    served.cacheControl.push(request.headers['cache-control']);
    if (special.answer !== undefined) {
      special.answer(request, response);
      return;
    }
    if (request.url?.startsWith('/.well-known') === true) {
      response.end(JSON.stringify(served.metadata));
      return;
    }
    if (served.revision !== undefined) response.setHeader('latchkey-keys-revision', served.revision);
    const body = JSON.stringify(served.jwks);
    setTimeout(() => response.end(body), served.delayMs);
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
    await until(() => served.asked.length >= before + 1, 'the set was asked for');
    served.jwks = third.jwks;
    await Promise.all([slow, ...Array.from({ length: 50 }, () => keys.changed())]);
    expect(keys.find(third.kid)).toBeDefined();
    expect(keys.find(first.kid)).toBeUndefined();
    expect(served.asked.slice(before)).toEqual(['/jwks', '/jwks']);
  });

  it('are asked for where the metadata said, and the metadata again when they are not there any more', async () => {
    const { served, special, origin, issuer, first } = await issuerServer();
    const { keys } = keysOf({ issuer });
    await keys.changed();
    served.asked.length = 0;
    await keys.changed();
    expect(served.asked).toEqual(['/jwks']);
    served.metadata = { issuer, jwks_uri: `${origin}/moved` };
    special.answer = (request, response) => {
      if (request.url === '/jwks') response.writeHead(404).end();
      else response.end(JSON.stringify(request.url === '/moved' ? served.jwks : served.metadata));
    };
    const second = testKeys();
    served.jwks = { keys: [...first.jwks.keys, ...second.jwks.keys] };
    await keys.changed();
    expect(keys.find(second.kid)).toBeDefined();
  });

  it('are the same objects as before, so that what is remembered of a key still holds', async () => {
    const { served, issuer, first } = await issuerServer();
    const { keys } = keysOf({ issuer });
    await keys.changed();
    const before = keys.find(first.kid);
    served.jwks = { keys: [...testKeys().jwks.keys, ...first.jwks.keys] };
    await keys.changed();
    expect(keys.find(first.kid)).toBe(before);
    const other = testKeys().jwks.keys[0];
    served.jwks = { keys: [{ ...other, kid: first.kid }] };
    await keys.changed();
    expect(keys.find(first.kid)?.key.equals(first.publicKey)).toBe(false);
  });

  it('are asked for past every cache', async () => {
    const { served, issuer } = await issuerServer();
    await keysOf({ issuer }).keys.changed();
    expect(served.cacheControl).toEqual(['no-cache', 'no-cache']);
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

describe('DESIGN §6 guards hear of a change and fetch it before the new key signs', () => {
  /** Holds the keys of revision 12; what else the issuer has is not published yet. */
  const holding = async (revision: string | undefined = '12') => {
    const house = await issuerServer();
    house.served.revision = revision;
    const { keys, events } = keysOf({ issuer: house.issuer });
    await keys.changed();
    const next = testKeys();
    const publish = (as: string | undefined) => {
      house.served.jwks = { keys: [...house.first.jwks.keys, ...next.jwks.keys] };
      house.served.revision = as;
    };
    house.served.asked.length = 0;
    events.length = 0;
    return { ...house, keys, events, next, publish };
  };

  it.each([0, 11, 12])('asks for nothing when revision %i is announced and 12 is here', async (revision) => {
    const { keys, served } = await holding();
    await keys.changed(revision);
    expect([served.asked, keys.outdated, keys.revision]).toEqual([[], false, 12]);
  });

  it('asks an instance that lags again and again, is outdated meanwhile, and keeps what it has', async () => {
    const { keys, served, events, first, next, publish } = await holding();
    const changed = keys.changed(13);
    expect(keys.outdated).toBe(true);
    await until(() => events.length >= 3, 'it has asked three times');
    expect(new Set(events)).toEqual(new Set(['behind']));
    expect([keys.outdated, keys.find(next.kid)]).toEqual([true, undefined]);
    expect(keys.find(first.kid)).toBeDefined();
    publish('13');
    await changed;
    expect([keys.outdated, keys.revision, events.at(-1)]).toEqual([false, 13, 'loaded']);
    expect(keys.find(next.kid)).toBeDefined();
    expect(fetches(served.asked)).toBe(events.length);
  });

  it('never goes back to the older set of an instance that lags', async () => {
    const { keys, served, events, next, publish } = await holding();
    publish('13');
    await keys.changed(13);
    served.jwks = testKeys().jwks;
    served.revision = '12';
    clock.advance(10_000);
    await keys.refresh();
    expect([events.at(-1), keys.revision, keys.outdated]).toEqual(['behind', 13, false]);
    expect(keys.find(next.kid)).toBeDefined();
  });

  it('takes whichever set stands when the feed begins again: the issuer may stand on a backup', async () => {
    const { keys, served } = await holding('50');
    const restored = testKeys();
    served.jwks = restored.jwks;
    served.revision = '40';
    await keys.changed();
    expect([keys.revision, keys.outdated, keys.find(restored.kid) === undefined]).toEqual([40, false, false]);
    const before = fetches(served.asked);
    served.revision = '41';
    await keys.changed(41);
    expect([keys.revision, fetches(served.asked) - before]).toEqual([41, 1]);
  });

  it.each([undefined, 'new', '-1', '12, 13'])(
    'is satisfied by an answer with the revision %j, since it cannot be told from the newest',
    async (revision) => {
      const { keys, next, publish, served } = await holding();
      publish(revision);
      await keys.changed(13);
      expect([keys.outdated, keys.revision, fetches(served.asked)]).toEqual([false, undefined, 1]);
      expect(keys.find(next.kid)).toBeDefined();
    },
  );

  it.each([['numbered', true] as const, ['unnumbered', false] as const])(
    '50 %s announcements at once, and 50 more while it asks, cost at most two fetches',
    async (_, numbered) => {
      const { keys, served, publish } = await holding();
      publish('112');
      served.delayMs = 30;
      const announce = (from: number) =>
        Array.from({ length: 50 }, (__, index) => keys.changed(numbered ? from + index : undefined));
      const early = announce(13);
      await until(() => fetches(served.asked) === 1, 'the set was asked for');
      await Promise.all([...early, ...announce(63)]);
      expect(keys.outdated).toBe(false);
      expect(fetches(served.asked)).toBeLessThanOrEqual(2);
    },
  );

  it('is still outdated when the issuer does not answer, and has the keys when it does', async () => {
    const { keys, special, events, next, publish } = await holding();
    special.answer = (_request, response) => response.writeHead(503).end();
    const changed = keys.changed(13);
    await until(() => events.length >= 2, 'it has asked twice');
    expect(keys.outdated).toBe(true);
    publish('13');
    delete special.answer;
    await changed;
    expect([keys.outdated, keys.find(next.kid)?.kid]).toEqual([false, next.kid]);
  });

  it('forgets no announcement that comes in the very moment in which the one before is done', async () => {
    const { keys, served, publish } = await holding();
    publish('13');
    for (let turns = 0; turns < 20; turns += 1) {
      const revision = 13 + 2 * turns;
      served.revision = String(revision + 1);
      const changed = keys.changed(revision);
      // Joins the fetch that is under way, and speaks so many microtasks after its end.
      await keys.refresh();
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      served.revision = String(revision + 2);
      await Promise.all([changed, keys.changed(revision + 2)]);
      expect([keys.revision, keys.outdated]).toEqual([revision + 2, false]);
    }
  });
});

describe('DESIGN §6 an unknown kid makes a guard ask at most once in 10 s, whatever the load', () => {
  it('1000 tokens with as many unknown kids are one question, and none of the rest costs any I/O', async () => {
    const { served, issuer } = await issuerServer();
    const { keys } = keysOf({ issuer });
    await keys.changed();
    clock.advance(10_000);
    served.asked.length = 0;
    for (let kid = 0; kid < 1000; kid += 1) {
      expect(keys.find(`forged-${kid}`)).toBeUndefined();
      await keys.refresh();
      clock.advance(9);
    }
    expect(served.asked).toEqual(['/jwks']);
    await Promise.all(Array.from({ length: 1000 }, () => keys.refresh()));
    expect(fetches(served.asked)).toBe(1);
  });

  it('also while the issuer is down', async () => {
    const { special, served, issuer, first } = await issuerServer();
    const { keys } = keysOf({ issuer });
    await keys.changed();
    clock.advance(10_000);
    served.asked.length = 0;
    special.answer = (_request, response) => response.writeHead(503).end();
    for (let kid = 0; kid < 1000; kid += 1) await keys.refresh();
    expect(served.asked).toHaveLength(1);
    expect(keys.find(first.kid)).toBeDefined();
  });

  it('and a flood of them does not keep an announced key away', async () => {
    const { served, issuer, first } = await issuerServer();
    served.revision = '12';
    const { keys } = keysOf({ issuer });
    await keys.changed();
    clock.advance(10_000);
    await Promise.all(Array.from({ length: 50 }, () => keys.refresh()));
    const next = testKeys();
    served.jwks = { keys: [...first.jwks.keys, ...next.jwks.keys] };
    served.revision = '13';
    await keys.refresh();
    expect(keys.find(next.kid)).toBeUndefined();
    await keys.changed(13);
    expect(keys.find(next.kid)).toBeDefined();
  });
});
