import { createSecretKey, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { VerificationKey, VerificationKeys } from '@latchkey/tokens';
import { LocalSigner } from '@latchkey/tokens/issuing';
import { mintAccessToken, systemClock, testKeys } from '@latchkey/tokens/testing';
import { Unavailable } from './errors.js';
import { userinfoUrl } from './settings.js';
import { UserinfoTokens } from './userinfo-tokens.js';

const ISSUER = 'http://localhost:4000';
const settings = {
  issuer: ISSUER,
  ...{ accessTokenLifetimeSeconds: 300, idTokenLifetimeSeconds: 300, grantLifetimeSeconds: 86_400 },
  ...{ refreshToleranceSeconds: 10, jwksMaxAgeSeconds: 60 },
};
const publicKey = testKeys();
const secret = createSecretKey(randomBytes(32));
const shared: VerificationKey = { kid: 'shared', algorithm: 'HS256', key: secret, soleAudience: userinfoUrl(ISSUER) };
const token = (signer: LocalSigner): string =>
  mintAccessToken({ iss: ISSUER, aud: userinfoUrl(ISSUER), scope: 'openid' }, { signer });
const tokensWith = (over: Partial<VerificationKeys> = {}, match = (): 'grant' | undefined => undefined) =>
  new UserinfoTokens(
    settings,
    { ...publicKey, find: (kid) => (kid === 'shared' ? shared : publicKey.find(kid)), ...over },
    { match },
    systemClock,
  );

describe('RFC 8725 §2.2 userinfo', () => {
  it('is opened by no secret that an API shares, not even that of one registered under this very address', async () => {
    await expect(tokensWith().read(token(new LocalSigner('shared', 'HS256', secret)))).rejects.toMatchObject({
      ...{ code: 'invalid_token', detail: 'unknown_key' },
    });
    expect(await tokensWith().read(token(publicKey.signer))).toMatchObject({ kid: publicKey.kid });
  });

  it('cannot tell, while its keys are older than others that may exist, and does not call a token invalid', async () => {
    const stranger = testKeys().signer;
    await expect(tokensWith().read(token(stranger))).rejects.toMatchObject({ status: 401 });
    await expect(tokensWith({ outdated: true }).read(token(stranger))).rejects.toBeInstanceOf(Unavailable);
  });

  it('takes a key that was made elsewhere a moment ago, once the store has told of it', async () => {
    let told = false;
    const tokens = tokensWith({
      find: (kid) => (told ? publicKey.find(kid) : undefined),
      refresh: () => {
        told = true;
        return Promise.resolve();
      },
    });
    expect(await tokens.read(token(publicKey.signer))).toMatchObject({ kid: publicKey.kid });
  });

  it('refuses what it has heard to be revoked, before anybody else is asked', async () => {
    await expect(tokensWith({}, () => 'grant').read(token(publicKey.signer))).rejects.toMatchObject({
      ...{ code: 'invalid_token', description: 'the access token is not valid', detail: 'revoked' },
    });
  });
});
