import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { MacKeys } from '@latchkey/protocol';
import { anApi } from '@latchkey/protocol/testing';
import type { Signer, SignerSource } from '@latchkey/tokens/issuing';
import { jwtVerify } from 'jose';
import { type Answer, Outside, refusalOf, textOf } from './test/outside.js';
import { ISSUER, NOTES, type ProtocolApp, startProtocolApp, type TestClient } from './test/protocol-app.js';

let app: ProtocolApp;
let outside: Outside;
let client: TestClient;
beforeAll(async () => {
  app = await startProtocolApp();
  outside = new Outside(app);
  client = await app.addClient();
});
afterAll(() => app.close());
afterEach(() => {
  delete app.elsewhere.signers;
  delete app.elsewhere.macKeys;
});

const failure = new Error('vault.internal is sealed');
const throws = (): never => {
  throw failure;
};
const rejects = async (): Promise<never> => {
  await new Promise(setImmediate);
  throw failure;
};
const signing = (sign: (signer: Signer, input: string) => Buffer | Promise<Buffer>): SignerSource => ({
  signerFor: async (...ring) => {
    const signer = await app.keys.signerFor(...ring);
    return { kid: signer.kid, algorithm: signer.algorithm, sign: (input) => sign(signer, input) };
  },
});
const OUTAGES: readonly [string, SignerSource][] = [
  ['there is no signer', { signerFor: throws }],
  ['the source of signers rejects', { signerFor: rejects }],
  ['the signer throws', signing(throws)],
  ['the signer rejects', signing(rejects)],
  [
    'only the ID token cannot be signed',
    { signerFor: (algorithm) => (algorithm === 'RS256' ? throws() : app.keys.signerFor(algorithm)) },
  ],
];

function expectOutage(answer: Answer): void {
  expect(refusalOf(answer)).toEqual([503, 'temporarily_unavailable']);
  expect(answer.headers.get('retry-after')).toBe('1');
  expect(JSON.stringify(answer.json)).not.toContain('vault');
  expect(answer.json).not.toHaveProperty('access_token');
}
const grants = async (): Promise<string> =>
  JSON.stringify(await app.sql('SELECT t::text FROM auth.grants t ORDER BY 1'));

describe.each(OUTAGES)('keys K9: it is 503 and nothing is committed when %s', (_what, signers) => {
  it('the code stays redeemable, once', async () => {
    const authorized = await outside.authorize(client);
    const before = await grants();
    app.elsewhere.signers = signers;
    expectOutage(await outside.redeem(client, authorized));
    expectOutage(await outside.redeem(client, authorized));
    expect(await grants()).toBe(before);
    delete app.elsewhere.signers;
    expect((await outside.redeem(client, authorized)).status).toBe(200);
    expect(refusalOf(await outside.redeem(client, authorized))).toEqual([400, 'invalid_grant']);
  });

  it('the refresh token is not rotated, however long the outage', async () => {
    const token = textOf(await outside.logIn(client), 'refresh_token');
    const before = await grants();
    app.elsewhere.signers = signers;
    expectOutage(await outside.refresh(client, token));
    expectOutage(await outside.refresh(client, token));
    expect(await grants()).toBe(before);
    delete app.elsewhere.signers;
    app.advance(60);
    const next = textOf(await outside.refresh(client, token), 'refresh_token');
    expect((await outside.refresh(client, next)).status).toBe(200);
  });
});

describe('keys K9: a signer may answer later', () => {
  it('and its tokens are as good as any', async () => {
    app.elsewhere.signers = signing(async (signer, input) => {
      await new Promise(setImmediate);
      return signer.sign(input);
    });
    const answer = await outside.logIn(client);
    for (const [name, audience] of [
      ['access_token', NOTES.identifier],
      ['id_token', client.clientId],
    ] as const) {
      expect((await outside.verified(textOf(answer, name), audience)).claims.iss).toBe(ISSUER);
    }
  });
});

describe('keys K4: a MAC key that cannot be had is an outage, never invalid_grant', () => {
  const MAC_OUTAGES: readonly [string, Partial<MacKeys>][] = [
    ['cannot be opened', { find: throws }],
    ['is not found, as the store does not answer', { find: rejects }],
    ['of now cannot be opened', { current: throws }],
    ['of now does not come', { current: rejects }],
  ];

  it.each(MAC_OUTAGES)('at the refresh, when the key %s', async (_how, broken) => {
    const token = textOf(await outside.logIn(client), 'refresh_token');
    const before = await grants();
    app.elsewhere.macKeys = { ...app.keys.refreshKeys, ...broken };
    expectOutage(await outside.refresh(client, token));
    expect(await grants()).toBe(before);
    delete app.elsewhere.macKeys;
    expect((await outside.refresh(client, token)).status).toBe(200);
  });

  it('at the code, which stays redeemable', async () => {
    const authorized = await outside.authorize(client);
    app.elsewhere.macKeys = { ...app.keys.refreshKeys, current: throws };
    expectOutage(await outside.redeem(client, authorized));
    delete app.elsewhere.macKeys;
    expect((await outside.redeem(client, authorized)).status).toBe(200);
  });

  it.each([throws, rejects])('at /revoke, which must not say that the token is revoked', async (find) => {
    const token = textOf(await outside.logIn(client), 'refresh_token');
    app.elsewhere.macKeys = { ...app.keys.refreshKeys, find };
    const answer = await outside.revoke(client, token);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    delete app.elsewhere.macKeys;
    expect((await outside.revoke(client, token)).status).toBe(200);
    expect(refusalOf(await outside.refresh(client, token))).toEqual([400, 'invalid_grant']);
  });

  it('takes a key that comes later', async () => {
    const { refreshKeys } = app.keys;
    app.elsewhere.macKeys = {
      current: () => Promise.resolve(refreshKeys.current()),
      find: (id) => Promise.resolve(refreshKeys.find(id)),
    };
    const token = textOf(await outside.logIn(client), 'refresh_token');
    expect((await outside.refresh(client, token)).status).toBe(200);
  });
});

describe('keys K2, RFC 7518 §3.2: the tokens of an API that shares a secret', () => {
  const SHARED = anApi({
    identifier: 'https://shared.example',
    name: 'Shared',
    scopes: [{ name: 'shared:read', description: 'Read what is shared' }],
    accessTokenSigningAlg: 'HS256',
  });
  let machine: TestClient;
  beforeAll(async () => {
    await app.addApi(SHARED);
    machine = await app.addClient({ allowedScope: ['shared:read'] });
  });

  it('cannot be had while it has no secret: an outage of that API alone', async () => {
    expectOutage(await outside.machine(machine));
    expect((await outside.machine(client, { scope: 'notes:read' })).status).toBe(200);
  });

  it('are signed with its own secret, for it alone', async () => {
    const made = await app.rotation.addSecret(SHARED.identifier, { actor: 'spec', receipt: false });
    if (made === 'full') throw new Error('full');
    const token = textOf(await outside.machine(machine), 'access_token');
    const { protectedHeader, payload } = await jwtVerify(token, made.secret, {
      ...{ issuer: ISSUER, audience: SHARED.identifier, currentDate: new Date(app.nowSeconds() * 1000) },
    });
    expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'at+jwt', kid: made.key.kid });
    expect(payload.aud).toBe(SHARED.identifier);
  });
});

describe('keys K7: the tokens that follow a killed key', () => {
  it('are revoked at /revoke by an instance that has not loaded their key yet', async () => {
    const { successor } = await killedActive('ES256');
    // Another instance signs with it already.
    const other = await app.anotherRing();
    app.elsewhere.signers = other;
    const token = textOf(await outside.machine(client, { scope: 'notes:read' }), 'access_token');
    expect(app.keys.find(successor)).toBeUndefined();
    app.advance(2);
    expect((await outside.revoke(client, token)).status).toBe(200);
    expect(app.keys.find(successor)).toBeDefined();
    const [row] = await app.sql("SELECT 1 FROM auth.revocations WHERE kind = 'token' AND value = $1", [
      (await outside.verified(token, NOTES.identifier)).claims.jti,
    ]);
    expect(row).toBeDefined();
  });

  it('refresh by a MAC key that this instance has not loaded yet', async () => {
    await killedActive('refresh');
    app.advance(2);
    const other = await app.anotherRing();
    app.elsewhere.macKeys = { current: () => other.refreshKeys.current(), find: (id) => app.keys.refreshKeys.find(id) };
    const token = textOf(await outside.logIn(client), 'refresh_token');
    expect((await outside.refresh(client, token)).status).toBe(200);
  });

  async function killedActive(algorithm: string): Promise<{ readonly successor: string }> {
    const { keys } = await app.rotation.list();
    const active = keys.find(({ ring, state }) => ring.algorithm === algorithm && state === 'active');
    const killed = await app.rotation.kill(active?.kid ?? '', { actor: 'spec', receipt: false });
    if (killed.outcome === 'unknown' || killed.successor === undefined) throw new Error('nobody follows');
    return { successor: killed.successor.key.kid };
  }
});
