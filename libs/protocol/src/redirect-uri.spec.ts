import { redirectUriIsRegistered, redirectWith } from './redirect-uri.js';
import { aClient } from './testing/builders.js';

describe('R11 RFC 9700 §2.1 the redirect URI is compared exactly', () => {
  const web = aClient({ redirectUris: ['https://client.example/cb?a=1', 'http://127.0.0.1/cb'] });

  it.each([
    'https://client.example/cb',
    'https://client.example/cb?a=1&b=2',
    'https://client.example/cb?a=2',
    'https://client.example/cb/?a=1',
    'https://CLIENT.example/cb?a=1',
    'https://client.example:443/cb?a=1',
    'https://client.example/cb?a=1#',
    'https://client.example/x/../cb?a=1',
    'http://127.0.0.1:4711/cb',
    ' https://client.example/cb?a=1',
  ])('refuses %s', (uri) => {
    expect(redirectUriIsRegistered(web, uri)).toBe(false);
  });

  it('accepts what is registered', () => {
    expect(redirectUriIsRegistered(web, 'https://client.example/cb?a=1')).toBe(true);
  });
});

describe('RFC 8252 §7.3 loopback redirection', () => {
  const native = aClient({
    applicationType: 'native',
    redirectUris: ['http://127.0.0.1/cb', 'http://[::1]:1/cb', 'http://localhost/cb', 'com.example.app:/cb'],
  });

  it.each([
    'http://127.0.0.1:80801/cb/',
    'http://127.0.0.1:0/cb',
    'http://127.0.0.1:99999/cb',
    'http://127.0.0.1:4711/other',
    'http://127.0.0.1:4711@evil.example/cb',
    'http://127.0.0.1:4711.evil.example/cb',
    'http://127.0.0.1.evil.example/cb',
    'https://127.0.0.1:4711/cb',
    'http://localhost:4711/cb',
    'http://127.0.0.2/cb',
    'com.example.app:/cb2',
  ])('refuses %s', (uri) => {
    expect(redirectUriIsRegistered(native, uri)).toBe(false);
  });

  it.each(['http://127.0.0.1:4711/cb', 'http://127.0.0.1/cb', 'http://[::1]:4711/cb', 'com.example.app:/cb'])(
    'accepts %s whatever the port',
    (uri) => {
      expect(redirectUriIsRegistered(native, uri)).toBe(true);
    },
  );
});

describe('RFC 6749 §4.1.2 the authorization response', () => {
  it('keeps a query that the redirect URI has (§3.1.2)', () => {
    expect(redirectWith('https://c.example/cb?foo=bar', { code: 'x' })).toBe('https://c.example/cb?foo=bar&code=x');
  });

  it('R10 gives a state back byte-exact', () => {
    const state = '!*\'();:@&=+$,/?#[] %"<>\\ü🔑'.repeat(20);
    const location = new URL(redirectWith('https://c.example/cb', { state, error: undefined }));
    expect(location.searchParams.get('state')).toBe(state);
    expect(location.searchParams.has('error')).toBe(false);
  });
});
