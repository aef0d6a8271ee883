import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeProtectedHeader, importJWK, type JWK } from 'jose';
import { Outside, recordOf, textOf } from './test/outside.js';
import { NOTES, type ProtocolApp, startProtocolApp, type TestClient } from './test/protocol-app.js';

const PUBLIC_KEY_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const;

let app: ProtocolApp;
let outside: Outside;
const clients = new Map<string, TestClient>();
beforeAll(async () => {
  app = await startProtocolApp();
  outside = new Outside(app);
  for (const algorithm of PUBLIC_KEY_ALGORITHMS) {
    clients.set(algorithm, await app.addClient({ idTokenSignedResponseAlg: algorithm }));
  }
});
afterAll(() => app.close());

const published = async (): Promise<readonly JWK[]> =>
  // What `jose` makes of them is the test of them.
  recordOf(await (await fetch(`${app.url}/jwks`)).json())['keys'] as JWK[];

async function tokensBy(algorithm: string) {
  const client = clients.get(algorithm);
  if (client === undefined) throw new Error(algorithm);
  const answer = await outside.logIn(client);
  return { clientId: client.clientId, id: textOf(answer, 'id_token'), access: textOf(answer, 'access_token') };
}

describe('R7 RFC 7517 §4, RFC 7518 §6 and R25 OpenID Connect Core §10.1 the published keys', () => {
  it.each(PUBLIC_KEY_ALGORITHMS)(
    'have one whose kid and alg are those of a token under %s, and it verifies',
    async (algorithm) => {
      const { id, access, clientId } = await tokensBy(algorithm);
      const keys = await published();
      for (const token of [id, access]) {
        const { kid, alg } = decodeProtectedHeader(token);
        expect(keys.filter((key) => key.kid === kid).map((key) => key.alg)).toEqual([alg]);
      }
      expect(decodeProtectedHeader(id).alg).toBe(algorithm);
      await outside.verified(id, clientId);
      await outside.verified(access, NOTES.identifier);
    },
  );

  it('have every required member in base64url without padding, nothing private, RSA of 2048 bits, and a name of their own', async () => {
    const keys = await published();
    for (const key of keys) {
      const { kty, kid, alg = '' } = key;
      const required = new Map([
        ['EC', [key.x, key.y]],
        ['OKP', [key.x]],
        ['RSA', [key.n, key.e]],
      ]).get(kty ?? '');
      for (const value of required ?? [undefined]) expect(value).toMatch(/^[\w-]+$/);
      for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']) expect(key).not.toHaveProperty(name);
      expect(kid).toMatch(/^[\w-]{43}$/);
      if (key.n !== undefined) expect(Buffer.from(key.n, 'base64url').length * 8).toBeGreaterThanOrEqual(2048);
      await importJWK(key, alg);
    }
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(keys.length);
    expect(keys.map(({ alg }) => alg).toSorted()).toEqual([...PUBLIC_KEY_ALGORITHMS].toSorted());
  });
});

describe('R8 OpenID Connect Core §10.1.1 rotation', () => {
  it('publishes a successor before it signs, then signs by it, and keeps what came before', async () => {
    const before = await published();
    const old = await tokensBy('RS256');
    const announced = await app.rotation.rotate({ actor: 'spec', receipt: false });
    await app.keys.reload();
    const during = await published();
    expect(during).toEqual(expect.arrayContaining([...before]));
    const added = during.filter(({ kid }) => before.every((key) => key.kid !== kid));
    expect(new Set(added.map(({ alg }) => alg))).toEqual(new Set(PUBLIC_KEY_ALGORITHMS));
    expect(new Set(during.map((key) => key.n ?? key.x)).size).toBe(during.length);
    expect(decodeProtectedHeader((await tokensBy('RS256')).id).kid).toBe(decodeProtectedHeader(old.id).kid);

    // The span of the announcement has passed.
    await app.sql(`UPDATE auth.keys SET announced_at = announced_at - interval '2 hours',
      active_from = active_from - interval '2 hours' WHERE state = 'announced'`);
    await app.rotation.run();
    await app.keys.reload();
    for (const algorithm of PUBLIC_KEY_ALGORITHMS) {
      const { id, clientId } = await tokensBy(algorithm);
      const { kid } = decodeProtectedHeader(id);
      expect(announced.map((key) => key.kid)).toContain(kid);
      expect(added.map((key) => key.kid)).toContain(kid);
      await outside.verified(id, clientId);
    }
    expect(await published()).toEqual(expect.arrayContaining([...during]));
    await outside.verified(old.id, old.clientId);
  });
});
