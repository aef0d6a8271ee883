/** Owns the clients and APIs that every contender is filled with, under the same names and secrets. Does not own how. */
import { createHash } from 'node:crypto';

export const ALGORITHMS = ['ES256', 'RS256'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

export interface BenchApi {
  readonly identifier: string;
  readonly algorithm: Algorithm;
  readonly scope: string;
}

export interface BenchClient {
  readonly client_id: string;
  readonly client_secret: string;
}

const hex = (name: string, characters: number): string =>
  createHash('sha256').update(name).digest('hex').slice(0, characters);
const clientOf = (name: string): BenchClient => ({
  client_id: hex(name, 32),
  client_secret: hex(`${name} secret`, 64),
});

export const API: Readonly<Record<Algorithm, BenchApi>> = {
  ES256: { identifier: 'https://es256.example', algorithm: 'ES256', scope: 'es256:read' },
  RS256: { identifier: 'https://rs256.example', algorithm: 'RS256', scope: 'rs256:read' },
};

/** Gets tokens for itself, for the API of each algorithm. */
export const MACHINE = clientOf('machine');
/** Gets tokens for a person. */
export const WEB = clientOf('web');

/** With it the answers hold an ID token, too. */
export const OPENID_SCOPE = `openid ${API.ES256.scope}`;

export const TOKEN_LIFETIME_SECONDS = 300;

/** By deploy/seed.schema.json. */
export const SEED = {
  apis: ALGORITHMS.map((algorithm) => ({
    identifier: API[algorithm].identifier,
    scopes: [{ name: API[algorithm].scope, description: 'Read' }],
    access_token_lifetime_seconds: TOKEN_LIFETIME_SECONDS,
    access_token_signing_alg: algorithm,
  })),
  clients: [
    { ...MACHINE, grant_types: ['client_credentials'], scope: ALGORITHMS.map((name) => API[name].scope).join(' ') },
    {
      ...WEB,
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: ['https://client.example/cb'],
      scope: OPENID_SCOPE,
      id_token_signed_response_alg: 'ES256',
    },
  ],
};
