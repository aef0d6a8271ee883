/** Owns a builder of access tokens for specs, right by default and wrong in whatever way is asked for. */
import { randomUUID } from 'node:crypto';
import { ACCESS_TOKEN_TYPE, type AccessTokenClaims } from '../access-token/claims.js';
import { encodeCompact, signingInputOf } from '../jws/compact.js';
import type { LocalSigner } from '../keys/local-signer.js';
import { toSeconds } from '../time.js';

export interface MintOptions {
  readonly signer: LocalSigner;
  /** Replaces or, with undefined, removes header parameters. */
  readonly header?: Readonly<Record<string, unknown>>;
}

/** Claims of a person's token as Latchkey writes them, good from now for five minutes. */
export const accessTokenClaims = (overrides: Partial<AccessTokenClaims> = {}): AccessTokenClaims => {
  const iat = toSeconds(Date.now());
  return {
    iss: 'http://localhost:4000',
    sub: randomUUID(),
    aud: 'http://localhost:4002',
    iat,
    exp: iat + 300,
    jti: randomUUID(),
    client_id: '0123456789abcdef0123456789abcdef',
    scope: 'notes:read notes:write',
    grant_id: randomUUID(),
    gen: { iss: 0, cli: 0, sub: 0 },
    ...overrides,
  };
};

/** A signed access token. Any claim may be given any value; `undefined` removes it. */
export const mintAccessToken = (claims: Readonly<Record<string, unknown>>, { signer, header }: MintOptions): string => {
  const input = signingInputOf(
    { alg: signer.algorithm, typ: ACCESS_TOKEN_TYPE, kid: signer.kid, ...header },
    { ...accessTokenClaims(), ...claims },
  );
  return encodeCompact(input, signer.sign(input));
};
