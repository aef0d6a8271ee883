import { browserOriginsOf, isWebOrigin } from './browser-origins.js';

const publicWith = (...redirectUris: string[]) => browserOriginsOf({ tokenEndpointAuthMethod: 'none', redirectUris });

describe('RFC 9700 §2.6 origins of a client, as RFC 6454 §6.2 writes them', () => {
  it('are none of a client that has a secret', () => {
    const redirectUris = ['https://app.example/cb'];
    expect(browserOriginsOf({ tokenEndpointAuthMethod: 'client_secret_basic', redirectUris })).toEqual([]);
    expect(browserOriginsOf({ tokenEndpointAuthMethod: 'client_secret_post', redirectUris })).toEqual([]);
  });

  it.each([
    ['a private-use scheme', 'com.example.app:/cb'],
    ['what is no URL', 'https:// '],
  ])('are none of %s', (_, uri) => {
    expect(publicWith(uri)).toEqual([]);
  });

  it.each([
    ['https://app.example/cb?x=1', 'https://app.example'],
    ['https://App.EXAMPLE:443/cb', 'https://app.example'],
    ['https://app.example:8443/', 'https://app.example:8443'],
    ['http://localhost:5173/cb', 'http://localhost:5173'],
    ['http://[::1]:80/cb', 'http://[::1]'],
  ])('of %s are %s', (uri, origin) => {
    expect(publicWith(uri)).toEqual([origin]);
    expect(isWebOrigin(origin)).toBe(true);
  });

  it('are each named once', () => {
    expect(publicWith('https://a.example/1', 'https://a.example/2', 'https://b.example/')).toEqual([
      'https://a.example',
      'https://b.example',
    ]);
  });

  it.each([
    ['null'],
    ['*'],
    [''],
    ['https://a.example/'],
    ['https://a.example:443'],
    ['https://A.example'],
    ['https://u@a.example'],
    ['https://a.example, https://b.example'],
    ['https://a.example https://b.example'],
    ['file://'],
    ['chrome-extension://abcdef'],
    ['com.example.app:'],
    [`https://${'a'.repeat(300)}.example`],
    ['https://a\u0000.example'],
  ])('%j is none', (text) => {
    expect(isWebOrigin(text)).toBe(false);
  });
});
