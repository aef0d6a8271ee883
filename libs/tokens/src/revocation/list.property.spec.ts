import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { REVOCATION_KINDS, type RevocationEntry, type RevocationKind } from './entry.js';
import { EXPIRY_MARGIN_SECONDS, RevocationList, type RevocableClaims } from './list.js';

const UUID = '0190f6c2-7d1e-7abc-8def-0123456789ab';
/** Few, so that they meet; UUIDs, their neighbours, and what only looks like one. */
const NAMES = [
  UUID,
  UUID.replace('b', 'c'),
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  '00000000-0000-0000-0000-000000000000',
  UUID.toUpperCase(),
  UUID.replaceAll('-', ''),
  'a',
  '',
] as const;

const name = fc.constantFrom(...NAMES);
const generation = fc.nat(4);
const end = fc.integer({ min: 900, max: 1100 });
const entry: fc.Arbitrary<RevocationEntry> = fc
  .record({
    id: fc.uuid(),
    kind: fc.constantFrom(...REVOCATION_KINDS),
    value: name,
    generation,
    expiresAt: fc.option(end, { freq: 9 }),
  })
  .map(({ generation, ...one }) => {
    if (one.kind === 'issuer') return { ...one, value: '', generation };
    if (one.kind === 'subject' || one.kind === 'client') return { ...one, generation };
    return one.kind === 'key' ? { ...one, expiresAt: null } : one;
  });
const entries = fc.array(entry, { maxLength: 16 });

interface Token {
  readonly claims: RevocableClaims;
  readonly kid: string;
  readonly exp: number;
}
const token: fc.Arbitrary<Token> = fc.record({
  claims: fc.record(
    {
      jti: name,
      sub: name,
      client_id: name,
      grant_id: name,
      sid: name,
      gen: fc.record({ iss: generation, cli: generation, sub: generation }, { requiredKeys: ['iss', 'cli'] }),
    },
    { requiredKeys: ['jti', 'sub', 'client_id', 'gen'] },
  ),
  kid: name,
  exp: end,
});
const tokens = fc.array(token, { minLength: 1, maxLength: 8 });

const listOf = (some: readonly RevocationEntry[]): RevocationList => {
  const list = new RevocationList();
  for (const one of some) list.add(one);
  return list;
};
const answers = (list: RevocationList, some: readonly Token[]): (RevocationKind | undefined)[] =>
  some.map(({ claims, kid }) => list.match(claims, kid));
/** All that can be seen of a list. */
const seen = (list: RevocationList, some: readonly Token[]): unknown => ({
  answers: answers(list, some),
  size: list.size,
  forgottenUpTo: list.forgottenUpTo,
  generations: NAMES.flatMap((value) =>
    (['subject', 'client', 'issuer'] as const).map((kind) => list.generationOf(kind, value)),
  ),
});
const expireAll = (list: RevocationList, now: number): void => {
  while (!list.expire(now));
};

/** revocation.md, "what can be revoked", read word by word. */
const matches = ({ kind, value, generation = 0 }: RevocationEntry, { claims, kid }: Token): boolean => {
  switch (kind) {
    case 'token':
      return claims.jti === value;
    case 'grant':
      return claims.grant_id === value;
    case 'session':
      return claims.sid === value;
    case 'subject':
      return claims.sub === value && (claims.gen.sub ?? -1) < generation;
    case 'client':
      return claims.client_id === value && claims.gen.cli < generation;
    case 'issuer':
      return claims.gen.iss < generation;
    case 'key':
      return kid === value;
  }
};

describe('revocation.md V2, a set of entries is a join-semilattice', () => {
  it('order, repetition and interleaving of copies do not matter', () => {
    const copies = entries.chain((all) => {
      const thrice = [...all, ...all, ...all];
      return fc.tuple(
        fc.constant(all),
        fc
          .shuffledSubarray(thrice, { minLength: all.length * 2 })
          .map((some) => [...some, ...all.filter((one) => !some.includes(one))]),
      );
    });
    fc.assert(
      fc.property(copies, tokens, fc.integer({ min: 900, max: 1200 }), ([all, often], some, now) => {
        const [one, other] = [listOf(all), listOf(often)];
        expect(seen(other, some)).toEqual(seen(one, some));
        expireAll(one, now);
        expireAll(other, now);
        expect(seen(other, some)).toEqual(seen(one, some));
      }),
      { numRuns: 400 },
    );
  });

  it('wherever the stream is cut and read again from an earlier place, the result is the same', () => {
    const cuts = fc.array(fc.tuple(fc.nat(16), fc.nat(16)), { maxLength: 4 });
    fc.assert(
      fc.property(entries, cuts, tokens, (all, some, asked) => {
        const pieces = some.map(([at, back]) => all.slice(Math.max(0, at - back), at));
        const again = listOf([...pieces.flat(), ...all]);
        const before = listOf([...all.slice(0, some[0]?.[0] ?? 0), ...pieces.flat(), ...all]);
        expect(seen(again, asked)).toEqual(seen(listOf(all), asked));
        expect(seen(before, asked)).toEqual(seen(listOf(all), asked));
      }),
      { numRuns: 400 },
    );
  });

  it('the stricter wins: what two lists refuse, the list of both refuses, and nothing else', () => {
    fc.assert(
      fc.property(entries, entries, tokens, (some, others, asked) => {
        const [left, right] = [answers(listOf(some), asked), answers(listOf(others), asked)];
        const both = answers(listOf([...some, ...others]), asked);
        expect(both.map((kind) => kind !== undefined)).toEqual(
          left.map((kind, index) => (kind ?? right[index]) !== undefined),
        );
      }),
      { numRuns: 400 },
    );
  });

  it('adding an entry never turns a refusal into an admission', () => {
    fc.assert(
      fc.property(entries, entries, tokens, (first, more, some) => {
        const list = listOf(first);
        const refused = some.filter(({ claims, kid }) => list.match(claims, kid) !== undefined);
        for (const one of more) {
          list.add(one);
          expect(answers(list, refused)).not.toContain(undefined);
        }
      }),
      { numRuns: 400 },
    );
  });
});

describe('revocation.md V14, the answers are exact', () => {
  it('a token is refused if and only if an entry names it, whatever the values look like', () => {
    fc.assert(
      fc.property(entries, tokens, (all, some) => {
        const refused = answers(listOf(all), some).map((kind) => kind !== undefined);
        expect(refused).toEqual(some.map((one) => all.some((each) => matches(each, one))));
      }),
      { numRuns: 400 },
    );
  });
});

describe('revocation.md V2, an entry lives until the last token that it can match has expired', () => {
  const deed = fc.oneof(
    { weight: 3, arbitrary: fc.record({ add: entry }) },
    {
      weight: 1,
      arbitrary: fc.record({ now: fc.integer({ min: 900, max: 1300 }), slice: fc.integer({ min: 1, max: 40 }) }),
    },
  );
  const deeds = fc.array(deed, { maxLength: 30 });

  it('expire() never turns the refusal of an unexpired token into an admission, by whatever clock it is judged', () => {
    fc.assert(
      fc.property(deeds, tokens, (all, some) => {
        const list = new RevocationList();
        const added: RevocationEntry[] = [];
        let latest = Number.NEGATIVE_INFINITY;
        for (const one of all) {
          if ('add' in one) {
            list.add(one.add);
            added.push(one.add);
          } else {
            list.expire(one.now, one.slice);
            latest = Math.max(latest, one.now);
          }
          for (const { claims, kid, exp } of some) {
            const named = added.filter((each) => matches(each, { claims, kid, exp }));
            // Who wrote an entry knew the lives of the tokens that it names; of a shorter one nothing is promised.
            if (!named.some(({ expiresAt }) => expiresAt === null || expiresAt >= exp)) continue;
            if (list.match(claims, kid) !== undefined) continue;
            // Forgotten: a verifier refuses it as expired, although its own clock has been put back.
            expect(exp).toBeLessThanOrEqual(list.forgottenUpTo);
            // And a clock that is not behind had refused it anyway, with all the tolerance that a verifier may have.
            expect(latest).toBeGreaterThanOrEqual(exp + EXPIRY_MARGIN_SECONDS - 1);
          }
        }
      }),
      { numRuns: 600 },
    );
  });

  it('and never refuses what no entry names', () => {
    fc.assert(
      fc.property(deeds, tokens, (all, some) => {
        const list = new RevocationList();
        const added: RevocationEntry[] = [];
        for (const one of all) {
          if ('now' in one) list.expire(one.now, one.slice);
          else {
            list.add(one.add);
            added.push(one.add);
          }
        }
        const unnamed = some.filter((token) => !added.some((each) => matches(each, token)));
        expect(answers(list, unnamed).filter((kind) => kind !== undefined)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('when it has come to its end, nothing is held that a minute ago had ended, save keys', () => {
    fc.assert(
      fc.property(deeds, fc.integer({ min: 900, max: 1300 }), (all, now) => {
        const list = new RevocationList();
        const standing = new Map<string, number>();
        for (const one of all) {
          if ('now' in one) continue;
          list.add(one.add);
          const { kind, value, expiresAt } = one.add;
          const known = `${kind}:${value}`;
          standing.set(known, Math.max(standing.get(known) ?? 0, expiresAt ?? Number.POSITIVE_INFINITY));
        }
        expireAll(list, now);
        const alive = [...standing.values()].filter((until) => until >= now - EXPIRY_MARGIN_SECONDS);
        expect(list.size).toBe(alive.length);
      }),
      { numRuns: 300 },
    );
  });
});

describe('revocation.md V14, expired entries leave without a pause', () => {
  it('in calls of a bounded work, of UUIDs as of other names, while new entries come', () => {
    const list = new RevocationList();
    const values = Array.from({ length: 6000 }, (_, index) =>
      index % 3 === 0 ? String(index) : `0190f6c2-7d1e-7abc-8def-${String(index).padStart(12, '0')}`,
    );
    const add = (value: string, expiresAt: number): void => {
      list.add({ id: value, kind: 'grant', value, expiresAt });
    };
    for (const value of values) add(value, 1000);
    for (let call = 0; call < 1000; call += 1) {
      const standing = list.size;
      const done = list.expire(5000, 100);
      expect(standing - list.size).toBeLessThanOrEqual(100 + 50);
      if (done) break;
      add(`new ${call}`, 9000);
    }
    expect(list.forgottenUpTo).toBe(1000);
    expireAll(list, 5000);
    expect(
      values.filter((value) =>
        list.match({ jti: '', sub: '', client_id: '', grant_id: value, gen: { iss: 0, cli: 0 } }, ''),
      ),
    ).toEqual([]);
  });
});
