import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { redirectUriFault } from './redirect-uri-rules.js';

describe('admin-api A8, RFC 9700 §2.1, RFC 8252 §7 and §8.4: which redirect URIs may not be registered', () => {
  it.each([
    ['https://app.example.com/cb#x', 'fragment'],
    ['https://app.example.com/cb#', 'fragment'],
    ['https://*.example.com/cb', 'wildcard'],
    ['https://app.example.com/*', 'wildcard'],
    ['https://user@app.example.com/cb', 'user name'],
    ['https://user:pw@app.example.com/cb', 'user name'],
    ['http://app.example.com/cb', 'https'],
    ['http://127.0.0.1.example.com/cb', 'https'],
    ['http://127.0.0.2/cb', 'https'],
    ['http://0x7f000001/cb', 'https'],
    ['http://localhost.example.com/cb', 'https'],
    ['http://[::2]/cb', 'https'],
    ['http://127.0.0.1@evil.example/cb', 'user name'],
    ['/cb', 'absolute'],
    ['cb', 'absolute'],
    ['', 'absolute'],
    ['//app.example.com/cb', 'absolute'],
    ['https:app.example.com/cb', 'host'],
    ['https:///app.example.com/cb', 'host'],
    ['https://:443/cb', 'absolute'],
    ['https://app.example.com\\@evil.example/cb', 'absolute'],
    ['https://app.example.com/a b', 'absolute'],
    ['https://app.example.com/\u0000', 'absolute'],
    ['https://app.example.com/ü', 'absolute'],
    ['https://app.example.com/%zz', 'absolute'],
    ['https://app.example.com/a/../cb', '..'],
    ['https://app.example.com/a/%2e%2E/cb', '..'],
    ['https://app.example.com/a/.%2e/cb', '..'],
    ['https://app.example.com/cb?state=x', 'parameter of the response'],
    ['https://app.example.com/cb?a=1&code=x', 'parameter of the response'],
    ['https://app.example.com;sandbox/cb', 'host'],
    ['https://app.example.com,x/cb', 'host'],
    ['https://app.example.com:99999/cb', 'absolute'],
    ['HTTPS://app.example.com/cb', 'lower case'],
    ['javascript:alert(1)', 'private-use'],
    ['data:text/html,x', 'private-use'],
    ['file:///etc/passwd', 'private-use'],
    ['vbscript:x', 'private-use'],
    ['blob:https://app.example.com/1', 'private-use'],
    ['myapp:/cb', 'private-use'],
    ['myapp://cb', 'private-use'],
    ['urn:ietf:wg:oauth:2.0:oob', 'private-use'],
    ['.com:/cb', 'absolute'],
  ])('%j', (uri, because) => {
    for (const type of ['web', 'native'] as const) expect(redirectUriFault(uri, type)).toContain(because);
  });

  it('a private-use scheme for a web client', () => {
    expect(redirectUriFault('com.example.app:/cb', 'web')).toContain('native');
  });
});

describe('admin-api A8: which may', () => {
  it.each([
    'https://app.example.com/cb',
    'https://app.example.com',
    'https://app.example.com:8443/cb?tenant=a&x=%20',
    'https://xn--bcher-kva.example/cb',
    'http://127.0.0.1/cb',
    'http://127.0.0.1:51004/cb',
    'http://[::1]:51004/cb',
    'http://localhost:3000/cb',
  ])('%j for everybody', (uri) => {
    expect(redirectUriFault(uri, 'web')).toBeUndefined();
    expect(redirectUriFault(uri, 'native')).toBeUndefined();
  });

  it.each(['com.example.app:/cb', 'com.example.app:/oauth2redirect/example-provider', 'org.example-site.app://cb'])(
    '%j for a native client (RFC 8252 §7.1)',
    (uri) => {
      expect(redirectUriFault(uri, 'native')).toBeUndefined();
    },
  );

  it('whatever is allowed to a web client leads to https or to this machine', () => {
    const authority = fc.oneof(fc.constantFrom('127.0.0.1', '[::1]', 'localhost', 'a.example'), fc.string());
    const scheme = fc.constantFrom('http://', 'https://', 'javascript:', 'data:', 'com.example.app:');
    const uri = fc.tuple(scheme, authority, fc.oneof(fc.webPath(), fc.string())).map((parts) => parts.join(''));
    fc.assert(
      fc.property(uri, (text) => {
        if (redirectUriFault(text, 'web') !== undefined) return;
        const { protocol, hostname, hash, username } = new URL(text);
        expect(protocol === 'https:' || ['127.0.0.1', '[::1]', 'localhost'].includes(hostname)).toBe(true);
        expect(`${hash}${username}`).toBe('');
      }),
    );
  });
});
