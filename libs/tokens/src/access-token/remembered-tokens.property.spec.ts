import { createPublicKey } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { VerificationKey } from '../keys/verification-keys.js';
import { REVOCATION_KINDS } from '../revocation/entry.js';
import { RevocationList } from '../revocation/list.js';
import { fakeClock } from '../testing/clock.js';
import { mintAccessToken } from '../testing/mint-access-token.js';
import { testKeys } from '../testing/test-keys.js';
import { AccessTokenVerifier, type AccessTokenVerifierOptions } from './verify.js';

const issuer = 'http://localhost:4000';
const audience = 'http://localhost:4002';
const [one, another] = [testKeys(), testKeys()];
const START = 1_800_000_000;

const NAMES = ['a', 'b', '0190f6c2-7d1e-7abc-8def-0123456789ab'] as const;
/** Few, that differ in all that anybody may ask. */
const TOKENS = NAMES.flatMap((name, index) =>
  [0, 100].flatMap((later) => {
    const claims = {
      ...{ iss: issuer, aud: index === 1 ? [audience, 'x'] : audience, iat: START + later, exp: START + later + 300 },
      ...{
        jti: name,
        sub: name,
        client_id: name,
        grant_id: name,
        sid: name,
        gen: { iss: index, cli: index, sub: index },
      },
      ...(index === 2 ? { nbf: START + later + 50 } : {}),
    };
    const good = mintAccessToken(claims, { signer: one.signer });
    const byAnother = mintAccessToken(claims, { signer: another.signer, header: { kid: one.kid } });
    return [
      good,
      byAnother,
      `${good.slice(0, -2)}AA`,
      mintAccessToken({ ...claims, aud: 'x' }, { signer: one.signer }),
    ];
  }),
);

const GOOD = TOKENS.flatMap((_, index) => (index % 4 === 0 ? [index] : []));

/** What may stand under the one kid. */
const KEYS: readonly (VerificationKey | undefined)[] = [
  one.find(one.kid),
  { kid: one.kid, algorithm: 'ES256', key: createPublicKey(one.privateKey) },
  { kid: one.kid, algorithm: 'ES256', key: another.publicKey },
  { kid: one.kid, algorithm: 'RS256', key: one.publicKey },
  { kid: another.kid, algorithm: 'ES256', key: one.publicKey },
  undefined,
];

/** Mostly one of those that are good by themselves, so that something is remembered. */
const token = fc.oneof(
  { arbitrary: fc.constantFrom(...GOOD), weight: 9 },
  { arbitrary: fc.nat(TOKENS.length - 1), weight: 1 },
);
const event = fc.oneof(
  { arbitrary: token.map((which) => ({ act: 'judge', token: which }) as const), weight: 30 },
  { arbitrary: fc.nat(KEYS.length - 1).map((key) => ({ act: 'key', key }) as const), weight: 2 },
  { arbitrary: fc.constant({ act: 'key', key: 0 } as const), weight: 3 },
  fc.integer({ min: 1, max: 90 }).map((seconds) => ({ act: 'advance', seconds }) as const),
  fc.integer({ min: -90, max: 90 }).map((seconds) => ({ act: 'jump', seconds }) as const),
  fc.constantFrom(undefined, 299, 300, 300).map((seconds) => ({ act: 'lifetime', seconds }) as const),
  fc.constant({ act: 'expire' } as const),
  fc
    .record({
      kind: fc.constantFrom(...REVOCATION_KINDS),
      value: fc.constantFrom(...NAMES, one.kid, another.kid, ''),
      generation: fc.nat(3),
      end: fc.constantFrom(300, 400),
    })
    .map((entry) => ({ act: 'revoke', ...entry }) as const),
);

describe('revocation.md V15 memory answers nothing that would be answered otherwise without it', () => {
  it.each([1, 3, 10_000])('judges as a verifier without memory does, whatever happens, with room for %d', (room) => {
    let remembered = 0;
    fc.assert(
      fc.property(fc.array(event, { minLength: 10, maxLength: 60 }), (events) => {
        const clock = fakeClock((START + 160) * 1000);
        const list = new RevocationList();
        let key = KEYS[0];
        let longest: number | undefined;
        const options: AccessTokenVerifierOptions = {
          ...{ issuer, audience, clock },
          keys: { ...one, find: (kid) => (kid === one.kid ? key : undefined) },
          revocations: {
            match: (claims, kid) => list.match(claims, kid),
            get forgottenUpTo() {
              return list.forgottenUpTo;
            },
            get longestLifetimeSeconds() {
              return longest;
            },
          },
        };
        const withMemory = new AccessTokenVerifier({ ...options, rememberedSignatures: room });
        const without = new AccessTokenVerifier({ ...options, rememberedSignatures: 0 });
        const claims = new Map<number, unknown>();
        for (const happening of events) {
          if (happening.act === 'key') key = KEYS[happening.key];
          if (happening.act === 'advance') clock.advance(happening.seconds * 1000);
          if (happening.act === 'jump') clock.jumpWall(happening.seconds * 1000);
          if (happening.act === 'lifetime') longest = happening.seconds;
          if (happening.act === 'expire') list.expire(clock.now() / 1000);
          if (happening.act === 'revoke') {
            const { kind, value, generation, end } = happening;
            list.add({ id: '1', kind, value, generation, expiresAt: kind === 'key' ? null : START + end });
          }
          if (happening.act !== 'judge') continue;
          const judgement = withMemory.judge(TOKENS[happening.token] ?? '');
          expect(judgement).toEqual(without.judge(TOKENS[happening.token] ?? ''));
          if (judgement.verdict === 'refused') continue;
          if (claims.get(happening.token) === judgement.claims) remembered += 1;
          claims.set(happening.token, judgement.claims);
        }
      }),
      // With room for one, few are found again: so many runs that the count below is far from what chance may bring.
      { numRuns: room === 1 ? 200 : 100 },
    );
    // Else the memory was never asked, and nothing was compared.
    expect(remembered).toBeGreaterThan(100);
  });
});
