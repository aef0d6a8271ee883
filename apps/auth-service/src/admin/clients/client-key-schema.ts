/** Owns the form of the keys by which a client proves itself (RFC 7591 §2). Does not own what a key must be (client-key-rules). */
import { PUBLIC_KEY_ALGORITHMS } from '@latchkey/protocol';
import Type from 'typebox';
import { uriSchema, wordSchema } from '../http/text-schema.js';

export const keyChoices = {
  token_endpoint_auth_signing_alg: Type.Optional(
    wordSchema(PUBLIC_KEY_ALGORITHMS, {
      description: 'For private_key_jwt: how its assertions are signed. Absent: as its keys allow.',
    }),
  ),
  jwks: Type.Optional(
    Type.Object(
      {
        keys: Type.Array(Type.Object({}, { description: 'A public key (RFC 7517 §4).' }), {
          description: 'RSA of 2048 bits or more, P-256, Ed25519; each with a kid, if there are several.',
          minItems: 1,
          maxItems: 20,
        }),
      },
      { description: 'For private_key_jwt: its public keys. Not together with jwks_uri.', additionalProperties: false },
    ),
  ),
  jwks_uri: Type.Optional(
    uriSchema('For private_key_jwt: where its public keys are read, by https and as OUTBOUND_ALLOW says.', [
      'https://app.example.com/jwks',
    ]),
  ),
};
