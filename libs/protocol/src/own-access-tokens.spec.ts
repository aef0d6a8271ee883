import { createSecretKey, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { VerificationKeys } from '@latchkey/tokens';
import { LocalSigner } from '@latchkey/tokens/issuing';
import { mintAccessToken, systemClock, testKeys } from '@latchkey/tokens/testing';
import { Unavailable } from './errors.js';
import { OwnAccessTokens } from './own-access-tokens.js';

const ISSUER = 'http://localhost:4000';
const successor = testKeys();
const token = mintAccessToken({}, { signer: successor.signer });

/** An instance that has not loaded the successor yet, and learns of it, or not, when it asks. */
class LaggingKeys implements VerificationKeys {
  readonly loaded = true;
  asked = 0;
  #here = false;

  constructor(
    private readonly learns: boolean,
    readonly outdated: boolean,
  ) {}

  find(kid: string) {
    return this.#here ? successor.find(kid) : undefined;
  }

  refresh(): Promise<void> {
    return Promise.resolve();
  }

  changed(): Promise<void> {
    this.asked += 1;
    this.#here = this.learns;
    return Promise.resolve();
  }
}

const read = (keys: VerificationKeys, of = token) => new OwnAccessTokens(ISSUER, keys, systemClock).read(of);

describe('RFC 7009 §2.2 a token of an unknown key', () => {
  it('is unavailable, and not invalid, while newer keys are known to exist', async () => {
    await expect(read(new LaggingKeys(false, true))).rejects.toBeInstanceOf(Unavailable);
  });

  it('is invalid when nobody knows of newer keys, after asking once', async () => {
    const keys = new LaggingKeys(false, false);
    expect(await read(keys)).toBeUndefined();
    expect(keys.asked).toBe(1);
  });

  it('is read by the successor that signed it, which this instance had not loaded', async () => {
    const keys = new LaggingKeys(true, false);
    expect(await read(keys)).toMatchObject({ iss: ISSUER });
    expect(keys.asked).toBe(1);
  });

  it('asks for no key for what is no token, or a bad one of a key that is here', async () => {
    const keys = new LaggingKeys(true, true);
    expect(await read(keys, 'no token')).toBeUndefined();
    expect(keys.asked).toBe(0);
    await read(keys);
    const expired = mintAccessToken({ iat: 1, exp: 2 }, { signer: successor.signer });
    expect(await read(keys, expired)).toBeUndefined();
    expect(keys.asked).toBe(1);
  });
});

describe('RFC 8725 §3.1 a token under a secret that an API shares', () => {
  const secret = createSecretKey(randomBytes(32));
  const keys: VerificationKeys = {
    ...{ loaded: true, outdated: false, refresh: () => Promise.resolve(), changed: () => Promise.resolve() },
    find: (kid) => ({ kid, algorithm: 'HS256', key: secret, soleAudience: 'https://hmac.example' }),
  };
  const symmetric = (claims: object, key = secret) =>
    mintAccessToken({ aud: 'https://hmac.example', ...claims }, { signer: new LocalSigner('shared', 'HS256', key) });

  it('is refused as such, since its API could have written it', async () => {
    await expect(read(keys, symmetric({}))).rejects.toMatchObject({ code: 'unsupported_token_type', status: 400 });
  });

  it.each([
    ['for another API', symmetric({ aud: ISSUER })],
    ['for another API besides', symmetric({ aud: ['https://hmac.example', ISSUER] })],
    ['of another secret', symmetric({}, createSecretKey(randomBytes(32)))],
  ])('is no token at all %s', async (_what, forged) => {
    expect(await read(keys, forged)).toBeUndefined();
  });
});
