import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { AccessTokenVerifier } from '../access-token/verify.js';
import { RevocationList } from '../revocation/list.js';
import { systemClock } from '../testing/clock.js';
import { mintAccessToken } from '../testing/mint-access-token.js';
import { testKeys, testSecret } from '../testing/test-keys.js';
import { SharedSecrets, type SharedSecret } from './shared-secrets.js';
import type { VerificationKeys } from './verification-keys.js';

const audience = 'http://localhost:4002';
const published = testKeys();
const rsa = testKeys('RS256');
const both: VerificationKeys = { ...published, find: (kid) => published.find(kid) ?? rsa.find(kid) };
const [old, next] = [randomBytes(32), randomBytes(48)];
const secrets: readonly SharedSecret[] = [
  { kid: 'old', secret: old },
  { kid: 'next', secret: next.toString('base64url') },
];

const keys = new SharedSecrets(secrets, audience, both);
const revocations = new RevocationList();
const verifier = new AccessTokenVerifier({
  ...{ issuer: 'http://localhost:4000', audience, keys, revocations, clock: systemClock },
});
const verdictOf = (token: string, by = verifier) => {
  const judgement = by.judge(token);
  return judgement.verdict === 'refused' ? judgement.reason : judgement.verdict;
};
const mintBy = (kid: string, secret: Buffer, claims = {}, header = {}) =>
  mintAccessToken(claims, { signer: testSecret(kid, secret).signer, header });

describe('RFC 8725 §2.1, §3.1 a shared secret and a public key are never taken for each other', () => {
  it('refuses HS256 by the octets of a public key, as PEM, DER and JWK', () => {
    for (const { kid, publicKey, jwks } of [published, rsa]) {
      const octets = [
        publicKey.export({ type: 'spki', format: 'pem' }),
        publicKey.export({ type: 'spki', format: 'der' }),
        JSON.stringify(jwks.keys[0]),
      ];
      for (const secret of octets) expect(verdictOf(mintBy(kid, Buffer.from(secret)))).toBe('wrong_algorithm');
    }
  });

  it('refuses HS256 by a shared secret under the kid of a public key, and the other way round', () => {
    expect(verdictOf(mintBy(published.kid, old))).toBe('wrong_algorithm');
    for (const { signer } of [published, rsa]) {
      expect(verdictOf(mintAccessToken({}, { signer, header: { kid: 'old' } }))).toBe('wrong_algorithm');
      const renamed = mintAccessToken({}, { signer, header: { kid: 'old', alg: 'HS256' } });
      expect(verdictOf(renamed)).toBe('bad_signature');
    }
  });

  it('keeps to its own secret when the issuer publishes a key under that kid', () => {
    const taken = { kid: published.kid, secret: old };
    const one = new AccessTokenVerifier({
      ...{ issuer: 'http://localhost:4000', audience, revocations, clock: systemClock },
      keys: new SharedSecrets([taken], audience, both),
    });
    expect(verdictOf(mintAccessToken({}, { signer: published.signer }), one)).toBe('wrong_algorithm');
    expect(verdictOf(mintBy(published.kid, old), one)).toBe('genuine');
  });

  it.each(['HS384', 'HS512', 'none'])('refuses %s by a shared secret', (alg) => {
    expect(verdictOf(mintBy('old', old, {}, { alg }))).toBe('unknown_algorithm');
  });

  it('refuses a MAC by another secret, by an empty one and by the text of the secret', () => {
    expect(verdictOf(mintBy('old', next))).toBe('bad_signature');
    expect(verdictOf(mintBy('next', Buffer.from(next.toString('base64url'))))).toBe('bad_signature');
    const [header, payload] = mintBy('old', old).split('.');
    const empty = createHmac('sha256', '').update(`${header}.${payload}`).digest('base64url');
    expect(verdictOf(`${header}.${payload}.${empty}`)).toBe('bad_signature');
  });
});

describe('DESIGN §4 a symmetric key verifies only tokens whose aud is exactly its API', () => {
  it.each([
    ['a neighbour', 'http://localhost:4009'],
    ['the API and a neighbour', [audience, 'http://localhost:4009']],
    ['the API and the issuer', [audience, 'http://localhost:4000']],
    ['nobody', []],
  ])('refuses one for %s', (_, aud) => {
    expect(verdictOf(mintBy('old', old, { aud }))).not.toBe('genuine');
  });

  it('admits by either of two live values while the secret is rotated, and others by the issuer’s own keys', () => {
    expect(verdictOf(mintBy('old', old))).toBe('genuine');
    expect(verdictOf(mintBy('next', next, { aud: [audience] }))).toBe('genuine');
    expect(verdictOf(mintAccessToken({}, { signer: published.signer }))).toBe('genuine');
    expect(verdictOf(mintAccessToken({}, { signer: rsa.signer }))).toBe('genuine');
    expect(keys.find('nobody')).toBeUndefined();
  });

  it('refuses whatever is revoked with its kid', () => {
    const list = new RevocationList();
    list.add({ id: 'i', kind: 'key', value: 'old', expiresAt: null });
    const one = new AccessTokenVerifier({
      ...{ issuer: 'http://localhost:4000', audience, keys, revocations: list, clock: systemClock },
    });
    expect(verdictOf(mintBy('old', old), one)).toBe('revoked');
    expect(verdictOf(mintBy('next', next), one)).toBe('genuine');
  });
});

describe('RFC 7518 §3.2 what is no secret is refused at start, and never shown', () => {
  const telling = 'the-very-secret-that-nobody-may-ever-see-in-a-log';
  const good: SharedSecret = { kid: 'a', secret: randomBytes(32) };
  it.each<[string, readonly SharedSecret[], string]>([
    [
      'of 31 bytes',
      [good, { kid: telling, secret: randomBytes(31) }],
      'sharedSecrets[1] must hold a secret of at least',
    ],
    ['that is empty', [{ kid: telling, secret: '' }], 'at least 32 bytes'],
    ['that is no base64url', [{ kid: telling, secret: `${telling} +/` }], 'base64url'],
    ['with padding', [{ kid: telling, secret: `${'A'.repeat(43)}=` }], 'base64url'],
    ['with bits left over', [{ kid: telling, secret: `${'A'.repeat(42)}B` }], 'base64url'],
    ['without a kid', [{ kid: '', secret: telling.repeat(2) }], 'sharedSecrets[0] needs a kid'],
    ['with a kid beyond measure', [{ kid: telling.repeat(10), secret: randomBytes(32) }], 'needs a kid'],
    ['with the kid of another', [good, good], 'sharedSecrets[1] has the kid of another'],
    ['too many', 'abcde'.split('').map((kid) => ({ ...good, kid })), 'more than 4'],
  ])('%s', (_, given, sentence) => {
    let message = '';
    try {
      new SharedSecrets(given, audience, published);
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain(sentence);
    expect(message).not.toContain(telling);
  });
});

describe('DESIGN §6 beside shared secrets the issuer’s keys are still awaited, asked for and outdated', () => {
  it('says whatever the source of the public keys says', async () => {
    const asked: unknown[] = [];
    const source = { loaded: false, outdated: true, find: () => undefined };
    const beside = new SharedSecrets(secrets, audience, {
      ...source,
      refresh: () => Promise.resolve(void asked.push('refresh')),
      changed: (revision) => Promise.resolve(void asked.push(revision)),
    });
    expect([beside.loaded, beside.outdated]).toEqual([false, true]);
    await beside.refresh();
    await beside.changed(7);
    await beside.changed();
    expect(asked).toEqual(['refresh', 7, undefined]);
  });
});
