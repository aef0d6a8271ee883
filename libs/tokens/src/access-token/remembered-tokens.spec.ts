import { createPublicKey, createSecretKey } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LocalSigner } from '../keys/local-signer.js';
import type { VerificationKey } from '../keys/verification-keys.js';
import type { RevocationKind } from '../revocation/entry.js';
import { RevocationList } from '../revocation/list.js';
import { fakeClock, type FakeClock } from '../testing/clock.js';
import { accessTokenClaims, mintAccessToken } from '../testing/mint-access-token.js';
import { testKeys } from '../testing/test-keys.js';
import { RememberedTokens, type RememberedToken } from './remembered-tokens.js';
import { AccessTokenVerifier, EVERY_AUDIENCE, type AccessTokenVerifierOptions, type Judgement } from './verify.js';

const issuer = 'http://localhost:4000';
const audience = 'http://localhost:4002';
const keys = testKeys();

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
const mint = (claims: Record<string, unknown> = {}) =>
  mintAccessToken({ iat: nowSeconds, exp: nowSeconds + 300, ...claims }, { signer: keys.signer });
const said = (judgement: Judgement) => (judgement.verdict === 'refused' ? judgement.reason : judgement.verdict);
const claimsOf = (judgement: Judgement) => {
  if (judgement.verdict === 'refused') throw new Error(`refused: ${judgement.reason}`);
  return judgement.claims;
};
/** It is remembered: it is not read again. */
const remembers = (by: AccessTokenVerifier, token: string) => claimsOf(by.judge(token)) === claimsOf(by.judge(token));

describe('revocation.md V15 the revocation question is asked of a remembered token all the same', () => {
  const named = { jti: 'j', grant_id: 'g', sid: 's', sub: 'p', client_id: 'c', gen: { iss: 0, cli: 0, sub: 0 } };
  it.each<[RevocationKind, string]>([
    ['token', 'j'],
    ['grant', 'g'],
    ['session', 's'],
    ['subject', 'p'],
    ['client', 'c'],
    ['issuer', ''],
    ['key', keys.kid],
  ])('refuses it from the very next call on, by its %s', (kind, value) => {
    const by = verifier();
    const [token, neighbour] = [mint(named), mint({ gen: { iss: 1, cli: 1, sub: 1 } })];
    expect(remembers(by, token) && remembers(by, neighbour)).toBe(true);
    list.add({ id: '1', kind, value, generation: 1, expiresAt: kind === 'key' ? null : nowSeconds + 300 });
    expect(said(by.judge(token))).toBe('revoked');
    expect(said(by.judge(token))).toBe('revoked');
    expect(said(by.judge(neighbour))).toBe(kind === 'key' ? 'revoked' : 'genuine');
  });

  it('V11 refuses it when it is over, also by a clock that was put back since its revocation was forgotten', () => {
    const by = verifier();
    const token = mint({ jti: 'j' });
    expect(remembers(by, token)).toBe(true);
    clock.advance(304_999);
    expect(said(by.judge(token))).toBe('genuine');
    clock.advance(1);
    expect(said(by.judge(token))).toBe('expired');
    list.add({ id: '1', kind: 'token', value: 'j', expiresAt: nowSeconds + 300 });
    clock.advance(100_000);
    list.expire(clock.now() / 1000);
    clock.jumpWall(-404_000);
    expect(said(by.judge(token))).toBe('expired');
  });

  it('V11 refuses it while a clock that was put back says that it is not valid yet', () => {
    const by = verifier();
    const [token, later] = [mint(), mint({ iat: nowSeconds - 60, nbf: nowSeconds })];
    expect(remembers(by, token) && remembers(by, later)).toBe(true);
    clock.jumpWall(-6000);
    expect(said(by.judge(token))).toBe('not_yet_valid');
    expect(said(by.judge(later))).toBe('not_yet_valid');
    clock.jumpWall(6000);
    expect(said(by.judge(token))).toBe('genuine');
  });

  it('V2 asks for the longest lifetime again', () => {
    const revocations = { match: () => undefined, longestLifetimeSeconds: 300 };
    const by = verifier({ revocations });
    const token = mint();
    expect(remembers(by, token)).toBe(true);
    revocations.longestLifetimeSeconds = 299;
    expect(said(by.judge(token))).toBe('lifetime_too_long');
  });
});

describe('revocation.md V15 a remembered token falls with its key', () => {
  let key: VerificationKey | undefined;
  let by: AccessTokenVerifier;
  beforeEach(() => {
    key = keys.find(keys.kid);
    by = verifier({ keys: { ...keys, find: (kid) => (kid === keys.kid ? key : undefined) } });
  });

  it('is refused when the key was dropped, and verified anew when it is back', () => {
    const token = mint();
    const before = claimsOf(by.judge(token));
    key = undefined;
    expect(said(by.judge(token))).toBe('unknown_key');
    key = keys.find(keys.kid);
    expect(claimsOf(by.judge(token))).not.toBe(before);
  });

  it('is refused when another key has its kid, or the same key has another algorithm or speaks under another kid', () => {
    const token = mint();
    expect(remembers(by, token)).toBe(true);
    key = { kid: keys.kid, algorithm: 'ES256', key: testKeys().publicKey };
    expect(said(by.judge(token))).toBe('bad_signature');
    key = { kid: keys.kid, algorithm: 'EdDSA', key: keys.publicKey };
    expect(said(by.judge(token))).toBe('wrong_algorithm');
    key = keys.find(keys.kid);
    expect(remembers(by, token)).toBe(true);
    key = { kid: 'another', algorithm: 'ES256', key: keys.publicKey };
    expect(by.judge(token)).toMatchObject({ verdict: 'genuine', kid: 'another' });
    list.add({ id: '1', kind: 'key', value: 'another', expiresAt: null });
    expect(said(by.judge(token))).toBe('revoked');
  });

  it('stays when the same key was read again', () => {
    const token = mint();
    const before = claimsOf(by.judge(token));
    key = { kid: keys.kid, algorithm: 'ES256', key: createPublicKey(keys.privateKey) };
    expect(claimsOf(by.judge(token))).toBe(before);
  });

  it('DESIGN §4 is asked for its audience again: a shared secret may be given to another API', () => {
    const secret = createSecretKey(Buffer.alloc(32, 7));
    const signer = new LocalSigner(keys.kid, 'HS256', secret);
    const token = mintAccessToken({ iat: nowSeconds, exp: nowSeconds + 300, aud: audience }, { signer });
    key = { kid: keys.kid, algorithm: 'HS256', key: secret, soleAudience: audience };
    expect(remembers(by, token)).toBe(true);
    key = { ...key, soleAudience: 'http://localhost:4003' };
    expect(said(by.judge(token))).toBe('wrong_audience');
  });
});

describe('revocation.md V15 by SHA-256 of the whole token', () => {
  it('two verifiers share nothing: what one audience admits the other refuses', () => {
    const [ours, theirs] = [verifier(), verifier({ audience: 'http://localhost:4003' })];
    const token = mint();
    expect(remembers(ours, token)).toBe(true);
    expect(said(theirs.judge(token))).toBe('wrong_audience');
    expect(said(verifier({ issuer: 'http://localhost:4009' }).judge(token))).toBe('wrong_issuer');
    expect(said(verifier({ audience: EVERY_AUDIENCE }).judge(token))).toBe('genuine');
  });

  it('a token that differs in one character, wherever it is, is another token', () => {
    const by = verifier();
    const token = mint();
    expect(remembers(by, token)).toBe(true);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \u00e9\ud800';
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.nat(alphabet.length - 1), (at, character) => {
        const other = token.slice(0, at) + alphabet.charAt(character) + token.slice(at + 1);
        fc.pre(other !== token);
        return by.judge(other).verdict === 'refused';
      }),
      { numRuns: 300 },
    );
    for (const other of [`${token}=`, ` ${token}`, `${token}\0`, token.slice(0, -1), `${token}A`]) {
      expect(said(by.judge(other))).not.toBe('genuine');
    }
    expect(said(by.judge(token))).toBe('genuine');
  });

  it('RFC 7515 §2 the bits that pad the last octet of any part belong to it, although they decode to nothing', () => {
    const by = verifier();
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    let seen = 0;
    // Signatures of 64 octets always have such bits; of header and payload it depends on the length.
    for (const length of [1, 2, 3]) {
      const token = mint({ jti: 'j'.repeat(length) });
      expect(remembers(by, token)).toBe(true);
      const parts = token.split('.');
      for (const [index, part] of parts.entries()) {
        if (part.length % 4 === 0) continue;
        const last = alphabet.indexOf(part.slice(-1));
        const padded = parts.with(index, part.slice(0, -1) + alphabet.charAt(last + 1)).join('.');
        expect(Buffer.from(padded.split('.')[index] ?? '', 'base64url')).toEqual(Buffer.from(part, 'base64url'));
        expect(said(by.judge(padded))).toBe('malformed');
        seen += 1;
      }
    }
    expect(seen).toBeGreaterThanOrEqual(5);
  });

  it('names no two tokens alike', () => {
    expect(RememberedTokens.nameOf('ab')).not.toBe(RememberedTokens.nameOf('ba'));
    expect(Buffer.from(RememberedTokens.nameOf(''), 'base64')).toHaveLength(32);
  });
});

describe('revocation.md V15 claims that are handed out again are those of the token', () => {
  const nested = { aud: [audience], amr: ['pwd'], cnf: { jkt: 't', other: { deep: [{ deeper: 1 }] } } };

  it.each([10_000, 0])('nobody can change them, with a memory of %d', (rememberedSignatures) => {
    const by = verifier({ rememberedSignatures });
    const token = mint({ ...nested, sub: 'alice', scope: 'notes:read' });
    const judgement = by.judge(token);
    const claims = claimsOf(judgement);
    const change = (target: object, name: string, value: unknown) => () => {
      Object.assign(target, { [name]: value });
    };
    const { cnf = {} } = claims;
    const deep: unknown = Reflect.get(cnf, 'other');
    const targets: object[] = [claims, claims.gen, cnf];
    for (const target of [claims.aud, claims.amr, deep])
      if (typeof target === 'object' && target !== null) targets.push(target);
    expect(targets).toHaveLength(6);
    for (const target of targets) {
      expect(Object.isFrozen(target)).toBe(true);
      expect(change(target, 'sub', 'mallory')).toThrow(TypeError);
    }
    expect(JSON.stringify(deep)).toBe('{"deep":[{"deeper":1}]}');
    expect(change(by.judge(token), 'kid', 'x')).toThrow(TypeError);
    expect(claimsOf(by.judge(token))).toMatchObject({ sub: 'alice', scope: 'notes:read', ...nested });
  });
});

describe('revocation.md V15 the memory is bounded', () => {
  const { publicKey } = keys;
  const entry = (): RememberedToken => ({
    ...{ namedKid: 'k', algorithm: 'ES256', key: publicKey, notBefore: undefined },
    genuine: { verdict: 'genuine', claims: accessTokenClaims(), kid: 'k' },
  });

  it('never holds more than its capacity; the one unused for longest leaves', () => {
    const remembered = new RememberedTokens(2);
    remembered.add('a', entry());
    remembered.add('b', entry());
    expect(remembered.get('a')).toBeDefined();
    remembered.add('c', entry());
    expect(remembered.size).toBe(2);
    expect(remembered.get('b')).toBeUndefined();
    expect(remembered.get('a')).toBeDefined();
  });

  it('keeps what is asked for between additions, however many come, and what came last', () => {
    const remembered = new RememberedTokens(8);
    remembered.add('hot', entry());
    for (let added = 0; added < 1000; added += 1) {
      expect(remembered.get('hot')).toBeDefined();
      remembered.add(`${added}`, entry());
      expect(remembered.size).toBeLessThanOrEqual(8);
      expect(remembered.get('hot')).toBeDefined();
      if (added % 3 === 0) expect(remembered.get(`${added}`)).toBeDefined();
    }
  });

  it('makes room although all of it is in use, and holds everything up to its capacity', () => {
    const remembered = new RememberedTokens(100);
    const names = Array.from({ length: 100 }, (_, index) => `${index}`);
    for (const name of names) remembered.add(name, entry());
    for (const name of names) expect(remembered.get(name)).toBeDefined();
    remembered.add('new', entry());
    expect(remembered.size).toBe(100);
    expect(remembered.get('new')).toBeDefined();
    expect(names.filter((name) => remembered.get(name) === undefined)).toHaveLength(1);
  });

  it('is never above its capacity, whatever is added, asked for and forgotten', () => {
    const step = fc.tuple(fc.constantFrom('add', 'get', 'forget'), fc.nat(12));
    fc.assert(
      fc.property(fc.nat(6), fc.array(step, { maxLength: 200 }), (capacity, steps) => {
        const remembered = new RememberedTokens(capacity);
        for (const [act, index] of steps) {
          const name = `${index}`;
          if (act === 'get') remembered.get(name);
          else if (act === 'forget') remembered.forget(name);
          else remembered.add(name, entry());
          if (remembered.size > capacity) return false;
          if (act === 'add' && capacity > 0 && remembered.get(name) === undefined) return false;
          if (act === 'forget' && remembered.get(name) !== undefined) return false;
        }
        return true;
      }),
    );
  });

  it('whoever sends what is refused fills nothing', () => {
    const by = verifier({ rememberedSignatures: 1 });
    const good = mint();
    const kept = claimsOf(by.judge(good));
    const [header = '', payload = '', signature = ''] = mint().split('.');
    list.add({ id: '1', kind: 'token', value: 'doomed', expiresAt: nowSeconds + 300 });
    const bad = [
      ...['', 'junk', '..', 'x'.repeat(9000)],
      ...[`${header}.${payload}.${'A'.repeat(86)}`, `${header}.${mint().split('.')[1] ?? ''}.${signature}`],
      ...[mint({ exp: nowSeconds - 60 }), mint({ aud: 'x' }), mint({ iss: 'x' }), mint({ jti: 'doomed' })],
      ...[mint({ iat: nowSeconds + 60 }), mint({ gen: undefined })],
      mintAccessToken({ iat: nowSeconds, exp: nowSeconds + 300 }, { signer: testKeys().signer }),
    ];
    for (const token of bad) expect(said(by.judge(token))).not.toBe('genuine');
    expect(claimsOf(by.judge(good))).toBe(kept);
  });
});
