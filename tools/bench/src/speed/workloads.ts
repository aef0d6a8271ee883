/** Owns the list of the workloads of the issuer, and who takes part in each. Another workload is one more entry here. */
import type { LatchkeyDrills } from './contenders/latchkey-drills.js';
import type { OidcProviderDrills } from './contenders/oidc-provider-drills.js';
import { ALGORITHMS, OPENID_SCOPE } from './contenders/seed.js';
import { DOCUMENTS, type FloorServer } from './floors/floor-server.js';
import type { Workload } from './workload.js';

/** To get them through /authorize, less what a round is shorter that ends when they are used up. */
export const SECONDS_PER_CODE = 0.0006;

export interface Contenders {
  readonly latchkey: LatchkeyDrills;
  readonly floor: FloorServer;
  /** None where ours is alone with the floor. The durable one takes part where something must survive. */
  readonly peers?: { readonly fleeting: OidcProviderDrills; readonly durable: OidcProviderDrills };
}

export function workloadsOf({ latchkey, floor, peers }: Contenders): readonly Workload[] {
  const fleeting = peers === undefined ? [] : [peers.fleeting];
  const all = peers === undefined ? [] : [peers.fleeting, peers.durable];
  return [
    ...ALGORITHMS.map((algorithm) => ({
      name: `client_credentials ${algorithm}`,
      does: `POST /token by client_secret_basic, answered with a JWT of 300 s for one API, signed ${algorithm}. Floor: node:http and one signature.`,
      entrants: [latchkey, ...fleeting, floor].map((each) => each.clientCredentials(algorithm)),
    })),
    {
      name: 'code exchange',
      does: 'POST /token with a code, its PKCE verifier and client_secret_basic, answered with a JWT (ES256) and a refresh token; no ID token. The codes are got before. Floor: one signature, one committed INSERT.',
      secondsToBring: SECONDS_PER_CODE,
      entrants: [latchkey, ...all, floor].map((each) => each.codeExchange()),
    },
    {
      name: 'refresh',
      does: 'POST /token with a refresh token that is rotated, one chain for each connection, answered with a JWT (ES256) and the next refresh token; no ID token. Floor: one signature, one committed UPDATE.',
      entrants: [latchkey, ...all, floor].map((each) => each.refresh()),
    },
    {
      name: 'refresh, with ID token',
      does: 'The same with the scope openid: a second signature (ES256) for an ID token. Floor: two signatures, one committed UPDATE.',
      entrants: [latchkey, ...all, floor].map((each) => each.refresh(OPENID_SCOPE)),
    },
    {
      name: 'introspection',
      does: 'Introspection of one access token by the client that it was given to, client_secret_basic: of a JWT here, of an opaque token there, since oidc-provider introspects no JWT. Floor: one SHA-256, one JSON.stringify.',
      entrants: [latchkey, ...fleeting, floor].map((each) => each.introspection()),
    },
    ...Object.entries(DOCUMENTS).map(([name, path]) => ({
      name,
      does: `GET ${path}, without conditions. The documents differ in length. Floor: the bytes of our document out of memory.`,
      entrants: [latchkey, ...fleeting, floor].map((each) => each.document(path)),
    })),
  ];
}
