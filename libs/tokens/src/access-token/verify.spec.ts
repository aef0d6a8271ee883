import { createHmac, createSecretKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import * as jose from 'jose';
import { encodeCompact } from '../jws/compact.js';
import { signInput } from '../jws/signature.js';
import { LocalSigner } from '../keys/local-signer.js';
import type { VerificationKey } from '../keys/verification-keys.js';
import { RevocationList } from '../revocation/list.js';
import { fakeClock, type FakeClock } from '../testing/clock.js';
import { mintAccessToken } from '../testing/mint-access-token.js';
import { testKeys } from '../testing/test-keys.js';
import { AccessTokenVerifier, EVERY_AUDIENCE, type AccessTokenVerifierOptions } from './verify.js';

const issuer = 'http://localhost:4000';
const audience = 'http://localhost:4002';
const keys = testKeys();
const [jwk] = keys.jwks.keys;

let clock: FakeClock;
let list: RevocationList;
let nowSeconds: number;
beforeEach(() => {
  clock = fakeClock();
  list = new RevocationList();
  nowSeconds = clock.now() / 1000;
});

const verifier = (overrides: Partial<AccessTokenVerifierOptions> = {}) =>
  new AccessTokenVerifier({ issuer, audience, keys, revocations: list, clock, ...overrides });
const mint = (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}) =>
  mintAccessToken({ iat: nowSeconds, exp: nowSeconds + 300, ...claims }, { signer: keys.signer, header });
const verdictOf = (token: string, by = verifier()) => {
  const judgement = by.judge(token);
  return judgement.verdict === 'refused' ? judgement.reason : judgement.verdict;
};
/** The same claims under another header and another signature. */
const resigned = (header: Record<string, unknown>, signature: (input: string) => Buffer, claims = {}) => {
  const payload = mint(claims).split('.')[1] ?? '';
  const input = `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}`;
  return encodeCompact(input, signature(input));
};

describe('RFC 8725 §3.1 algorithms', () => {
  it('refuses alg none, with a signature and without one', () => {
    const none = resigned({ alg: 'none', typ: 'at+jwt', kid: keys.kid }, () => Buffer.from('x'));
    expect(verdictOf(none)).toBe('unknown_algorithm');
    expect(verdictOf(`${none.split('.').slice(0, 2).join('.')}.`)).toBe('unknown_algorithm');
  });

  it.each(['RS256', 'PS256', 'EdDSA', 'HS256'])('refuses %s, which is not the algorithm of the key', (alg) => {
    expect(verdictOf(mint({}, { alg }))).toBe('wrong_algorithm');
  });

  it('refuses an RS256 key used for PS256', () => {
    const rsa = testKeys('RS256');
    const header = { alg: 'PS256', typ: 'at+jwt', kid: rsa.kid };
    const token = resigned(header, (input) => signInput('PS256', rsa.privateKey, input));
    expect(verdictOf(token, verifier({ keys: rsa }))).toBe('wrong_algorithm');
  });

  it('refuses HS256 with the public key as secret, as PEM, DER, JWK and raw text', () => {
    const secrets = [
      keys.publicKey.export({ type: 'spki', format: 'pem' }),
      keys.publicKey.export({ type: 'spki', format: 'der' }),
      JSON.stringify(jwk),
      JSON.stringify(keys.publicKey.export({ format: 'jwk' })),
    ];
    for (const secret of secrets) {
      const header = { alg: 'HS256', typ: 'at+jwt', kid: keys.kid };
      const token = resigned(header, (input) => createHmac('sha256', secret).update(input).digest());
      expect(verdictOf(token)).toBe('wrong_algorithm');
    }
  });

  it('refuses HS256 by a public key even where the source of keys says HS256', () => {
    const confused: VerificationKey = {
      kid: keys.kid,
      algorithm: 'HS256',
      key: keys.publicKey,
      soleAudience: audience,
    };
    const pem = keys.publicKey.export({ type: 'spki', format: 'pem' });
    const header = { alg: 'HS256', typ: 'at+jwt', kid: keys.kid };
    const token = resigned(header, (input) => createHmac('sha256', pem).update(input).digest());
    expect(verdictOf(token, verifier({ keys: { ...keys, find: () => confused } }))).toBe('bad_signature');
  });

  it.each(['ES256', 'RS256', 'PS256', 'EdDSA'] as const)('accepts %s by its own key, as jose signs it', async (alg) => {
    const other = testKeys(alg);
    const token = await new jose.SignJWT({ client_id: 'c', gen: { iss: 0, cli: 0 } })
      .setProtectedHeader({ alg, typ: 'at+jwt', kid: other.kid })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject('c')
      .setJti('j')
      .setIssuedAt(nowSeconds)
      .setExpirationTime(nowSeconds + 60)
      .sign(other.privateKey);
    expect(verdictOf(token, verifier({ keys: other }))).toBe('genuine');
  });

  it.each(['ES256', 'RS256', 'PS256', 'EdDSA'] as const)('signs %s so that jose verifies it', async (alg) => {
    const other = testKeys(alg);
    const token = mintAccessToken({}, { signer: other.signer });
    const { protectedHeader } = await jose.jwtVerify(token, other.publicKey, { issuer, audience, typ: 'at+jwt' });
    expect(protectedHeader).toEqual({ alg, typ: 'at+jwt', kid: other.kid });
  });
});

describe('RFC 8725 §3.10 keys in the token', () => {
  it('ignores jwk, jku, x5u and x5c', () => {
    const stranger = testKeys();
    const temptations = {
      jwk: stranger.jwks.keys[0],
      jku: 'https://evil.example/jwks',
      x5u: 'https://evil.example/cert',
      x5c: ['MIIB'],
    };
    const header = { alg: 'ES256', typ: 'at+jwt', kid: keys.kid, ...temptations };
    expect(verdictOf(resigned(header, (input) => stranger.signer.sign(input)))).toBe('bad_signature');
    expect(verdictOf(mint({}, temptations))).toBe('genuine');
  });

  it('says unknown_key for a kid that is unknown or missing', () => {
    expect(verdictOf(mint({}, { kid: 'other' }))).toBe('unknown_key');
    expect(verdictOf(mint({}, { kid: undefined }))).toBe('unknown_key');
    expect(verdictOf(mint({}, { kid: '__proto__' }))).toBe('unknown_key');
  });
});

describe('RFC 9068 §4 validating', () => {
  it.each(['JWT', 'at+jwt;x', 'id+jwt', '', undefined, 'application/jwt', 'application/application/at+jwt'])(
    'refuses typ %j',
    (typ) => {
      expect(verdictOf(mint({}, { typ }))).toBe('wrong_type');
    },
  );

  it.each(['at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/At+Jwt'])('accepts typ %s', (typ) => {
    expect(verdictOf(mint({}, { typ }))).toBe('genuine');
  });

  it.each([`${issuer}/`, issuer.toUpperCase(), 'http://localhost:4001'])('refuses iss %s', (iss) => {
    expect(verdictOf(mint({ iss }))).toBe('wrong_issuer');
  });

  it.each([`${audience}/`, 'x', ['x', 'y']])('refuses aud %j', (aud) => {
    expect(verdictOf(mint({ aud }))).toBe('wrong_audience');
  });

  it('accepts an aud that lists this API among others', () => {
    expect(verdictOf(mint({ aud: ['x', audience] }))).toBe('genuine');
  });

  it.each([
    ['iss', [undefined, 1, '']],
    ['sub', [undefined, 1, '', null]],
    ['aud', [undefined, [], [1], '', { 0: audience }]],
    ['exp', [undefined, '9999999999', null, true]],
    ['iat', [undefined, '1']],
    ['jti', [undefined, '', 7]],
    ['client_id', [undefined, '']],
    ['gen', [undefined, {}, { iss: 0 }, { iss: 0, cli: -1 }, { iss: 0, cli: 0, sub: '0' }, { iss: 0.5, cli: 0 }]],
    ['scope', [1, ['notes:read']]],
    ['auth_time', ['1']],
    ['acr', [1]],
    ['amr', ['pwd', [1]]],
    ['grant_id', [1, '']],
    ['sid', [1, '']],
    ['cnf', ['x', { jkt: 1 }]],
    ['nbf', ['1']],
  ])('refuses %s of another shape, or missing', (name, values) => {
    for (const value of values) expect(verdictOf(mint({ [name]: value }))).toBe('bad_claims');
  });

  it('refuses a token that is over, up to the tolerance and not beyond', () => {
    expect(verdictOf(mint({ exp: nowSeconds - 5 }))).toBe('expired');
    expect(verdictOf(mint({ exp: nowSeconds - 4 }))).toBe('genuine');
    expect(verdictOf(mint({ exp: nowSeconds }), verifier({ clockToleranceSeconds: 0 }))).toBe('expired');
  });

  it('refuses a token from the future', () => {
    expect(verdictOf(mint({ iat: nowSeconds + 6 }))).toBe('not_yet_valid');
    expect(verdictOf(mint({ nbf: nowSeconds + 6 }))).toBe('not_yet_valid');
    expect(verdictOf(mint({ nbf: nowSeconds + 5 }))).toBe('genuine');
  });

  it('revocation.md V2: refuses a token that lives longer than any entry is kept', () => {
    expect(verdictOf(mint({ exp: nowSeconds + 301 }), verifier({ maxLifetimeSeconds: 300 }))).toBe('lifetime_too_long');
    expect(verdictOf(mint(), verifier({ maxLifetimeSeconds: 300 }))).toBe('genuine');
  });

  it('revocation.md V2: a guard refuses a token whose exp − iat is above the longest that was ever in force', () => {
    const knowing = (longestLifetimeSeconds: number | undefined) => ({
      revocations: { match: () => undefined, longestLifetimeSeconds },
    });
    const bound = { maxLifetimeSeconds: 300 };
    expect(verdictOf(mint(), verifier(knowing(299)))).toBe('lifetime_too_long');
    expect(verdictOf(mint(), verifier({ ...knowing(299), ...bound }))).toBe('lifetime_too_long');
    // The verifier's own bound may be stricter, and never loosens what was heard.
    expect(verdictOf(mint({ exp: nowSeconds + 301 }), verifier({ ...knowing(3600), ...bound }))).toBe(
      'lifetime_too_long',
    );
    expect(verdictOf(mint(), verifier({ ...knowing(299), maxLifetimeSeconds: 3600 }))).toBe('lifetime_too_long');
    expect(verdictOf(mint(), verifier({ ...knowing(300), ...bound }))).toBe('genuine');
    expect(verdictOf(mint(), verifier(knowing(undefined)))).toBe('genuine');
  });

  it('revocation.md V2: hears the longest lifetime while it runs', () => {
    const revocations = { match: () => undefined, longestLifetimeSeconds: 300 };
    const by = verifier({ revocations });
    const token = mint({ exp: nowSeconds + 900 });
    expect(verdictOf(token, by)).toBe('lifetime_too_long');
    revocations.longestLifetimeSeconds = 900;
    expect(verdictOf(token, by)).toBe('genuine');
  });

  it('refuses to be built with a tolerance that outlives the entries', () => {
    expect(() => verifier({ clockToleranceSeconds: 60 })).toThrow(RangeError);
    expect(() => verifier({ clockToleranceSeconds: Number.NaN })).toThrow(RangeError);
  });

  it('refuses a token of 1 MB before it is taken apart', () => {
    expect(verdictOf(mint({ scope: 'x'.repeat(1_000_000) }))).toBe('too_long');
  });

  it('refuses two tokens in one', () => {
    expect(verdictOf(`${mint()} ${mint()}`)).toBe('malformed');
    expect(verdictOf(`${mint()},${mint()}`)).toBe('malformed');
    expect(verdictOf(`${mint()} junk`)).toBe('malformed');
  });

  it('refuses a signature by another key, one that is cut, and claims that were changed', () => {
    const [header = '', payload = '', signature = ''] = mint().split('.');
    expect(verdictOf(`${header}.${payload}.${signature.slice(0, 40)}`)).toBe('bad_signature');
    expect(verdictOf(`${header}.${mint({ sub: 'another' }).split('.')[1] ?? ''}.${signature}`)).toBe('bad_signature');
    const { privateKey }: { privateKey: KeyObject } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const der = resigned({ alg: 'ES256', typ: 'at+jwt', kid: keys.kid }, (input) =>
      sign('sha256', Buffer.from(input), privateKey),
    );
    expect(verdictOf(der)).toBe('bad_signature');
  });

  it('gives the claims out, and only those it knows', () => {
    const judgement = verifier().judge(mint({ sub: 's', jti: 'j', scope: 'a b', extra: 1, cnf: { jkt: 't' } }));
    expect(judgement).toMatchObject({
      verdict: 'genuine',
      kid: keys.kid,
      claims: { sub: 's', jti: 'j', scope: 'a b' },
    });
    expect(judgement).not.toHaveProperty('claims.extra');
  });

  it('gives no claim out with a refusal', () => {
    const [header = '', payload = ''] = mint().split('.');
    expect(verifier().judge(`${header}.${payload}.AAAA`)).toEqual({ verdict: 'refused', reason: 'bad_signature' });
  });
});

describe('DESIGN §4 a symmetric key speaks for one API alone', () => {
  const secret = createSecretKey(Buffer.alloc(32, 7));
  const signer = new LocalSigner('random', 'HS256', secret);
  const symmetric = (soleAudience?: string) => {
    const key: VerificationKey = {
      kid: 'random',
      algorithm: 'HS256',
      key: secret,
      ...(soleAudience === undefined ? {} : { soleAudience }),
    };
    return verifier({ keys: { ...keys, find: () => key } });
  };
  const token = (aud: unknown) => mintAccessToken({ iat: nowSeconds, exp: nowSeconds + 60, aud }, { signer });

  it('refuses every other audience, several, and a key that names none', () => {
    expect(verdictOf(token([audience, 'x']), symmetric(audience))).toBe('wrong_audience');
    expect(verdictOf(token(audience), symmetric('x'))).toBe('wrong_audience');
    expect(verdictOf(token(audience), symmetric())).toBe('wrong_audience');
  });

  it('RFC 7009 §2.1: the issuer reads every audience of its own keys, and a shared secret still speaks for one API alone', () => {
    expect(verdictOf(mint({ aud: 'x' }), verifier({ audience: EVERY_AUDIENCE }))).toBe('genuine');
    const key: VerificationKey = { kid: 'random', algorithm: 'HS256', key: secret, soleAudience: audience };
    const issuerItself = verifier({ audience: EVERY_AUDIENCE, keys: { ...keys, find: () => key } });
    expect(verdictOf(token('x'), issuerItself)).toBe('wrong_audience');
  });

  it('accepts exactly its own', () => {
    expect(verdictOf(token(audience), symmetric(audience))).toBe('genuine');
    expect(verdictOf(token([audience]), symmetric(audience))).toBe('genuine');
  });
});

describe('revocation.md V15 remembered signatures', () => {
  it('asks for revocation and expiry on every call all the same', () => {
    const by = verifier();
    const token = mint({ jti: 'j' });
    expect(verdictOf(token, by)).toBe('genuine');
    list.add({ id: '1', kind: 'token', value: 'j', expiresAt: nowSeconds + 300 });
    expect(verdictOf(token, by)).toBe('revoked');
    const other = mint();
    expect(verdictOf(other, by)).toBe('genuine');
    clock.advance(306_000);
    expect(verdictOf(other, by)).toBe('expired');
  });

  it('falls when the key is gone, and when another key has its kid', () => {
    let key: VerificationKey | undefined = keys.find(keys.kid);
    const by = verifier({ keys: { ...keys, find: () => key } });
    const token = mint();
    expect(verdictOf(token, by)).toBe('genuine');
    key = { kid: keys.kid, algorithm: 'ES256', key: testKeys().publicKey };
    expect(verdictOf(token, by)).toBe('bad_signature');
    key = undefined;
    expect(verdictOf(token, by)).toBe('unknown_key');
  });

  it('is of the whole token: a changed signature under remembered claims is verified again', () => {
    const by = verifier();
    const token = mint();
    expect(verdictOf(token, by)).toBe('genuine');
    const flipped = `${token.slice(0, -2)}${token.endsWith('AA') ? 'BA' : 'AA'}`;
    expect(verdictOf(flipped, by)).toBe('bad_signature');
  });

  it('does not remember what was wrong, and judges rightly beyond its bound', () => {
    const by = verifier({ rememberedSignatures: 2 });
    const tokens = Array.from({ length: 5 }, () => mint());
    for (const token of [...tokens, ...tokens]) expect(verdictOf(token, by)).toBe('genuine');
    const [header = '', payload = ''] = mint().split('.');
    for (let call = 0; call < 2; call += 1) expect(verdictOf(`${header}.${payload}.AAAA`, by)).toBe('bad_signature');
  });
});

describe('revocation.md V11 a wall clock that is put back', () => {
  it('does not bring back a revoked token whose revocation has been forgotten with its end', () => {
    const token = mint({ jti: 'revoked' });
    list.add({ id: 'x', kind: 'token', value: 'revoked', expiresAt: nowSeconds + 300 });
    clock.advance(400_000);
    expect(verdictOf(token)).toBe('expired');
    list.expire(clock.now() / 1000);
    expect(list.size).toBe(0);
    clock.jumpWall(-399_000);
    expect(verdictOf(token)).toBe('expired');
    // What is signed by the clock that is right now lives on.
    clock.jumpWall(399_000);
    expect(verdictOf(mint({ iat: nowSeconds + 400, exp: nowSeconds + 700 }))).toBe('genuine');
  });
});
