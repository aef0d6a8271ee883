import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Unavailable, userinfoUrl } from '@latchkey/protocol';
import { AccessTokenVerifier, RevocationList, REVOCATION_KINDS, type RevocationEntry } from '@latchkey/tokens';
import type { Signer } from '@latchkey/tokens/issuing';
import { accessTokenClaims, systemClock, testSecret } from '@latchkey/tokens/testing';
import fc from 'fast-check';
import { dumpOf } from '../../persistence/postgres/testing/database-dump.js';
import { say, settle } from '../../persistence/postgres/testing/open-test-database.js';
import { ADMIN_SCOPE_NAMES } from '../admin-scopes.js';
import { formOf } from '../http/form.js';
import { ADMIN_URL, adminBench, ISSUER, type Wire } from '../test/admin-bench.js';
import { aNewApi, apiBench, type ApiBench, idIn, APIS } from '../test/api-bench.js';
import { CreatedApiSchema } from '../apis/api-schema.js';
import { ExplanationSchema } from './explain-schema.js';

const PATH = '/admin/v1/tokens/explain';
const isExplanation = formOf(ExplanationSchema);
const isApi = formOf(CreatedApiSchema);

let world: ApiBench;
let api: string;
let other: string;
let es256: Signer;
let hs256: { readonly signer: Signer; readonly identifier: string; readonly path: string };
/** What every guard has heard. */
const heard = new RevocationList();
let longestLifetimeSeconds: number;
beforeAll(async () => {
  world = await apiBench();
  [api, other] = [aNewApi().identifier, aNewApi().identifier];
  for (const identifier of [api, other]) await world.create(aNewApi({ identifier }));
  const wire = await world.create(aNewApi({ access_token_signing_alg: 'HS256' }));
  const formed = isApi(wire.json);
  if (!formed.ok) throw new Error(wire.text);
  const { identifier, shared_secret = '', shared_secret_kid } = formed.value;
  await world.ring.reload();
  es256 = await world.ring.signerFor('ES256');
  const { signer } = testSecret(shared_secret_kid, Buffer.from(shared_secret, 'base64url'));
  hs256 = { signer, identifier, path: `${APIS}/${idIn(wire)}` };
  const { rows } = await world.test.database.run<{ longest: number }>(
    'SELECT longest_token_lifetime_seconds AS longest FROM auth.issuer_state',
  );
  longestLifetimeSeconds = rows[0]?.longest ?? 0;
});
afterAll(() => world.close());

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
async function signed(signer: Signer, header: object, payload: object): Promise<string> {
  const input = `${encoded({ alg: signer.algorithm, typ: 'at+jwt', kid: signer.kid, ...header })}.${encoded(payload)}`;
  return `${input}.${(await signer.sign(input)).toString('base64url')}`;
}
const claimsOf = (over: object = {}) => ({ ...accessTokenClaims({ iss: ISSUER, aud: api }), ...over });
const aToken = (over: object = {}, signer = es256): Promise<string> => signed(signer, {}, claimsOf(over));

const ask = (body: unknown): Promise<Wire> => world.bench.ask('POST', PATH, { body });
async function explain(token: string) {
  const wire = await ask({ token });
  const formed = isExplanation(wire.json);
  if (wire.status !== 200 || !formed.ok) throw new Error(`not explained: ${wire.status} ${wire.text}`);
  const { rules, ...rest } = formed.value;
  const failing = rules.filter(({ outcome }) => outcome === 'failed');
  const rule = (name: string) => rules.find((each) => each.rule === name);
  return { ...rest, rules, rule, failed: failing.map((each) => each.rule) };
}
/** The guard of this API: the very verifier, and a list that has heard everything. */
const admits = (token: string, audience: string): boolean => {
  const revocations = { match: heard.match.bind(heard), longestLifetimeSeconds };
  const verifier = new AccessTokenVerifier({
    ...{ issuer: ISSUER, audience, clock: systemClock, revocations },
    keys: {
      find: (kid) => world.ring.find(kid),
      loaded: true,
      outdated: false,
      refresh: () => Promise.resolve(),
      changed: () => Promise.resolve(),
    },
  });
  return verifier.judge(token).verdict === 'genuine';
};
const anyGuardAdmits = (token: string): boolean =>
  [api, other, hs256.identifier, userinfoUrl(ISSUER), ADMIN_URL].some((audience) => admits(token, audience));
async function revoke(entry: Partial<RevocationEntry> & Pick<RevocationEntry, 'kind' | 'value'>): Promise<string> {
  const { kind, value, generation } = entry;
  const said = await say(world.test.database, {
    ...{ kind, value, ...(generation === undefined ? {} : { generation }) },
    ...(kind === 'key' ? { expiresAt: null } : {}),
  });
  if (said === undefined) throw new Error('said before');
  // That of the issuer is taken back at the end of its test: a list never forgets.
  if (kind !== 'issuer') heard.add(said);
  return said.id;
}

describe('A2 who may not have a token explained', () => {
  it('whoever has not revocations:read', async () => {
    const scope = ADMIN_SCOPE_NAMES.filter((name) => name !== 'revocations:read').join(' ');
    const authorization = `Bearer ${world.bench.mint({ scope })}`;
    const wire = await world.bench.ask('POST', PATH, { body: { token: 'x' }, authorization });
    expect([wire.status, wire.headers.get('www-authenticate')]).toEqual([
      403,
      expect.stringContaining('revocations:read'),
    ]);
  });

  it.each([[{}], [{ token: 7 }], [{ token: 'x', audience: 'y' }], [null], [[]]])('A4 %j has no token', async (body) => {
    expect((await ask(body)).status).toBe(400);
  });
});

describe('a string that is no access token has an explanation, and costs nobody a question', () => {
  it.each([
    ['nothing', ''],
    ['a word', 'garbage'],
    ['U+0000', '\u0000\u0000.\u0000.\u0000'],
    ['half a surrogate', '\ud800.e30.AA'],
    ['no JSON', 'YQ.YQ.YQ'],
    ['five parts', 'a.b.c.d.e'],
    ['alg none', `${encoded({ alg: 'none', typ: 'at+jwt' })}.${encoded({})}.AA`],
    ['a crit header', `${encoded({ alg: 'ES256', crit: [] })}.${encoded({})}.AA`],
    ['what is too long', 'a'.repeat(1_000_000)],
  ])('%s', async (_what, token) => {
    const broken = () => Promise.reject(new Unavailable('PostgreSQL'));
    const lame = await adminBench({ rotation: { list: broken, rotate: broken, kill: broken } });
    const wire = await lame.ask('POST', PATH, { body: { token } });
    await lame.close();
    expect([wire.status, wire.json]).toMatchObject([200, { verdict: 'refused', token_type: 'unknown' }]);
  });

  it('a refresh token and an ID token are called what they are', async () => {
    expect(await explain(randomBytes(55).toString('base64url').slice(0, 74))).toMatchObject({
      ...{ verdict: 'refused', token_type: 'refresh_token', failed: ['form'] },
    });
    const now = Math.floor(Date.now() / 1000);
    const idToken = { iss: ISSUER, sub: randomUUID(), aud: 'c'.repeat(32), iat: now, exp: now + 300 };
    const explained = await explain(await signed(es256, { typ: 'JWT' }, idToken));
    expect(explained).toMatchObject({ verdict: 'refused', token_type: 'id_token' });
    expect(explained.rule('typ')?.detail).toContain('ID token');
  });

  it('503 while PostgreSQL does not answer for what looks like an access token', async () => {
    const broken = () => Promise.reject(new Unavailable('PostgreSQL'));
    const lame = await adminBench({ rotation: { list: broken, rotate: broken, kill: broken } });
    expect((await lame.ask('POST', PATH, { body: { token: await aToken() } })).status).toBe(503);
    await lame.close();
  });
});

describe('what a guard would say, and why', () => {
  it('admits a good one, and says of whom it is', async () => {
    const { client, sub } = await settle(world.test.database);
    const explained = await explain(await aToken({ client_id: client.clientId, sub }));
    expect(explained).toMatchObject({ verdict: 'admitted', token_type: 'access_token', failed: [], claims: { sub } });
    expect(explained.rule('client')?.detail).toContain('registered and enabled');
    expect(explained.rule('person')?.detail).toContain('registered and enabled');
    expect(explained.rule('aud')?.detail).toContain(api);
  });

  it('admits one under a secret that an API shares, for this API alone', async () => {
    const { identifier: aud, signer } = hs256;
    expect(await explain(await aToken({ aud }, signer))).toMatchObject({ verdict: 'admitted' });
    for (const each of [api, ADMIN_URL, [aud, api], [aud, userinfoUrl(ISSUER)]]) {
      expect(await explain(await aToken({ aud: each }, signer))).toMatchObject({ verdict: 'refused', failed: ['aud'] });
    }
  });

  it.each([
    ['exp', { exp: 1 }, ['exp']],
    ['iat', { iat: 4_000_000_000, exp: 4_000_000_100 }, ['iat']],
    ['nbf', { nbf: 4_000_000_000 }, ['nbf']],
    ['lifetime', { iat: 1 }, ['lifetime']],
    ['iss', { iss: 'https://other.example' }, ['iss']],
    ['aud', { aud: 'https://nobody.example' }, ['aud']],
    ['claims', { jti: undefined }, ['claims']],
  ])('refuses by %s alone', async (_rule, over, failing) => {
    expect(await explain(await aToken(over))).toMatchObject({ verdict: 'refused', failed: failing });
  });

  it('believes nothing of a token that nobody has signed, and looks nothing up', async () => {
    const { client, sub } = await settle(world.test.database);
    const jti = randomUUID();
    await revoke({ kind: 'token', value: jti });
    const token = await aToken({ client_id: client.clientId, sub, jti });
    const forged = `${token.slice(0, -20)}${'A'.repeat(19)}A`;
    const explained = await explain(forged);
    expect([explained.verdict, explained.failed]).toEqual(['refused', ['signature']]);
    for (const rule of ['client', 'person', 'revocation_token', 'generations', 'lifetime']) {
      expect(explained.rule(rule)).toMatchObject({ outcome: 'not_judged' });
    }
  });

  it.each(['token', 'grant', 'session', 'subject', 'client', 'issuer'] as const)(
    'names the entry that refuses it: %s',
    async (kind) => {
      const claims = claimsOf({
        sid: randomUUID(),
        client_id: randomBytes(16).toString('hex'),
        gen: { iss: 7, cli: 7, sub: 7 },
      });
      const [token, grant = '', session = ''] = [claims.jti, claims.grant_id, claims.sid];
      const value = { token, grant, session, subject: claims.sub, client: claims.client_id, issuer: '' }[kind];
      const wide = kind === 'subject' || kind === 'client' || kind === 'issuer';
      const before = await explain(await signed(es256, {}, claims));
      const id = await revoke({ kind, value, ...(wide ? { generation: 8 } : {}) });
      const explained = await explain(await signed(es256, {}, claims));
      expect([before.verdict, explained.verdict]).toEqual(['admitted', 'refused']);
      expect(explained.failed).toEqual([`revocation_${kind}`, ...(wide ? ['generations'] : [])]);
      expect(explained.rule(`revocation_${kind}`)?.revocation).toMatchObject({ id, kind, cause: 'spec' });
      if (kind === 'issuer') await world.test.database.run("DELETE FROM auth.revocations WHERE kind = 'issuer'");
    },
  );

  it('says 200 of whatever the holder of a secret writes', async () => {
    const { identifier: aud, signer } = hs256;
    for (const over of [
      { jti: 'a\u0000b', client_id: '\u0000', grant_id: 'x\u0000', sid: '\u0000', sub: '\u0000' },
      { gen: { iss: 2 ** 50, cli: 2 ** 50, sub: 2 ** 50 } },
      { grant_id: 'no uuid', sub: '%', exp: 1e300 },
    ]) {
      await explain(await aToken({ aud, ...over }, signer));
    }
  });

  it('refuses what a killed key has signed, and says so', async () => {
    const wire = await world.create(aNewApi({ access_token_signing_alg: 'HS256' }));
    const formed = isApi(wire.json);
    if (!formed.ok) throw new Error(wire.text);
    const { identifier, shared_secret = '', shared_secret_kid = '' } = formed.value;
    const { signer } = testSecret(shared_secret_kid, Buffer.from(shared_secret, 'base64url'));
    await world.ring.reload();
    const token = await aToken({ aud: identifier }, signer);
    expect((await explain(token)).verdict).toBe('admitted');
    await world.rotation.kill(shared_secret_kid, { actor: 'spec', receipt: false });
    const explained = await explain(token);
    expect([explained.verdict, explained.rule('kid')?.detail]).toEqual(['refused', expect.stringContaining('killed')]);
    for (const entry of world.test.revoked) if (entry.value === shared_secret_kid) heard.add(entry);
    expect(admits(token, identifier)).toBe(false);
  });
});

describe('it agrees with the guard', () => {
  const word = fc.constantFrom;
  const now = (): number => Math.floor(Date.now() / 1000);
  const few = <T>(arbitrary: fc.Arbitrary<T>, none: T): fc.Arbitrary<T> =>
    fc.oneof({ weight: 3, arbitrary: fc.constant(none) }, { weight: 2, arbitrary });
  const header = fc.record(
    {
      typ: word('at+jwt', 'AT+JWT', 'application/at+jwt', 'JWT', 7),
      alg: word('ES256', 'HS256', 'RS256', 'none', 'EdDSA'),
      kid: word('right', 'other', 'nobody', 7),
      crit: word([], ['exp']),
    },
    { requiredKeys: [] },
  );
  const claims = fc.record(
    {
      iss: word(ISSUER, `${ISSUER}/`, 7),
      aud: word('api', 'other', 'hs256', 'both', 'userinfo', 'admin', 'nobody', 'none', 'number'),
      exp: fc.integer({ min: -100, max: 1000 }).filter((offset) => Math.abs(offset + 5) > 30),
      iat: fc.integer({ min: -400, max: 100 }).filter((offset) => Math.abs(offset - 5) > 30),
      nbf: fc.oneof(word(-10, 0, 100), fc.constant('x')),
      jti: word('', 'a\u0000', 7),
      gen: word(
        { iss: 0, cli: 0 },
        { iss: 0 },
        { iss: -1, cli: 0 },
        { iss: 2 ** 50, cli: 2 ** 50, sub: 2 ** 50 },
        null,
      ),
      scope: word('', 7),
      cnf: word({ jkt: 'x' }, { jkt: 7 }, 7),
      sid: word('s', ''),
    },
    { requiredKeys: [] },
  );
  const tampering = fc.oneof(
    { weight: 6, arbitrary: fc.constant({ how: 'none' as const, at: 0 }) },
    fc.record({ how: word('flip' as const, 'cut' as const, 'insert' as const), at: fc.nat(600) }),
  );
  const revoked = fc.option(word(...REVOCATION_KINDS.filter((kind) => kind !== 'key' && kind !== 'issuer')), {
    ...{ nil: undefined, freq: 1 },
  });

  it('of tokens that are damaged or revoked in whatever way, by either kind of key', async () => {
    let admitted = 0;
    await fc.assert(
      fc.asyncProperty(
        ...[fc.boolean(), few(header, {}), few(claims, {}), tampering, revoked],
        async (symmetric, head, said, { how, at }, kind) => {
          const signer = symmetric ? hs256.signer : es256;
          const own = symmetric ? hs256.identifier : api;
          const audiences: Readonly<Record<string, unknown>> = {
            ...{ api, other, hs256: hs256.identifier, both: [api, userinfoUrl(ISSUER)], userinfo: userinfoUrl(ISSUER) },
            ...{ admin: ADMIN_URL, nobody: 'https://nobody.example', none: [], number: 7 },
          };
          const kids: Readonly<Record<string, unknown>> = {
            right: signer.kid,
            other: (symmetric ? es256 : hs256.signer).kid,
          };
          const { exp, iat, nbf, aud, ...rest } = said;
          const base = claimsOf({ aud: own, sid: randomUUID(), client_id: randomBytes(16).toString('hex') });
          const payload = {
            ...{ ...base, ...rest },
            ...(aud === undefined ? {} : { aud: audiences[aud] }),
            ...(exp === undefined ? {} : { exp: now() + exp }),
            ...(iat === undefined ? {} : { iat: now() + iat }),
            ...(nbf === undefined ? {} : { nbf: typeof nbf === 'number' ? now() + nbf : nbf }),
          };
          const { kid, ...others } = head;
          const whole = await signed(
            signer,
            { ...others, ...(kid === undefined ? {} : { kid: kids[kid] ?? kid }) },
            payload,
          );
          const token = tampered(whole, how, at % whole.length);
          const wide = kind === 'subject' || kind === 'client';
          const value = {
            token: base.jti,
            grant: base.grant_id,
            session: base.sid,
            subject: base.sub,
            client: base.client_id,
          };
          if (kind === 'token' || kind === 'grant' || kind === 'session' || wide) {
            await revoke({ kind, value: value[kind] ?? '', ...(wide ? { generation: 1 } : {}) });
          }
          const explained = await explain(token);
          const guard = anyGuardAdmits(token);
          admitted += guard ? 1 : 0;
          expect([explained.verdict, explained.failed.length === 0]).toEqual([guard ? 'admitted' : 'refused', guard]);
        },
      ),
      { numRuns: 300, interruptAfterTimeLimit: 240_000, markInterruptAsFailure: true },
    );
    // Not all of them were hopeless.
    expect(admitted).toBeGreaterThan(10);
  });

  const tampered = (token: string, how: 'none' | 'flip' | 'cut' | 'insert', at: number): string => {
    if (how === 'none') return token;
    if (how === 'cut') return token.slice(0, at);
    const letter = token[at] === 'A' ? 'B' : 'A';
    return token.slice(0, at) + letter + token.slice(how === 'flip' ? at + 1 : at);
  };
});

describe('A11 the token is neither kept nor logged', () => {
  it('whatever is said of it, and when the body cannot be read', async () => {
    const good = await aToken();
    const forged = `${good.slice(0, -20)}${'A'.repeat(20)}`;
    const refresh = randomBytes(55).toString('base64url').slice(0, 74);
    for (const token of [good, forged, refresh]) {
      await ask({ token });
      await ask({ token, colour: 'red' });
      await ask({ [token]: 'x' });
      await world.bench.ask('POST', PATH, { raw: `{"token": "${token}"` });
      await world.bench.ask('POST', PATH, { raw: token });
      await world.bench.ask('POST', PATH, { raw: token, headers: { 'content-type': 'text/plain' } });
    }
    const everything = world.bench.logged() + (await dumpOf(world.test.database));
    for (const token of [good, forged, refresh]) {
      for (const part of [token, ...token.split('.')].filter(({ length }) => length > 60)) {
        expect(everything.includes(part)).toBe(false);
      }
    }
  });
});
