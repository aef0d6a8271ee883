import { createSecretKey, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { VerificationKey, VerificationKeys } from '@latchkey/tokens';
import { LocalSigner } from '@latchkey/tokens/issuing';
import { mintAccessToken, systemClock, testKeys } from '@latchkey/tokens/testing';
import { AdminDoor } from './door.js';

const ADMIN = 'https://was-an-api.example';
const ISSUER = 'http://localhost:4000';
const publicKey = testKeys();
const secret = createSecretKey(randomBytes(32));
const shared: VerificationKey = { kid: 'shared', algorithm: 'HS256', key: secret, soleAudience: ADMIN };

const doorWith = (over: Partial<VerificationKeys> = {}): AdminDoor =>
  new AdminDoor({
    ...{ issuer: ISSUER, adminUrl: ADMIN, maxStalenessMs: 5000, clock: systemClock },
    keys: { ...publicKey, find: (kid) => (kid === 'shared' ? shared : publicKey.find(kid)), ...over },
    knowledge: { judgeable: () => true, freshness: () => ({ state: 'fresh' }), match: () => undefined },
    isRevoked: () => Promise.resolve(false),
  });
const knock = async (signer: LocalSigner, door = doorWith()) =>
  door.admit({
    authorization: [`Bearer ${mintAccessToken({ iss: ISSUER, aud: ADMIN, scope: 'keys:read' }, { signer })}`],
    ...{ query: '', requiredScope: ['keys:read'] },
  });

describe('RFC 8725 §2.2 the admin door', () => {
  it('is opened by no secret that an API shares, not even that of one registered under this very address', async () => {
    expect(await knock(new LocalSigner('shared', 'HS256', secret))).toMatchObject({
      answer: 'refuse',
      reason: 'unknown_key',
    });
    expect(await knock(publicKey.signer)).toMatchObject({ answer: 'admit' });
  });

  it('cannot tell, while its own keys are older than others that may exist, and does not call a token invalid', async () => {
    const stranger = testKeys().signer;
    expect(await knock(stranger)).toMatchObject({ answer: 'refuse', refusal: { status: 401 } });
    expect(await knock(stranger, doorWith({ outdated: true }))).toMatchObject({ answer: 'cannot-tell', status: 503 });
  });
});
