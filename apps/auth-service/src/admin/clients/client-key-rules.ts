/**
 * Owns which keys a client may be registered with (RFC 7591 §2, OpenID Connect Registration §2). Does not own their form, nor what is
 * published at a jwks_uri: that is looked at when it is read.
 */
import { PUBLIC_KEY_ALGORITHMS } from '@latchkey/protocol';
import { thumbprint, verificationKeyOf } from '@latchkey/tokens';
import type { Surviving } from '../http/form.js';
import type { Fault } from '../http/problem.js';
import type { ClientRequest } from './client-schema.js';
import { shownUrlFault } from './redirect-uri-rules.js';

type Body = Surviving<ClientRequest>;
type Jwk = Readonly<Record<string, unknown>>;

/** RFC 7518 §6.2.2, §6.3.2, §6.4.1; RFC 8037 §2. */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

export const keyFaults = (body: Body): readonly Fault[] => [
  ...whereTheyAre(body),
  ...eachKey(body),
  ...whereToRead(body),
];

/** RFC 7591 §2: "The "jwks_uri" and "jwks" parameters MUST NOT both be present in the same request or response." */
function whereTheyAre({ value, isFaulty }: Body): readonly Fault[] {
  const { jwks, jwks_uri: uri, token_endpoint_auth_method: method, token_endpoint_auth_signing_alg: algorithm } = value;
  const both = jwks !== undefined && uri !== undefined;
  const isMissing = jwks === undefined && uri === undefined && !isFaulty('jwks') && !isFaulty('jwks_uri');
  const isForNothing =
    algorithm !== undefined && method !== 'private_key_jwt' && !isFaulty('token_endpoint_auth_method');
  return [
    ...(both ? [{ pointer: '/jwks_uri', detail: 'stands beside jwks: give one of them' }] : []),
    ...(method === 'private_key_jwt' && isMissing
      ? [{ pointer: '/token_endpoint_auth_method', detail: 'private_key_jwt needs jwks or jwks_uri' }]
      : []),
    ...(isForNothing
      ? [{ pointer: '/token_endpoint_auth_signing_alg', detail: 'is for token_endpoint_auth_method private_key_jwt' }]
      : []),
  ];
}

function whereToRead({ value: { jwks_uri: uri } }: Body): readonly Fault[] {
  const detail = uri === undefined ? undefined : shownUrlFault(uri);
  return detail === undefined ? [] : [{ pointer: '/jwks_uri', detail }];
}

function eachKey({ value }: Body): readonly Fault[] {
  const keys: readonly Jwk[] = (value.jwks?.keys ?? []).map((key) => ({ ...key }));
  const { token_endpoint_auth_signing_alg: only } = value;
  const faults = keys.flatMap((jwk, index) => {
    const detail = keyFault(jwk, keys);
    return detail === undefined ? [] : [{ pointer: `/jwks/keys/${index}`, detail }];
  });
  if (only === undefined || faults.length > 0 || keys.length === 0 || keys.some((jwk) => isFor(jwk, only)))
    return faults;
  return [{ pointer: '/token_endpoint_auth_signing_alg', detail: 'is an algorithm for which no key of jwks is' }];
}

function keyFault(jwk: Jwk, keys: readonly Jwk[]): string | undefined {
  const secret = SECRET_MEMBERS.filter((name) => name in jwk);
  if (secret.length > 0 || jwk['kty'] === 'oct') {
    return 'holds what is private or shared: give the public key alone, and make another one, since this one has been told';
  }
  if (!PUBLIC_KEY_ALGORITHMS.some((algorithm) => isFor(jwk, algorithm))) {
    return 'must be a key that verifies signatures: RSA of 2048 bits or more (RS256, PS256), P-256 (ES256), Ed25519 (EdDSA)';
  }
  const { kid } = jwk;
  if (keys.length > 1 && kid === undefined) return 'must have a kid, since there are several keys';
  return kid !== undefined && keys.filter((other) => other['kid'] === kid).length > 1
    ? 'must have a kid of its own'
    : undefined;
}

const isFor = (jwk: Jwk, algorithm: string): boolean => {
  const { alg = algorithm, kid = 'unnamed' } = jwk;
  return alg === algorithm && verificationKeyOf({ ...jwk, alg, kid }) !== undefined;
};

/** Each key by what it is, whatever it is called. */
export const keysIn = (jwks: { readonly keys: readonly object[] } | undefined): readonly string[] =>
  (jwks?.keys ?? []).map((jwk) => thumbprint({ ...jwk }));
