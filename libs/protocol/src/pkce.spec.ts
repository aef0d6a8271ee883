import { createHash } from 'node:crypto';
import { Parameters } from './parameters.js';
import { readCodeChallenge, verifierMatches } from './pkce.js';

// RFC 7636 Appendix B.
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

describe('RFC 7636 §4.6 the verifier', () => {
  it.each([
    ['that is missing', undefined],
    ['of another challenge', VERIFIER.replace('d', 'e')],
    ['that is the challenge itself', CHALLENGE],
    ['that is too short', 'short'],
    ['that is too long', 'a'.repeat(129)],
    ['with illegal characters', `${VERIFIER.slice(0, 42)}+`],
  ])('is refused when it is one %s', (_, verifier) => {
    expect(verifierMatches(CHALLENGE, verifier)).toBe(false);
  });

  it('is refused when short even if its hash would match', () => {
    const challenge = createHash('sha256').update('short').digest('base64url');
    expect(verifierMatches(challenge, 'short')).toBe(false);
  });

  it('is refused when there was no challenge (RFC 9700 §2.1.1)', () => {
    expect(verifierMatches(undefined, VERIFIER)).toBe(false);
    expect(verifierMatches(undefined, undefined)).toBe(true);
  });

  it('matches the example of Appendix B', () => {
    expect(verifierMatches(CHALLENGE, VERIFIER)).toBe(true);
  });
});

describe('RFC 7636 §4.3 the challenge', () => {
  const read = (query: string, required = true) => readCodeChallenge(Parameters.read(query), required);

  it.each([
    ['missing', ''],
    ['plain', `code_challenge=${CHALLENGE}&code_challenge_method=plain`],
    ['plain by omission', `code_challenge=${CHALLENGE}`],
    ['of an unknown method', `code_challenge=${CHALLENGE}&code_challenge_method=s256`],
    ['not a digest', 'code_challenge=abc&code_challenge_method=S256'],
    ['padded', `code_challenge=${CHALLENGE}=&code_challenge_method=S256`],
    ['only a method', 'code_challenge_method=S256'],
  ])('is refused when %s', (_, query) => {
    expect(() => read(query)).toThrow(/^invalid_request:/);
  });

  it('is checked also where it is not required', () => {
    expect(() => read(`code_challenge=${CHALLENGE}`, false)).toThrow(/^invalid_request:/);
    expect(read('', false)).toBeUndefined();
    expect(read(`code_challenge=${CHALLENGE}&code_challenge_method=S256`, false)).toBe(CHALLENGE);
  });
});
