import { createSecretKey } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { testKeys } from '@latchkey/tokens/testing';
import { decodeProtectedHeader, errors, jwtVerify } from 'jose';
import { ClientJwts } from './client-jwts.js';
import { digestOf } from './digest.js';
import { Unavailable } from './errors.js';
import { noClientMacKeys } from './testing/builders.js';

const { signer } = testKeys();
const [older, newer] = ['o'.repeat(43), 'n'.repeat(43)];
const keyOf = (secret: string) => ({ digest: digestOf(secret), key: createSecretKey(Buffer.from(secret, 'utf8')) });
const jwts = new ClientJwts(
  { signerFor: () => signer },
  { keysOf: (clientId) => Promise.resolve(clientId === 'a-client' ? [keyOf(older), keyOf(newer)] : []) },
);
const sign = (secretDigest?: string, clientId = 'a-client') =>
  jwts.sign({ clientId, algorithm: 'HS256', typ: 'JWT', claims: { sub: 'ada' }, secretDigest });
const opens = async (jwt: string, secret: string): Promise<boolean> => {
  try {
    await jwtVerify(jwt, Buffer.from(secret, 'utf8'));
    return true;
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return false;
    throw error;
  }
};

describe('OpenID Connect Core §10.1 HS256 is keyed with a secret of the client', () => {
  it('cannot be signed where there is none: an outage, and never a token under something else', async () => {
    await expect(sign(undefined, 'another')).rejects.toBeInstanceOf(Unavailable);
    await expect(
      new ClientJwts({ signerFor: () => signer }, noClientMacKeys).sign({
        ...{ clientId: 'a-client', algorithm: 'HS256', typ: 'JWT', claims: {}, secretDigest: digestOf(older) },
      }),
    ).rejects.toBeInstanceOf(Unavailable);
  });

  it.each([
    ['the older, when it was shown', digestOf(older), older, newer],
    ['the newer, when it was shown', digestOf(newer), newer, older],
    ['the newest, when none was shown', undefined, newer, older],
    ['the newest, when what was shown is not kept', digestOf('x'), newer, older],
  ])('that is %s', async (_which, shown, right, wrong) => {
    const jwt = await sign(shown);
    expect([await opens(jwt, wrong), await opens(jwt, right)]).toEqual([false, true]);
  });

  it('has no kid: the secret has no name (RFC 7515 §4.1.4); and no typ where none is asked for', async () => {
    expect(decodeProtectedHeader(await sign())).toEqual({ alg: 'HS256', typ: 'JWT' });
    const bare = { clientId: 'a-client', typ: undefined, claims: {} };
    expect(decodeProtectedHeader(await jwts.sign({ ...bare, algorithm: 'HS256' }))).toEqual({ alg: 'HS256' });
    const { kid } = signer;
    expect(decodeProtectedHeader(await jwts.sign({ ...bare, algorithm: 'ES256' }))).toEqual({ alg: 'ES256', kid });
  });

  it('is not signed with less than RFC 7518 §3.2 asks for', async () => {
    const short = new ClientJwts(
      { signerFor: () => signer },
      { keysOf: () => Promise.resolve([keyOf('k'.repeat(31))]) },
    );
    await expect(short.sign({ clientId: 'a-client', algorithm: 'HS256', typ: 'JWT', claims: {} })).rejects.toThrow(
      'cannot sign',
    );
  });
});
