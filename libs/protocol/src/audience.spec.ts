import { chooseAudience, oneResource } from './audience.js';
import { anApi } from './testing/builders.js';

const USERINFO = 'https://issuer.example/userinfo';
const notes = anApi();
const files = anApi({
  identifier: 'https://files.example',
  scopes: [{ name: 'files:read', description: 'Read files' }],
});
const symmetric = anApi({
  identifier: 'https://hmac.example',
  scopes: [{ name: 'hmac:read', description: 'Read' }],
  accessTokenSigningAlg: 'HS256',
});
const admin = anApi({
  identifier: 'https://admin.example',
  scopes: [{ name: 'clients:read', description: 'Read clients' }],
  administrative: true,
});
const apis = [notes, files, symmetric, admin];
const choose = (scope: string[], resource?: string) => chooseAudience(scope, resource, apis, USERINFO);

describe('RFC 8707 §2 the audience of an access token', () => {
  it('refuses scopes of several APIs without a resource', () => {
    expect(() => choose(['notes:read', 'files:read'])).toThrow(/^invalid_target:/);
  });

  it.each([
    ['an unknown resource', 'https://unknown.example'],
    ['a resource that differs by a slash', 'https://notes.example/'],
    ['a resource of which no scope was granted', 'https://files.example'],
    ['the userinfo URL', USERINFO],
  ])('refuses %s', (_, resource) => {
    expect(() => choose(['openid', 'notes:read'], resource)).toThrow(/^invalid_target:/);
  });

  it('refuses several resources, and takes one that is named twice', () => {
    expect(() => oneResource(['a', 'b'])).toThrow(/^invalid_target:/);
    expect(oneResource(['a', 'a'])).toBe('a');
  });

  it('never puts a scope of another API into the token', () => {
    const audience = choose(['notes:read', 'files:read', 'openid'], notes.identifier);
    expect(audience).toMatchObject({ identifiers: [notes.identifier, USERINFO], scope: ['notes:read', 'openid'] });
  });

  it('is the one owner of the granted scopes', () => {
    expect(choose(['notes:read', 'notes:write'])).toEqual({
      identifiers: [notes.identifier],
      scope: ['notes:read', 'notes:write'],
      api: notes,
    });
  });

  it('is the userinfo URL when no API owns a granted scope', () => {
    expect(choose(['openid', 'profile'])).toEqual({
      identifiers: [USERINFO],
      scope: ['openid', 'profile'],
      api: undefined,
    });
  });

  it('adds the userinfo URL with openid, but never beside a symmetric key or the admin API', () => {
    expect(choose(['openid', 'notes:read']).identifiers).toEqual([notes.identifier, USERINFO]);
    expect(choose(['openid', 'hmac:read'])).toMatchObject({
      identifiers: [symmetric.identifier],
      scope: ['hmac:read'],
    });
    expect(choose(['openid', 'clients:read'])).toMatchObject({
      identifiers: [admin.identifier],
      scope: ['clients:read'],
    });
    expect(choose(['profile', 'notes:read'])).toMatchObject({ identifiers: [notes.identifier], scope: ['notes:read'] });
  });
});
