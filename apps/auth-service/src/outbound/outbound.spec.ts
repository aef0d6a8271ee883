import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { makeCertificate, type TestCertificate } from '@latchkey/testbed';
import { Outbound, OutboundFailed, type OutboundParts, OutboundRefused } from './outbound.js';
import { ReachableAddresses } from './reachable-addresses.js';

const LIMITS = { maxBytes: 1000, timeoutMs: 20_000, accept: 'application/json' };
const PUBLIC = '93.184.215.14';

let certificate: TestCertificate;
beforeAll(async () => {
  certificate = await makeCertificate();
});

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

interface World {
  readonly port: number;
  readonly seen: IncomingMessage[];
  connections: number;
}

async function listen(answer: RequestListener, tls = false): Promise<World> {
  const server = tls ? createTlsServer({ cert: certificate.cert, key: certificate.key }) : createServer();
  servers.push(server);
  const world: World = { port: 0, seen: [], connections: 0 };
  server.on('connection', () => (world.connections += 1));
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    world.seen.push(request);
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(world, { port: (server.address() as AddressInfo).port });
}

const door = (parts: OutboundParts = {}): Outbound => new Outbound({ allow: '127.0.0.1', ...parts });
const ok: RequestListener = (_request, response) => response.end('{}');
const answers =
  (...addresses: string[]) =>
  () =>
    Promise.resolve(addresses);

describe('OUTBOUND_ALLOW absent: whatever is not public is refused, and no connection is tried', () => {
  it.each([
    ...['127.0.0.1', '2130706433', '0x7f000001', '0177.0.0.1', '127.1', '127.000.000.001', 'localhost', 'localhost.'],
    ...['a.localhost', '0.0.0.0', '0', '[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]'],
    ...['[64:ff9b::7f00:1]', '[64:ff9b:1::7f00:1]', '[2002:7f00:1::]', '[2001:0:7f00:1::]', '[::ffff:0:127.0.0.1]'],
    ...['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.0.1', '169.254.169.254', '100.64.0.1', '100.127.255.255'],
    '168.63.129.16',
    ...['192.0.0.192', '192.0.2.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '224.0.0.1', '240.0.0.1'],
    ...['255.255.255.255', '[fe80::1]', '[fec0::1]', '[fc00::1]', '[fd00:ec2::254]', '[ff02::1]', '[100::1]'],
    ...['[2001:db8::1]', '[3fff::1]', '[4000::1]', '[::a00:1]'],
  ])('%s', async (host) => {
    const { port, ...world } = await listen(ok);
    for (const scheme of ['http', 'https']) {
      await expect(new Outbound().get(`${scheme}://${host}:${port}/`, LIMITS)).rejects.toThrow(OutboundRefused);
    }
    expect(world.connections).toBe(0);
  });

  it.each([PUBLIC, '1.1.1.1', '2606:4700:4700::1111', '::ffff:1.1.1.1'])('%s is public', (address) => {
    expect(new ReachableAddresses().judge(address)).toBe('public');
  });

  it.each(['', 'x', '1.2.3', '127.0.0.1 ', 'fe80::1%lo'])('%j is no address, or none of the public ones', (address) => {
    expect(new ReachableAddresses().judge(address)).toBe('refused');
  });

  it('a name with one public address and one that is not: neither is asked', async () => {
    for (const hidden of ['127.0.0.1', '::1', '169.254.169.254', '::ffff:10.0.0.1']) {
      const outbound = new Outbound({ resolve: answers(PUBLIC, hidden) });
      await expect(outbound.get('https://rp.example/', LIMITS)).rejects.toThrow(OutboundRefused);
    }
  });

  it.each(['ftp://rp.example/', 'file:///etc/passwd', 'https://u:p@rp.example/', 'https://u@rp.example/', '/jwks', ''])(
    '%j is no URL to ask',
    async (url) => {
      await expect(door({ resolve: answers('127.0.0.1') }).get(url, LIMITS)).rejects.toThrow(OutboundRefused);
    },
  );
});

describe('OUTBOUND_ALLOW', () => {
  it('names blocks, and those alone; plain http goes nowhere else', async () => {
    const { port } = await listen(ok);
    const of = (address: string) => door({ allow: '127.0.0.0/30, ::1', resolve: answers(address) });
    expect((await of('127.0.0.1').get(`http://rp.example:${port}/`, LIMITS)).status).toBe(200);
    await expect(of('127.0.0.4').get(`http://rp.example:${port}/`, LIMITS)).rejects.toThrow(OutboundRefused);
    await expect(of(PUBLIC).get(`http://rp.example:${port}/`, LIMITS)).rejects.toThrow('plain http');
    const both = door({ resolve: answers('127.0.0.1', PUBLIC) });
    await expect(both.get(`http://rp.example:${port}/`, LIMITS)).rejects.toThrow('plain http');
  });

  it('an IPv4 address in the form of IPv6 is that address', () => {
    const reachable = new ReachableAddresses('10.0.0.0/8,fd00::/8');
    expect(['::ffff:10.1.2.3', 'fd12::1', '::ffff:11.0.0.1', 'fc12::1'].map((text) => reachable.judge(text))).toEqual([
      ...['allowed', 'allowed', 'public', 'refused'],
    ]);
  });
});

describe('the connection goes to what was judged', () => {
  it('a name that leads elsewhere at the second question is not asked twice, and the next time refused', async () => {
    const { port, seen } = await listen(ok);
    let asked = 0;
    const rebinding = () => Promise.resolve([(asked += 1) === 1 ? '127.0.0.1' : '127.0.0.2']);
    const outbound = door({ resolve: rebinding });
    expect((await outbound.get(`http://rebind.example:${port}/a?b#c`, LIMITS)).status).toBe(200);
    expect([asked, seen[0]?.headers.host, seen[0]?.url]).toEqual([1, `rebind.example:${port}`, '/a?b']);
    await expect(outbound.get(`http://rebind.example:${port}/`, LIMITS)).rejects.toThrow(OutboundRefused);
  });

  it('https: the certificate is that of the name in the URL, and of an authority that is known', async () => {
    const { port, seen } = await listen(ok, true);
    const at = (host: string, ca?: string) =>
      door({ resolve: answers('127.0.0.1'), ...(ca === undefined ? {} : { ca }) }).get(
        `https://${host}:${port}/`,
        LIMITS,
      );
    await expect(at('localhost')).rejects.toThrow(OutboundFailed);
    await expect(at('rp.example', certificate.cert)).rejects.toThrow(OutboundFailed);
    expect(seen).toEqual([]);
    expect((await at('localhost', certificate.cert)).status).toBe(200);
    expect(seen[0]?.headers).toEqual({
      ...{ host: `localhost:${port}`, accept: 'application/json', 'accept-encoding': 'identity' },
      ...{ 'user-agent': 'latchkey', connection: 'close' },
    });
  });
});

describe('an answer that does not count', () => {
  const asked = async (answer: RequestListener, limits: Partial<typeof LIMITS> = {}): Promise<unknown> => {
    const { port } = await listen(answer);
    return door().get(`http://127.0.0.1:${port}/`, { ...LIMITS, ...limits });
  };

  it.each([301, 302, 303, 307, 308, 304, 300])(
    '%i: a redirect, to the metadata of a cloud or to anywhere',
    async (status) => {
      const { port, seen } = await listen((_request, response) => {
        response.writeHead(status, { location: 'http://169.254.169.254/latest/meta-data' }).end();
      });
      await expect(door().get(`http://127.0.0.1:${port}/`, LIMITS)).rejects.toThrow('redirects');
      await expect(door().postForm(`http://127.0.0.1:${port}/`, {}, LIMITS)).rejects.toThrow('redirects');
      expect(seen).toHaveLength(2);
    },
  );

  it('is longer than it may be, and is read no further', async () => {
    let closed: Promise<unknown> | undefined;
    const endless: RequestListener = (_request, response) => {
      closed = once(response, 'close');
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
        response.once('drain', more);
      };
      more();
    };
    await expect(asked(endless)).rejects.toThrow('longer than 1000 bytes');
    await closed;
    await expect(asked((_request, response) => response.end('x'.repeat(1001)))).rejects.toThrow('longer');
    expect(await asked((_request, response) => response.end('x'.repeat(1000)))).toMatchObject({ status: 200 });
  });

  it.each(['gzip', 'br', 'deflate', 'GZIP', 'identity, gzip'])(
    'is compressed (%s): it is not unpacked',
    async (coding) => {
      const bomb = gzipSync(Buffer.alloc(10_000_000));
      await expect(
        asked((_request, response) => response.writeHead(200, { 'content-encoding': coding }).end(bomb)),
      ).rejects.toThrow('compressed');
    },
  );

  it('is slow: in its headers, in its body, a byte at a time', async () => {
    const silent: RequestListener = () => undefined;
    const stalled: RequestListener = (_request, response) => response.write('x');
    const trickling: RequestListener = (_request, response) => {
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => {
        clearInterval(timer);
      });
    };
    for (const answer of [silent, stalled, trickling]) {
      await expect(asked(answer, { timeoutMs: 300 })).rejects.toThrow('too long');
    }
  });

  it('is cut off', async () => {
    const cut: RequestListener = (_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('x', () => response.socket?.destroy());
    };
    await expect(asked(cut)).rejects.toThrow(OutboundFailed);
  });

  it('has headers without end', async () => {
    await expect(
      asked((_request, response) => response.writeHead(200, { 'x-long': 'x'.repeat(40_000) }).end()),
    ).rejects.toThrow(OutboundFailed);
  });

  it('never comes: nobody answers for the name, or nobody listens', async () => {
    const never = () => new Promise<readonly string[]>(() => undefined);
    await expect(door({ resolve: never }).get('http://rp.example/', { ...LIMITS, timeoutMs: 100 })).rejects.toThrow(
      'too long',
    );
    const none = door({ resolve: answers() }).get('https://rp.example/', LIMITS);
    await expect(none).rejects.toThrow(OutboundFailed);
    const { port } = await listen(ok);
    servers[0]?.close();
    await expect(door().get(`http://127.0.0.1:${port}/`, LIMITS)).rejects.toThrow(OutboundFailed);
  });
});

describe('an answer', () => {
  it.each<[string | undefined, string | undefined, number | undefined]>([
    [undefined, undefined, undefined],
    ['max-age=600', undefined, 600],
    ['public, Max-Age=600, must-revalidate', '100', 500],
    ['max-age="60"', '100', 0],
    ['max-age=60, no-store', undefined, 0],
    ['no-cache', undefined, 0],
    ['s-maxage=60', undefined, undefined],
    ['max-age=-1', undefined, undefined],
  ])('RFC 9111 §5.2.2 Cache-Control: %s, Age: %s', async (control, age, seconds) => {
    const { port } = await listen((_request, response) => {
      if (control !== undefined) response.setHeader('cache-control', control);
      if (age !== undefined) response.setHeader('age', age);
      response.setHeader('content-type', 'Application/JSON; charset=utf-8').end('{}');
    });
    const answer = await door().get(`http://127.0.0.1:${port}/`, LIMITS);
    expect([answer.maxAgeSeconds, answer.contentType, answer.body.toString()]).toEqual([
      seconds,
      'application/json',
      '{}',
    ]);
  });

  it('to a form is its status: its body is not read', async () => {
    let sent = '';
    const { port, seen } = await listen((request, response) => {
      request.on('data', (chunk: Buffer) => (sent += chunk.toString()));
      request.on('end', () => response.writeHead(400).write('and so on'));
    });
    const form = { logout_token: 'a.b&c=d' };
    expect(await door().postForm(`http://127.0.0.1:${port}/out?a=1`, form, LIMITS)).toEqual({ status: 400 });
    expect([sent, seen[0]?.headers['content-type'], seen[0]?.headers['content-length']]).toEqual([
      ...['logout_token=a.b%26c%3Dd', 'application/x-www-form-urlencoded', '24'],
    ]);
  });
});

describe('so many at once', () => {
  it('over all hosts, and to one host, of 20', async () => {
    let now = 0;
    let most = 0;
    const { port } = await listen((_request, response) => {
      most = Math.max(most, (now += 1));
      setTimeout(() => {
        now -= 1;
        response.end('{}');
      }, 5);
    });
    const all = async (parts: OutboundParts, host: (index: number) => string): Promise<number> => {
      most = 0;
      const outbound = door({ resolve: answers('127.0.0.1'), ...parts });
      await Promise.all(
        Array.from({ length: 20 }, (_, index) => outbound.get(`http://${host(index)}:${port}/`, LIMITS)),
      );
      return most;
    };
    expect(await all({ atOnce: 2, atOncePerHost: 20 }, (index) => `rp${index}.example`)).toBeLessThanOrEqual(2);
    expect(await all({ atOnce: 20, atOncePerHost: 3 }, () => 'rp.example')).toBeLessThanOrEqual(3);
  });
});
