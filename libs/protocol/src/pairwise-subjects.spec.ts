import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createPairwiseSubjects } from './pairwise-subjects.js';

const salt = randomBytes(32);
const ours = createPairwiseSubjects(salt);
const subFor = (sector: string, sub: string): string => ours.subFor(sector, sub);
const host = fc.domain();

describe('OpenID Connect Core §8.1 pairwise identifiers', () => {
  it('are another for another sector, person or salt', () => {
    fc.assert(
      fc.property(host, host, fc.uuid(), fc.uuid(), (here, there, one, other) => {
        fc.pre(here !== there && one !== other);
        const another = createPairwiseSubjects(randomBytes(32));
        const names = [subFor(here, one), subFor(here, other), subFor(there, one), another.subFor(here, one)];
        expect(new Set(names).size).toBe(4);
      }),
    );
  });

  it('are not what anybody could make without the salt, and do not tell the person', () => {
    const sub = randomUUID();
    const name = subFor('client.example', sub);
    const unsalted = createHash('sha256').update(`client.example\0${sub}`).digest('base64url');
    expect(name).not.toBe(unsalted);
    expect(Buffer.from(name, 'base64url').toString('hex')).not.toContain(sub.replaceAll('-', ''));
  });

  it('do not run host and person into one text', () => {
    expect(subFor('client.example', 'ab')).not.toBe(subFor('client.examplea', 'b'));
  });

  it('are the same whenever and wherever they are asked for: what is written here was given to clients', () => {
    const fixed = createPairwiseSubjects(Buffer.alloc(32, 7));
    const sub = '1b4e28ba-2fa1-41d2-883f-0016d3cca427';
    expect(fixed.subFor('client.example', sub)).toBe('aU_EVASYCGl4ivMCPRBfxegg749xKiZ-TPHrQRGrSU4');
    expect(createPairwiseSubjects(Buffer.from(salt)).subFor('a.example', sub)).toBe(subFor('a.example', sub));
  });

  it('are of a form that neither a person nor a client has (revocation.md V3)', () => {
    fc.assert(
      fc.property(host, fc.uuid(), (sector, sub) => {
        expect(subFor(sector, sub)).toMatch(/^[\w-]{43}$/);
      }),
    );
  });

  it.each([0, 31, 33])('are not made under a salt of %i bytes', (length) => {
    expect(() => createPairwiseSubjects(randomBytes(length))).toThrow(RangeError);
  });
});
