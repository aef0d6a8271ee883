import { signJwt } from '@latchkey/tokens/issuing';
import { testKeys } from '@latchkey/tokens/testing';
import { OAuthError, Unavailable } from './errors.js';
import { type HintKeys, IdTokenHints } from './id-token-hint.js';
import { noClientMacKeys } from './testing/builders.js';

const ISSUER = 'https://issuer.example';
const CLIENT = 'c'.repeat(32);
const keys = testKeys('ES256');
const hint = (): Promise<string> =>
  Promise.resolve(signJwt(keys.signer, 'JWT', { iss: ISSUER, aud: CLIENT, sub: 'ada', sid: 'session' }));

const noClients = { find: () => Promise.resolve(undefined) };
const read = async (found: HintKeys) =>
  new IdTokenHints(ISSUER, found, noClientMacKeys, noClients).read(await hint(), CLIENT);

describe('OpenID Connect Core §3.1.2.1 id_token_hint, under a key that this instance has not loaded', () => {
  it('is believed when the store knows the key', async () => {
    let loaded = false;
    const found = await read({
      findForHint: (kid) => (loaded ? keys.find(kid) : undefined),
      changed: () => {
        loaded = true;
        return Promise.resolve();
      },
      outdated: false,
    });
    expect(found).toEqual({ sub: 'ada', sid: 'session' });
  });

  it('is refused when the store does not, and nobody can tell when the store does not answer', async () => {
    const none = { findForHint: () => undefined, changed: () => Promise.resolve() };
    await expect(read({ ...none, outdated: false })).rejects.toThrow(OAuthError);
    await expect(read({ ...none, outdated: true })).rejects.toThrow(Unavailable);
  });

  it('is refused under a key that an API shares', async () => {
    const key = keys.find(keys.kid);
    const shared = key && { ...key, key: keys.privateKey };
    await expect(
      read({ findForHint: () => shared, changed: () => Promise.resolve(), outdated: false }),
    ).rejects.toThrow(OAuthError);
  });
});
