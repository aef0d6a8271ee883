import { createSecretKey, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LocalSigner } from '@latchkey/tokens/issuing';
import { mintAccessToken, until } from '@latchkey/tokens/testing';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { type Installation, type LinedGuard, type Machine, startInstallation } from './test/installation.js';

const BOTH = [0, 1] as const;
const kidOf = (token: string): string => String(decodeProtectedHeader(token).kid);

let world: Installation;
let notes: LinedGuard;
beforeAll(async () => {
  world = await startInstallation(5000);
  notes = await world.addGuard();
});
afterAll(() => world.stop());

interface SharedSecret {
  readonly kid: string;
  readonly secret: string;
}
interface RegisteredApi {
  readonly identifier: string;
  readonly scope: string;
  /** Of the admin API. */
  readonly path: string;
  readonly secret: SharedSecret;
  readonly machine: Machine;
}
/** A name of its own, and a scope that is called by it. */
const aName = (): { readonly identifier: string; readonly scope: string } => {
  const name = randomBytes(4).toString('hex');
  return { identifier: `https://${name}.example`, scope: `${name}:read` };
};
async function addApi(algorithm: string, { identifier, scope } = aName(), over: object = {}): Promise<RegisteredApi> {
  const scopes = [{ name: scope, description: 'Read it' }];
  const body = { identifier, scopes, access_token_signing_alg: algorithm, ...over };
  const { status, json } = await world.admin('POST', '/apis', { body, instance: 1 });
  if (status !== 201) throw new Error(`no API: ${status} ${JSON.stringify(json)}`);
  return {
    ...{ identifier, scope, path: `/apis/${String(json['id'])}` },
    secret: { kid: String(json['shared_secret_kid']), secret: String(json['shared_secret']) },
    machine: await world.addMachine(scope),
  };
}
const addSecret = async ({ path }: RegisteredApi): Promise<SharedSecret> => {
  const { status, json } = await world.admin('POST', `${path}/secrets`);
  if (status !== 201) throw new Error(`no secret: ${status} ${JSON.stringify(json)}`);
  return { kid: String(json['kid']), secret: String(json['shared_secret']) };
};
const guardOf = (
  { identifier: audience, scope, machine }: RegisteredApi,
  sharedSecrets: readonly SharedSecret[],
): Promise<LinedGuard> => world.addGuard({ audience, sharedSecrets }, { scope, token: () => machine.token() });
const signedBy = (kid: string, machine: Machine): Promise<unknown> =>
  Promise.all(
    BOTH.map((instance) =>
      until(async () => kidOf(await machine.token(instance)) === kid, 'the instance signs with it'),
    ),
  );
const atTheAdminDoor = (token: string): Promise<readonly number[]> =>
  Promise.all(BOTH.map(async (instance) => (await world.admin('GET', '/apis', { instance, token })).status));

describe('DESIGN §4, RFC 8725 §3.1: a token under a shared secret is for its API alone', () => {
  let api: RegisteredApi;
  let neighbour: RegisteredApi;
  beforeAll(async () => {
    [api, neighbour] = [await addApi('HS256'), await addApi('HS256')];
  });
  /** What an API could write that holds its secret. */
  const forged = (claims: object): string => {
    const key = createSecretKey(Buffer.from(api.secret.secret, 'base64url'));
    const whole = { iss: world.issuer, aud: api.identifier, grant_id: undefined, gen: { iss: 0, cli: 0 }, ...claims };
    return mintAccessToken(whole, { signer: new LocalSigner(api.secret.kid, 'HS256', key) });
  };

  it('has that API as its whole aud, whichever instance signs', async () => {
    for (const instance of BOTH) {
      const token = await api.machine.token(instance);
      expect([decodeJwt(token).aud, decodeProtectedHeader(token)]).toEqual([
        api.identifier,
        { alg: 'HS256', typ: 'at+jwt', kid: api.secret.kid },
      ]);
    }
  });

  it('is admitted by its guard, whoever of the two wrote it', async () => {
    const { judge } = await guardOf(api, [api.secret]);
    expect(await judge(forged({ scope: api.scope }))).toBe('admit');
  });

  it('is refused by every other guard, also by one that would know the secret', async () => {
    const token = await api.machine.token();
    const others = [
      notes,
      await guardOf(neighbour, [neighbour.secret]),
      await guardOf(neighbour, [neighbour.secret, api.secret]),
    ];
    const aud = [api.identifier, neighbour.identifier];
    for (const { judge } of others) {
      expect([await judge(token), await judge(forged({ aud, scope: neighbour.scope }))]).toEqual(['refuse', 'refuse']);
    }
  });

  it('is refused by a guard of its own that was not given the secret', async () => {
    const { identifier: audience, scope } = api;
    const { judge } = await world.addGuard({ audience }, { scope });
    expect(await judge(await api.machine.token())).toBe('refuse');
  });

  it('is refused by the admin door, whatever its holder writes', async () => {
    const audience = String(decodeJwt(await world.adminToken()).aud);
    const scope = 'apis:read apis:write';
    for (const token of [
      await api.machine.token(),
      forged({ aud: audience, scope }),
      forged({ aud: [audience], scope }),
      forged({ aud: [api.identifier, audience], scope }),
      forged({ scope }),
    ]) {
      expect(await atTheAdminDoor(token)).toEqual([401, 401]);
    }
  });

  it('revokes nothing, neither itself nor what its holder names in it', async () => {
    const victim = await world.token();
    const { jti, client_id } = decodeJwt(victim);
    const { machine } = api;
    expect(await machine.revoke(await machine.token())).toMatchObject({
      ...{ status: 400, json: { error: 'unsupported_token_type' } },
    });
    const mine = decodeJwt(await machine.token()).client_id;
    expect((await machine.revoke(forged({ jti, client_id: mine }))).json['error']).toBe('unsupported_token_type');
    expect((await world.revoke(forged({ jti, client_id }))).json['error']).toBe('unsupported_token_type');
    expect(await notes.judge(victim)).toBe('admit');
  });

  it('has its secret in no JWK Set', async () => {
    for (const url of world.publicUrls) {
      const text = await (await fetch(`${url}/jwks`)).text();
      expect(text).not.toContain(api.secret.kid);
      // The very member: three letters stand by chance in a modulus, too.
      expect(text).toContain('"kty":"RSA"');
      expect(text).not.toContain('"kty":"oct"');
    }
  });
});

describe('keys K2: a shared secret is rotated, and no token is refused', () => {
  it('by a second one that the API is given before it signs', async () => {
    const api = await addApi('HS256');
    const { machine } = api;
    let guards: readonly LinedGuard[] = [await guardOf(api, [api.secret]), await guardOf(api, [api.secret])];
    const answers: string[] = [];
    const issued: string[] = [];
    let going = true;
    const load = Promise.all(
      BOTH.map(async (instance) => {
        while (going) {
          const token = await machine.token(instance);
          issued.push(token);
          for (const { judge } of guards) answers.push(await judge(token));
        }
      }),
    );

    const next = await addSecret(api);
    // The processes of the API are restarted one after the other, each with both values.
    const replaced = guards;
    guards = [await guardOf(api, [api.secret, next]), ...guards.slice(1)];
    guards = [...guards.slice(0, 1), await guardOf(api, [next, api.secret])];
    const before = await machine.token();
    expect(kidOf(before)).toBe(api.secret.kid);
    const removed = await world.admin('DELETE', `${api.path}/secrets/${api.secret.kid}`, { instance: 1 });
    expect([removed.status, removed.json]).toEqual([200, expect.objectContaining({ successor: next.kid })]);
    await signedBy(next.kid, machine);
    // Whoever asks all the time has one of each by then, or soon.
    await until(() => issued.some((token) => kidOf(token) === next.kid), 'one of the second was judged meanwhile');
    going = false;
    await load;
    for (const { guard } of replaced) await guard.close();

    // Old ones are good until they end.
    for (const { judge } of guards) for (const token of [before, ...issued]) answers.push(await judge(token));
    expect(new Set(issued.map(kidOf))).toEqual(new Set([api.secret.kid, next.kid]));
    expect(answers.length).toBeGreaterThan(2 * issued.length);
    expect(answers.filter((answer) => answer !== 'admit')).toEqual([]);
  });
});

describe('keys K7: a shared secret is killed', () => {
  const kill = async (kid: string): Promise<Readonly<Record<string, unknown>>> => {
    const { status, json } = await world.admin('DELETE', `/keys/${kid}`, { headers: { prefer: 'wait=10' } });
    expect([status, json]).toEqual([
      200,
      expect.objectContaining({ revocation: expect.objectContaining({ state: 'applied' }) }),
    ]);
    return json;
  };

  it('and its tokens are refused by every guard at once, and no other is made until there is a new one', async () => {
    const api = await addApi('HS256');
    const guards = [await guardOf(api, [api.secret]), await guardOf(api, [api.secret])];
    const token = await api.machine.token();
    expect((await kill(api.secret.kid))['successor']).toBeNull();
    for (const { judge } of guards) expect(await judge(token)).toBe('refuse');
    for (const instance of BOTH) {
      await until(async () => (await api.machine.ask(instance)).status === 503, 'the instance signs no more');
    }
    const fresh = await addSecret(api);
    await signedBy(fresh.kid, api.machine);
    const { judge } = await guardOf(api, [fresh, api.secret]);
    const judged = [
      await judge(await api.machine.token(0)),
      await judge(await api.machine.token(1)),
      await judge(token),
    ];
    expect(judged).toEqual(['admit', 'admit', 'refuse']);
  });

  it('and one that was announced follows from that moment', async () => {
    const api = await addApi('HS256');
    const next = await addSecret(api);
    const { judge } = await guardOf(api, [api.secret, next]);
    const token = await api.machine.token();
    expect((await kill(api.secret.kid))['successor']).toMatchObject({ kid: next.kid });
    expect(await judge(token)).toBe('refuse');
    await signedBy(next.kid, api.machine);
    expect(await judge(await api.machine.token(1))).toBe('admit');
  });
});

describe('keys K2, K5, revocation.md V2: guards that run before an API, its ring and its lifetime are there', () => {
  it.each([
    ['PS256', 1200],
    ['EdDSA', 2400],
    ['RS256', 4800],
  ])('refuse no token of %s', async (algorithm, seconds) => {
    const name = aName();
    const guards = await Promise.all(
      [1, 2].map(() => world.addGuard({ audience: name.identifier }, { scope: name.scope })),
    );
    const { keys } = (await (await fetch(`${world.publicUrls[0]}/jwks`)).json()) as { keys: { alg: string }[] };
    expect(keys.some(({ alg }) => alg === algorithm)).toBe(algorithm === 'RS256');

    const { machine } = await addApi(algorithm, name, { access_token_lifetime_seconds: seconds });
    const answers: string[] = [];
    for (const instance of BOTH) {
      const token = await machine.token(instance);
      const { exp = 0, iat = 0 } = decodeJwt(token);
      expect([decodeProtectedHeader(token).alg, exp - iat]).toEqual([algorithm, seconds]);
      for (const { judge } of guards) {
        await until(async () => {
          answers.push(await judge(token));
          return answers.at(-1) === 'admit';
        }, 'the guard admits');
      }
    }
    // Whoever has not fetched the key yet may say that it cannot tell; nobody says no.
    expect(answers).not.toContain('refuse');
  });
});
