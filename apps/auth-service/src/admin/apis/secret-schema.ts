/** Owns the form of a secret that an API shares, which is a key of its own ring. Does not own that of keys (key-schema). */
import Type from 'typebox';
import { KeyParams, KeySchema } from '../keys/key-schema.js';
import { ApiParams, sharedSecret } from './api-schema.js';

const CLOSED = { additionalProperties: false };

export const CreatedSecretSchema = Type.Object(
  { ...KeySchema.properties, shared_secret: sharedSecret },
  { ...CLOSED, title: 'CreatedSecret' },
);

export const RemovedSecretSchema = Type.Object(
  {
    ...KeySchema.properties,
    successor: Type.Unsafe<string | null>({
      type: ['string', 'null'],
      description: 'The kid of the secret that signs from now on; null if another one signs as before.',
    }),
  },
  { ...CLOSED, title: 'RemovedSecret' },
);

export const SecretParams = Type.Object({
  ...ApiParams.properties,
  kid: KeyParams.properties.kid,
});
