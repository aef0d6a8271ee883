import { describe, expect, it } from '@jest/globals';
import { citationsOf, itemsOf } from './standards/citations.js';
import { commentsIn } from './standards/comments.js';
import { titlesIn } from './standards/test-titles.js';

const cited = (text: string): readonly string[] =>
  citationsOf(text).map(({ specification, section }) => `${specification} §${section}`);

describe('STYLE §14 the document of standards', () => {
  it.each<[string, string[]]>([
    ['R11 RFC 9700 §2.1 compares', ['RFC 9700 §2.1']],
    ['RFC 6749 §4.1.2.1, §5.2 and RFC 7636 §4.6', ['RFC 6749 §4.1.2.1', 'RFC 6749 §5.2', 'RFC 7636 §4.6']],
    ['OIDC Core §3.1.2.1, Discovery §3', ['OpenID Connect Core §3.1.2.1', 'OpenID Connect Discovery §3']],
    ['OpenID Connect Registration §2', ['OpenID Connect Dynamic Client Registration §2']],
    ['L2 RP-Initiated Logout 1.0 §3', ['OpenID Connect RP-Initiated Logout §3']],
    ['RFC 7009 revocation', ['RFC 7009 §']],
    ['RFC 7009 and RFC 7662 §2', ['RFC 7009 §', 'RFC 7662 §2']],
    ['RFC 7636 Appendix B', ['RFC 7636 §B']],
    ['RFC 6265bis §4.1.3.2', ['RFC 6265bis §4.1.3.2']],
    ['RFC 6749 §4.1, and once more RFC 6749 §4.1', ['RFC 6749 §4.1']],
    // A section of the house is none of the standard before it.
    ['RFC 6749 §5.2 DESIGN §3', ['RFC 6749 §5.2']],
    ['DESIGN §3 a broken world', []],
    ['§3 of nothing', []],
    ['core §3', []],
  ])('finds in "%s" what it names', (text, expected) => {
    expect(cited(text)).toEqual(expected);
  });

  it('finds the items that there are, and takes no name of an algorithm for one', () => {
    const known = new Set(['R11', 'R24', 'V17', 'A9']);
    expect(itemsOf('R24, R11 (A9) and revocation.md V17, R99, P256, RS256, xR11, V17b', known)).toEqual([
      ...['R24', 'R11', 'A9', 'V17'],
    ]);
  });

  it('reads titles without running them: tables, templates, nests, and how many tests there are', () => {
    const source = `
      describe('RFC 1 §1', () => {
        it('one', () => {});
        it.each([['describe']])(\`two \${x} %s\`, () => { it; describe; });
        describe.each(['a'])('nested', () => { test('three', f); });
        other('no test', () => {});
      });
      const title = 'x'; it(title, f);`;
    expect(titlesIn('x.spec.ts', source)).toEqual([
      { title: 'RFC 1 §1', tests: 3 },
      { title: 'one', tests: 1 },
      { title: 'two … %s', tests: 1 },
      { title: 'nested', tests: 1 },
      { title: 'three', tests: 1 },
    ]);
  });

  it('reads comments, also those that go on in the next line, and no string', () => {
    const source = `/**
 * RFC 1
 * §2 of it.
 */
const a = 'RFC 3 // RFC 4'; // RFC 5
// RFC 6749
// §4.1
const b = \`/* RFC 6 */\`;`;
    expect(commentsIn('x.ts', source)).toEqual(['RFC 1 §2 of it.', 'RFC 5', 'RFC 6749 §4.1']);
  });
});
