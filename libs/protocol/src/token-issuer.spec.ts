import { describe, expect, it } from '@jest/globals';
import type { Signer, SignerSource } from '@latchkey/tokens/issuing';
import { testKeys } from '@latchkey/tokens/testing';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { ClientJwts } from './client-jwts.js';
import { Unavailable } from './errors.js';
import type { Decision } from './grants/decision.js';
import { aClient, anApi, noClientMacKeys } from './testing/builders.js';
import { TokenIssuer } from './token-issuer.js';

const settings = {
  issuer: 'https://issuer.example',
  ...{ accessTokenLifetimeSeconds: 300, idTokenLifetimeSeconds: 300, grantLifetimeSeconds: 86_400 },
  ...{ refreshToleranceSeconds: 10, jwksMaxAgeSeconds: 60 },
};
const { signer } = testKeys();
const decisionFor = (api = anApi()): Decision => ({
  client: aClient(),
  sub: 'somebody',
  audience: { identifiers: [api.identifier], scope: ['notes:read'], api },
  generations: { iss: 0, cli: 0, sub: 0 },
  person: { grantId: 'a-grant', authTime: 1_700_000_000, amr: ['pwd'] },
  idToken: { sid: 'a-session', claims: {} },
});
const issue = (signers: SignerSource, decision = decisionFor()) =>
  new TokenIssuer(signers, settings, new ClientJwts(signers, noClientMacKeys)).issue(decision, 1_700_000_000);
const failure = new Error('the vault is sealed');
const throws = (): never => {
  throw failure;
};
const rejects = (): Promise<never> => Promise.reject(failure);
const withSign = (sign: Signer['sign']): Signer => ({ kid: signer.kid, algorithm: 'ES256', sign });

describe('keys K9: the outage of a signer is 503, whatever it fails with', () => {
  it.each<[string, SignerSource]>([
    ['there is no signer', { signerFor: throws }],
    ['the source of signers rejects', { signerFor: rejects }],
    ['the signer throws', { signerFor: () => withSign(throws) }],
    ['the signer rejects', { signerFor: () => withSign(rejects) }],
    ['a late signer throws', { signerFor: () => Promise.resolve(withSign(throws)) }],
    ['a late signer rejects', { signerFor: () => Promise.resolve(withSign(rejects)) }],
    [
      'only the ID token cannot be signed',
      { signerFor: (algorithm) => (algorithm === 'RS256' ? throws() : withSign((input) => signer.sign(input))) },
    ],
  ])('when %s', async (_what, signers) => {
    const error = await issue(signers).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Unavailable);
    expect(error).toMatchObject({ what: 'a signing key', cause: failure });
  });
});

describe('keys K9: a signer may answer at once or later', () => {
  const later = <Value>(value: Value): Promise<Value> =>
    new Promise((resolve) => {
      setImmediate(() => {
        resolve(value);
      });
    });
  it.each<[string, SignerSource]>([
    ['at once', { signerFor: () => signer }],
    ['later', { signerFor: () => withSign((input) => later(signer.sign(input))) }],
    [
      'later, from a source that answers later',
      { signerFor: () => later(withSign((input) => later(signer.sign(input)))) },
    ],
  ])('%s', async (_when, signers) => {
    const { access_token, id_token } = await issue(signers);
    for (const token of [access_token, id_token]) {
      expect(decodeProtectedHeader(token ?? '')).toMatchObject({ kid: signer.kid, alg: 'ES256' });
      expect(decodeJwt(token ?? '').sub).toBe('somebody');
    }
  });
});

describe('RFC 8725 §3.1 one key, one use', () => {
  it('asks for the secret of the API alone with HS256, and names no API for any other key', async () => {
    const asked: unknown[] = [];
    const signers: SignerSource = {
      signerFor: (...words) => {
        asked.push(words);
        return signer;
      },
    };
    await issue(signers, decisionFor(anApi({ accessTokenSigningAlg: 'HS256' })));
    await issue(signers, decisionFor(anApi({ accessTokenSigningAlg: 'PS256' })));
    await issue(signers, { ...decisionFor(), audience: { identifiers: ['x'], scope: ['openid'], api: undefined } });
    expect(asked).toEqual([
      ['HS256', anApi().identifier],
      ['RS256', undefined],
      ['PS256', undefined],
      ['RS256', undefined],
      ['ES256', undefined],
      ['RS256', undefined],
    ]);
  });
});
