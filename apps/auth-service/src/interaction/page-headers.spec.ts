import { describe, expect, it } from '@jest/globals';
import { aClient } from '@latchkey/protocol/testing';
import type { AuthorizationRequest, Client } from '@latchkey/protocol';
import { clientView, type Page } from './page.js';
import { pageHeaders } from './page-headers.js';

const request = (redirectUri: string): AuthorizationRequest => ({
  clientId: 'c',
  redirectUri,
  redirectUriSent: true,
  responseMode: 'query',
  requestedScope: [],
  prompt: [],
  clientGeneration: 0,
});

const loginPage = (redirectUri: string, client: Partial<Client> = {}): Page => ({
  template: 'login',
  client: clientView(aClient(client), request(redirectUri)),
  action: '/interaction/x/login',
  formToken: 't',
  username: '',
  asAnother: false,
  problem: undefined,
});

const directive = (page: Page, name: string): string | undefined =>
  pageHeaders(page, true)
    ['content-security-policy']?.split('; ')
    .find((part) => part.startsWith(name));

describe('Content Security Policy Level 3, per page', () => {
  it.each([
    ['https://client.example/cb', "form-action 'self' https:"],
    ['http://127.0.0.1:51004/cb', "form-action 'self' http:"],
    ['http://[::1]:51004/cb', "form-action 'self' http:"],
    ['com.example.app:/cb', "form-action 'self' com.example.app:"],
  ])('lets the form of a request of %s lead there and on', (redirectUri, expected) => {
    expect(directive(loginPage(redirectUri), 'form-action')).toBe(expected);
  });

  it('loads the logo from its own host alone, and none that does not lead to the web', () => {
    const page = loginPage('https://client.example/cb', { logoUri: 'https://cdn.example:8443/a.png?x; script-src *' });
    expect(directive(page, 'img-src')).toBe("img-src 'self' https://cdn.example:8443");
    for (const logoUri of ['javascript:alert(1)', 'data:image/png;base64,AAAA', 'not a uri']) {
      const other = loginPage('https://client.example/cb', { logoUri });
      expect(directive(other, 'img-src')).toBe("img-src 'self'");
    }
  });

  it('RFC 6797 §7.2: promises https only under https', () => {
    const page = loginPage('https://client.example/cb');
    expect(pageHeaders(page, true)['strict-transport-security']).toMatch(/^max-age=[1-9]/);
    expect(pageHeaders(page, false)['strict-transport-security']).toBeUndefined();
  });
});

describe('P4, where the answer goes, in the words of the address bar', () => {
  it.each([
    ['https://client.example/cb', 'client.example'],
    ['https://client.example:8443/cb', 'client.example:8443'],
    ['https://cli\u0435nt.example/cb', 'xn--clint-1we.example'],
    ['http://127.0.0.1:51004/cb', 'an app on this device (127.0.0.1:51004)'],
    ['com.example.app:/cb', 'an app on this device (com.example.app)'],
  ])('%s is told as %s', (redirectUri, expected) => {
    expect(clientView(aClient(), request(redirectUri)).returnsTo).toBe(expected);
  });
});
