/** One guard and the keys of an issuer over real HTTP, with a feed in memory: what a change of keys costs nobody. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { FeedListener, RevocationFeed } from '@latchkey/tokens';
import { mintAccessToken, testKeys, testSecret, until, type TestKeys } from '@latchkey/tokens/testing';
import type { Admittance } from './admission.js';
import { ResourceGuard, type ResourceGuardOptions } from './resource-guard.js';
import { testIssuer, type TestIssuer } from './testing.js';

const ISSUER = 'http://localhost:4000';
const AUDIENCE = 'http://localhost:4002';

/** Serves the keys of one revision; while it is down it hangs up on everybody. */
const keyHouse = async () => {
  const house = { up: true, keys: [testKeys()], revision: 1, asked: 0, url: '' };
  const server = createServer((request, response) => {
    house.asked += 1;
    const metadata = { issuer: ISSUER, jwks_uri: `${ISSUER}/jwks` };
    const jwks = { keys: house.keys.flatMap((one) => one.jwks.keys) };
    response.setHeader('latchkey-keys-revision', String(house.revision));
    response.end(JSON.stringify(request.url === '/jwks' ? jwks : metadata));
  });
  server.on('connection', (socket) => {
    if (!house.up) socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  house.url = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => {
        resolve();
      });
    });
  return { house, close, hangUp: () => (server.closeAllConnections(), (house.up = false)) };
};

let world: Awaited<ReturnType<typeof keyHouse>>;
let issuer: TestIssuer;
let listener: FeedListener | undefined;
let guards: ResourceGuard[];
beforeEach(async () => {
  world = await keyHouse();
  issuer = await testIssuer();
  guards = [];
});
afterEach(async () => {
  await Promise.all(guards.map((guard) => guard.close()));
  issuer.close();
  await world.close();
});

/** The feed of the test issuer, through which a test may say more. */
const feed = (): RevocationFeed => {
  const end = issuer.feed();
  return {
    ...end,
    start: (hears) => {
      listener = hears;
      end.start(hears);
    },
  };
};
const announce = (revision: number): void => listener?.message({ type: 'keys', epoch: 1, revision }, '1000000-0');
const start = (options: Partial<ResourceGuardOptions> = {}): ResourceGuard => {
  const { url: issuerInternalUrl } = world.house;
  const guard = ResourceGuard.start({
    issuer: ISSUER,
    audience: AUDIENCE,
    issuerInternalUrl,
    feed: feed(),
    // A thousand forgeries are made and judged without letting the feed go first.
    maxStalenessMs: 60_000,
    ...options,
  });
  guards.push(guard);
  return guard;
};
const mintBy = ({ signer }: Pick<TestKeys, 'signer'>, claims = {}): string => mintAccessToken(claims, { signer });
const knock = (guard: ResourceGuard, token: string): Admittance | Promise<Admittance> =>
  guard.admit({ authorization: `Bearer ${token}`, requiredScope: [] });
const ready = (guard: ResourceGuard) => until(() => guard.status().ready, 'the guard is ready');
/** One stranger's key under ever another kid: a thousand are made in far less than the pause between two questions for keys. */
const stranger = testKeys();
const forged = (): string => mintAccessToken({}, { signer: stranger.signer, header: { kid: randomUUID() } });

describe('DESIGN §6 a guard that starts while the issuer is down', () => {
  it.each(['refuse', 'allow'] as const)(
    'uses nothing and says 503, and begins by itself when the issuer comes, onStale %s',
    async (onStale) => {
      world.hangUp();
      const [key] = world.house.keys;
      const token = key === undefined ? '' : mintBy(key);
      const guard = start({ onStale });
      await until(() => guard.status().registered, 'all but the keys is there');
      for (const one of [token, forged()]) {
        expect(await knock(guard, one)).toMatchObject({
          answer: 'cannot-tell',
          status: 503,
          reason: 'keys_not_loaded',
        });
      }
      expect(guard.status()).toMatchObject({ ready: false, keysLoaded: false });
      world.house.up = true;
      await ready(guard);
      expect(knock(guard, token)).toMatchObject({ answer: 'admit' });
      expect(guard.status()).toMatchObject({ keysLoaded: true, keysOutdated: false });
    },
  );

  it('says 503 to tokens by a shared secret as well: it has never heard of the issuer', async () => {
    world.hangUp();
    const shared = testSecret();
    const guard = start({ sharedSecrets: [shared] });
    await until(() => guard.status().registered, 'all but the keys is there');
    expect(knock(guard, mintBy(shared))).toMatchObject({ answer: 'cannot-tell', status: 503 });
  });
});

describe('DESIGN §6 no valid token is ever refused for an unknown kid', () => {
  it('neither by a flood of forged kids, nor by an issuer that has not got the new key yet', async () => {
    const guard = start();
    await ready(guard);
    await until(() => !guard.status().keysOutdated, 'what it asked for at its start is here');
    world.house.asked = 0;
    for (let kid = 0; kid < 1000; kid += 1) {
      expect(await knock(guard, forged())).toMatchObject({ answer: 'refuse', reason: 'unknown_key' });
    }
    // The keys, once; where they are was said at the start.
    expect(world.house.asked).toBe(1);

    const next = testKeys();
    const token = mintBy(next);
    announce(2);
    expect(guard.status()).toMatchObject({ keysOutdated: true, ready: true });
    expect(await knock(guard, token)).toMatchObject({ answer: 'cannot-tell', status: 503, reason: 'keys_outdated' });
    const [first] = world.house.keys;
    if (first !== undefined) expect(knock(guard, mintBy(first))).toMatchObject({ answer: 'admit' });
    world.house.keys.push(next);
    world.house.revision = 2;
    await until(() => !guard.status().keysOutdated, 'the new key is here');
    expect(knock(guard, token)).toMatchObject({ answer: 'admit' });
    expect(await knock(guard, forged())).toMatchObject({ answer: 'refuse', reason: 'unknown_key' });
  });

  it('has an announced key before any token names it', async () => {
    const guard = start();
    await ready(guard);
    const next = testKeys();
    world.house.keys.push(next);
    world.house.revision = 2;
    announce(2);
    await until(() => !guard.status().keysOutdated, 'the new key is here');
    world.hangUp();
    expect(knock(guard, mintBy(next))).toMatchObject({ answer: 'admit' });
  });

  it('asks for the keys again when the feed begins again: it may have missed that they changed', async () => {
    const guard = start();
    await ready(guard);
    await until(() => !guard.status().keysOutdated, 'what it asked for at its start is here');
    const next = testKeys();
    world.house.keys = [next];
    listener?.restarted();
    expect(guard.status().keysOutdated).toBe(true);
    await until(() => !guard.status().keysOutdated, 'the new key is here');
    const token = mintBy(next);
    await until(async () => (await knock(guard, token)).answer === 'admit', 'it admits by the new key');
  });
});

describe('DESIGN §4 an API that shares a secret with the issuer', () => {
  const [old, next] = [testSecret('old'), testSecret('next')];
  const sharedSecrets = [old, { kid: 'next', secret: next.secret.toString('base64url') }];

  it('admits by both values while it is rotated, and by the keys of the issuer', async () => {
    const guard = start({ sharedSecrets });
    await ready(guard);
    for (const key of [old, next, ...world.house.keys]) {
      expect(knock(guard, mintBy(key))).toMatchObject({ answer: 'admit' });
    }
  });

  it('refuses what is not for it alone, and another secret under that kid', async () => {
    const guard = start({ sharedSecrets });
    await ready(guard);
    const both = mintBy(old, { aud: [AUDIENCE, ISSUER] });
    expect(knock(guard, both)).toMatchObject({ answer: 'refuse', reason: 'wrong_audience' });
    const other = mintBy(testSecret('old', next.secret));
    expect(knock(guard, other)).toMatchObject({ answer: 'refuse', reason: 'bad_signature' });
    const third = mintBy(testSecret('third', old.secret));
    expect(await knock(guard, third)).toMatchObject({ answer: 'refuse', reason: 'unknown_key' });
  });

  it('refuses what was revoked with its kid', async () => {
    const guard = start({ sharedSecrets });
    await ready(guard);
    await issuer.revoke('key', 'old');
    expect(knock(guard, mintBy(old))).toMatchObject({ answer: 'refuse', reason: 'revoked' });
    expect(knock(guard, mintBy(next))).toMatchObject({ answer: 'admit' });
  });

  it('does not start with a secret that is none, and does not show it', () => {
    const secret = 'a-telling-secret-that-is-too-sh';
    expect(() => start({ sharedSecrets: [{ kid: 'a', secret }] })).toThrow(/^sharedSecrets\[0\] must hold/);
    expect(() => start({ sharedSecrets: [{ kid: 'a', secret }] })).not.toThrow(secret);
  });
});
