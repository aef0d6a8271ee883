import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bearerChallenge, findBearerToken } from './bearer.js';

describe('RFC 6750 §2 where the token stands', () => {
  it.each([
    ['Bearer', 'malformed_authorization'],
    ['Bearer ', 'malformed_authorization'],
    ['Bearer abc def', 'malformed_authorization'],
    ['Bearer abc, Bearer def', 'malformed_authorization'],
    ['Bearer abc,def', 'malformed_authorization'],
    ['Bearer\tabc', undefined],
    ['Bearer a"b', 'malformed_authorization'],
  ])('refuses %j', (authorization, fault) => {
    expect(findBearerToken({ authorization })).toMatchObject(
      fault === undefined ? { found: 'nothing' } : { found: 'fault', fault },
    );
  });

  it('refuses two Authorization headers', () => {
    expect(findBearerToken({ authorization: ['Bearer abc', 'Bearer def'] })).toMatchObject({
      fault: 'several_authorizations',
    });
  });

  it.each(['access_token=abc', 'x=1&access_token=', 'access%5Ftoken=abc'])(
    'refuses a token in the header and in the query %j as well',
    (query) => {
      expect(findBearerToken({ authorization: 'Bearer abc', query })).toMatchObject({ fault: 'token_also_in_query' });
    },
  );

  it('does not look for a token in the query', () => {
    expect(findBearerToken({ authorization: undefined, query: 'access_token=abc' })).toEqual({ found: 'nothing' });
  });

  it.each([undefined, '', 'Basic YTpi', 'Bearerabc', 'DPoP abc', []])('finds no token in %j', (authorization) => {
    expect(findBearerToken({ authorization })).toEqual({ found: 'nothing' });
  });

  it.each(['Bearer abc.def-_~+/==', 'bearer abc.def-_~+/==', 'BEARER   abc.def-_~+/=='])(
    'reads %j',
    (authorization) => {
      expect(findBearerToken({ authorization, query: 'page=2' })).toEqual({ found: 'token', token: 'abc.def-_~+/==' });
    },
  );
});

describe('RFC 6750 §3 the challenge', () => {
  it('says nothing but the scheme when there is nothing to say', () => {
    expect(bearerChallenge({})).toBe('Bearer');
  });

  it('writes its parameters in one order, quoted', () => {
    expect(
      bearerChallenge({
        realm: 'notes',
        error: 'insufficient_scope',
        errorDescription: 'more scope is needed',
        scope: ['notes:read', 'notes:write'],
        resourceMetadata: 'https://api.example/.well-known/oauth-protected-resource',
      }),
    ).toBe(
      'Bearer realm="notes", error="insufficient_scope", error_description="more scope is needed", ' +
        'scope="notes:read notes:write", resource_metadata="https://api.example/.well-known/oauth-protected-resource"',
    );
  });

  it('lets no text out of its quotes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(bearerChallenge({ errorDescription: text })).toMatch(
          /^Bearer error_description="[\x20\x21\x23-\x5b\x5d-\x7e]*"$/,
        );
      }),
    );
  });
});
