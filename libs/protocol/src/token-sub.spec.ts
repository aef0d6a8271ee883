import { describe, expect, it } from '@jest/globals';
import { aClient } from './testing/builders.js';
import { tokenSubOf } from './token-sub.js';

const SUB = '1b4e28ba-2fa1-41d2-883f-0016d3cca427';
const pairwise = { subFor: (sector: string, sub: string) => `${sector}/${sub}` };

describe('OpenID Connect Core §8 subject types', () => {
  it('fails closed for a pairwise client of no sector: neither the UUID nor a name that others share', () => {
    expect(() => tokenSubOf(aClient({ subjectType: 'pairwise' }), SUB, pairwise)).toThrow('no sector');
  });

  it('is the person for a public client, whatever its host, and the name in its sector for a pairwise one', () => {
    expect(tokenSubOf(aClient({ sectorIdentifier: 'a.example' }), SUB, pairwise)).toBe(SUB);
    const sector = { subjectType: 'pairwise', sectorIdentifier: 'a.example' } as const;
    expect(tokenSubOf(aClient(sector), SUB, pairwise)).toBe(`a.example/${SUB}`);
  });
});
