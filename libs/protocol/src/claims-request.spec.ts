import { readClaimsRequest, scopesOfClaims } from './claims-request.js';
import { OAuthError } from './errors.js';

const ALL = ['openid', 'profile', 'email', 'address', 'phone'];
const read = (request: unknown, allowed: readonly string[] = ALL) =>
  readClaimsRequest(JSON.stringify(request), allowed);

describe('OpenID Connect Core §5.5 the claims parameter', () => {
  it.each([
    'x',
    '',
    '{',
    'null',
    'true',
    '[]',
    '"userinfo"',
    '{"userinfo":[]}',
    '{"userinfo":null}',
    '{"id_token":"name"}',
    '{"userinfo":{"name":true}}',
    '{"userinfo":{"name":[]}}',
    '{"userinfo":{"name":{"essential":"true"}}}',
    '{"userinfo":{"name":{"essential":null}}}',
    '{"id_token":{"sub":{"value":7}}}',
    '{"id_token":{"sub":{"values":"x"}}}',
    '{"id_token":{"sub":{"values":["x",null]}}}',
    '{"id_token":{"acr":{"essential":true,"value":{}}}}',
    '{"id_token":{"acr":{"essential":1}}}',
    '{"userinfo":{"name":null},}',
    `{"userinfo":{"${'x'.repeat(5000)}":null}}`,
  ])('refuses %s', (text) => {
    expect(() => readClaimsRequest(text, ALL)).toThrow(OAuthError);
  });

  it('never says back what it was sent (RFC 6749 §5.2)', () => {
    for (const text of ['{"id_token":{"sub":{"value":7}}}', '{"userinfo":{"name":"\\u0000"}}', '{"\\"']) {
      expect(() => readClaimsRequest(text, ALL)).toThrow(/^invalid_request: the parameter claims [\w ]+$/);
    }
  });

  it('R21 keeps what is known, where it was asked for, with its weight', () => {
    expect(
      read({
        userinfo: { name: { essential: true }, email: null, picture: {} },
        id_token: { birthdate: { essential: false }, auth_time: { essential: true } },
      }),
    ).toEqual({
      claims: {
        userinfo: [
          { name: 'name', essential: true },
          { name: 'email', essential: false },
          { name: 'picture', essential: false },
        ],
        idToken: [{ name: 'birthdate', essential: false }],
      },
      subs: undefined,
      acrs: undefined,
    });
  });

  it('ignores members and claims that nobody understands, whatever stands in them', () => {
    const text =
      '{"userinfo":{"urn:x":7,"name#de":[],"__proto__":{"essential":true},"toString":3},"other":[],"id_token":{}}';
    expect(readClaimsRequest(text, ALL)).toMatchObject({ claims: { userinfo: [], idToken: [] } });
  });

  it('ignores a claim whose scope the client may not have, essential or not', () => {
    const { claims } = read({ userinfo: { email: { essential: true }, name: null } }, ['openid', 'profile']);
    expect(claims.userinfo).toEqual([{ name: 'name', essential: false }]);
  });

  it('§5.5.1 hears value and values of sub, in the ID token', () => {
    expect(read({ id_token: { sub: { value: 'a' } } }).subs).toEqual(['a']);
    expect(read({ id_token: { sub: { values: ['a', 'b'] } } }).subs).toEqual(['a', 'b']);
    expect(read({ id_token: { sub: null } }).subs).toBeUndefined();
    expect(read({ userinfo: { sub: { value: 'a' } } }).subs).toBeUndefined();
  });

  it('§5.5.1.1 hears those of acr only where it is essential', () => {
    expect(read({ id_token: { acr: { essential: true, values: ['x', 'y'] } } }).acrs).toEqual(['x', 'y']);
    expect(read({ id_token: { acr: { values: ['x', 'y'] } } }).acrs).toBeUndefined();
    expect(read({ id_token: { acr: { essential: true } } }).acrs).toBeUndefined();
  });

  it('§5.4 names the scopes that hold what is asked for, each once', () => {
    const { claims } = read({ userinfo: { email: null, name: null }, id_token: { email_verified: null } });
    expect(scopesOfClaims(claims)).toEqual(['email', 'profile']);
  });
});
