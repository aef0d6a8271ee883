import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify, SignJWT } from 'jose';
import { authorizePath, formOf, Outside, recordOf, refusalOf, textOf } from './test/outside.js';
import { ISSUER, type ProtocolApp, startProtocolApp, type TestClient } from './test/protocol-app.js';

let app: ProtocolApp;
let outside: Outside;
beforeAll(async () => {
  app = await startProtocolApp();
  outside = new Outside(app);
});
afterAll(() => app.close());

const aClient = () => app.addClient({ idTokenSignedResponseAlg: 'HS256' });
const authorized = (client: TestClient) => outside.authorize(client, { scope: 'openid', prompt: 'consent' });
const verified = async (idToken: string, { clientId, secret = '' }: TestClient) => {
  const options = { issuer: ISSUER, audience: clientId, currentDate: new Date(app.nowSeconds() * 1000) };
  return jwtVerify(idToken, Buffer.from(secret, 'utf8'), { ...options, algorithms: ['HS256'] });
};
const isBySecretOf = async (idToken: string, client: TestClient): Promise<boolean> => {
  try {
    await verified(idToken, client);
    return true;
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return false;
    throw error;
  }
};

describe('R25 OpenID Connect Core §10.1 an ID token under HS256', () => {
  it('is 503 where no secret of the client can be read, and nothing is lost: the code is good afterwards', async () => {
    const client = await aClient();
    const code = await authorized(client);
    await app.sql('UPDATE auth.client_secrets SET sealed = NULL WHERE client_id = $1', [client.clientId]);
    expect(refusalOf(await outside.redeem(client, code))).toEqual([503, 'temporarily_unavailable']);
    const other = await app.addSecret(client);
    expect(await isBySecretOf(textOf(await outside.redeem(client, code), 'id_token'), other)).toBe(true);
  });

  it('is by the secret alone: no kid of ours, no key of the published set, and no other secret opens it', async () => {
    const [client, stranger] = [await aClient(), await aClient()];
    const answer = await outside.redeem(client, await authorized(client));
    const idToken = textOf(answer, 'id_token');
    expect(decodeProtectedHeader(idToken)).toEqual({ alg: 'HS256', typ: 'JWT' });
    expect(await isBySecretOf(idToken, { ...client, secret: stranger.secret })).toBe(false);
    await expect(outside.verified(idToken, client.clientId)).rejects.toThrow();
    const { payload } = await verified(idToken, client);
    const hash = createHash('sha256').update(textOf(answer, 'access_token'), 'ascii').digest();
    expect(payload['at_hash']).toBe(hash.subarray(0, 16).toString('base64url'));
  });

  it('is by the secret that the client has shown, while it has two, at the code and at the refresh', async () => {
    const older = await aClient();
    const newer = await app.addSecret(older);
    for (const [by, not] of [
      [older, newer],
      [newer, older],
    ] as const) {
      const first = await outside.redeem(by, await authorized(by));
      const second = await outside.refresh(by, textOf(first, 'refresh_token'));
      for (const answer of [first, second]) {
        const idToken = textOf(answer, 'id_token');
        expect([await isBySecretOf(idToken, not), await isBySecretOf(idToken, by)]).toEqual([false, true]);
      }
    }
  });

  it('is so for a secret in the form too (client_secret_post)', async () => {
    const older = await app.addClient({
      ...{ idTokenSignedResponseAlg: 'HS256', tokenEndpointAuthMethod: 'client_secret_post' },
    });
    const newer = await app.addSecret(older);
    const { code, verifier } = await authorized(older);
    const response = await fetch(`${app.url}/token`, {
      method: 'POST',
      body: formOf({
        ...{
          grant_type: 'authorization_code',
          code,
          code_verifier: verifier,
          redirect_uri: 'https://client.example/cb',
        },
        ...{ client_id: older.clientId, client_secret: older.secret },
      }),
    });
    const idToken = String(recordOf(await response.json())['id_token']);
    expect([await isBySecretOf(idToken, newer), await isBySecretOf(idToken, older)]).toEqual([false, true]);
  });

  it('is a hint of its own client, and of no other; one under another secret, or that of an API, is none (§3.1.2.1)', async () => {
    const [client, other] = [await aClient(), await aClient()];
    const idToken = textOf(await outside.redeem(client, await authorized(client)), 'id_token');
    const answerTo = async (hint: string, as: TestClient): Promise<string> => {
      const { location } = await outside.browser.get(
        authorizePath(as, { prompt: 'none', scope: 'openid', id_token_hint: hint }),
      );
      const { searchParams } = new URL(location, ISSUER);
      return searchParams.get('error') ?? (searchParams.has('code') ? 'code' : location);
    };
    const forged = await new SignJWT(decodeJwt(idToken))
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .sign(randomBytes(32));
    expect(await answerTo(idToken, other)).toBe('invalid_request');
    expect(await answerTo(forged, client)).toBe('invalid_request');
    expect(await answerTo(idToken, client)).not.toBe('invalid_request');

    // RFC 8725 §3.1: whose ID tokens we sign otherwise was given none under its secret, whatever else that signs.
    const otherwise = await app.addClient({ userinfoSignedResponseAlg: 'HS256' });
    const own = await new SignJWT({ ...decodeJwt(idToken), aud: otherwise.clientId })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .sign(Buffer.from(otherwise.secret ?? '', 'utf8'));
    expect(await answerTo(own, otherwise)).toBe('invalid_request');
  });
});
