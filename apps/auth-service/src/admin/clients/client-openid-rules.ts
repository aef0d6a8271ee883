/**
 * Owns what the OpenID Connect members of a client must also mean (Registration §2, Core §8.1 and §10.1, RP-Initiated Logout §3.1,
 * Back-Channel Logout §2.2). Does not own their form (client-openid-schema) nor one URI (redirect-uri-rules).
 */
import type { IdTokenAlgorithm } from '@latchkey/protocol';
import { provesWithSecret } from './client-proofs.js';
import type { Surviving } from '../http/form.js';
import type { Fault } from '../http/problem.js';
import type { RegisteredClient } from '../ports.js';
import type { ClientRequest } from './client-schema.js';
import { postLogoutRedirectUriFault, shownUrlFault } from './redirect-uri-rules.js';

type Body = Surviving<ClientRequest>;
type Rule = (body: Body) => readonly Fault[];

export const openIdFaults: Rule = (body) => RULES.flatMap((rule) => rule(body));

/** RP-Initiated Logout §3.1 allows what RFC 8252 allows a redirect URI: https, the loopback, a scheme of the app's own. */
const postLogoutRedirectUris: Rule = (body) => {
  const type = body.isFaulty('application_type') ? 'native' : (body.value.application_type ?? 'web');
  return (body.value.post_logout_redirect_uris ?? []).flatMap((uri, index) => {
    const detail = uri === undefined ? undefined : postLogoutRedirectUriFault(uri, type);
    return detail === undefined ? [] : [{ pointer: `/post_logout_redirect_uris/${index}`, detail }];
  });
};

/**
 * Back-Channel Logout §2.2: "MUST be an absolute URI as defined by Section 4.3 of [RFC3986] […] and MUST NOT include a fragment
 * component." Whether the address that it leads to may be reached is asked when something is sent (OUTBOUND_ALLOW).
 */
const backchannelLogoutUri: Rule = ({ value: { backchannel_logout_uri: uri } }) => {
  const detail = uri === undefined ? undefined : shownUrlFault(uri);
  return detail === undefined ? [] : [{ pointer: '/backchannel_logout_uri', detail }];
};

/** Core §8.1: of several hosts the client "MUST register a sector_identifier_uri", and that is not built. */
const oneSector: Rule = (body) => {
  const { subject_type: type, redirect_uris: uris = [] } = body.value;
  if (type !== 'pairwise' || body.isFaulty('redirect_uris')) return [];
  const known = uris.flatMap((uri) => (uri === undefined ? [] : [uri]));
  const detail =
    'pairwise needs redirect_uris that are all of one host: it is the sector in which people have their sub';
  return sectorOf(known) === undefined ? [{ pointer: '/subject_type', detail }] : [];
};

/** The one host of all of these, without its port; undefined when there are several, or none. */
export function sectorOf(redirectUris: readonly string[]): string | undefined {
  const hosts = new Set(redirectUris.map((uri) => (URL.canParse(uri) ? webHostOf(new URL(uri)) : '')));
  const [host = '', ...others] = hosts;
  return others.length === 0 && host !== '' ? host : undefined;
}

/** A scheme of an app's own has no host. */
const webHostOf = ({ protocol, hostname }: URL): string =>
  protocol === 'https:' || protocol === 'http:' ? hostname : '';

const KEYED_WITH_SECRET = ['id_token_signed_response_alg', 'userinfo_signed_response_alg'] as const;

/** Core §10.1: "Symmetric signatures MUST NOT be used by public (non-confidential) Clients because of their inability to keep secrets." */
const secretForHs256: Rule = ({ value }) => {
  const { token_endpoint_auth_method: method } = value;
  if (method === undefined || provesWithSecret(method)) return [];
  const detail = 'HS256 is keyed with the client_secret, and a client of this token_endpoint_auth_method has none';
  return KEYED_WITH_SECRET.filter((name) => value[name] === 'HS256').map((name) => ({ pointer: `/${name}`, detail }));
};

const refreshSpans: Rule = ({ value: { refresh_token_lifetime_seconds: whole, refresh_token_idle_seconds: idle } }) =>
  whole !== undefined && idle !== undefined && idle > whole
    ? [
        {
          pointer: '/refresh_token_idle_seconds',
          detail: 'must not be longer than refresh_token_lifetime_seconds, after which nothing can be refreshed',
        },
      ]
    : [];

const RULES: readonly Rule[] = [postLogoutRedirectUris, backchannelLogoutUri, oneSector, secretForHs256, refreshSpans];

/**
 * What cannot become of a client that stands. A secret of which only the digest is kept keys nothing: an HS256 client would have
 * what it proves itself by and could not be sent what is signed with it.
 */
export function sealingFaults({ value }: Body, standing: RegisteredClient): readonly Fault[] {
  if (standing.secretsSealed) return [];
  const detail =
    'HS256 is keyed with the client_secret, and of a living one only the digest is kept: while grant_types holds ' +
    'authorization_code make a new secret, delete the old one, then choose HS256';
  return KEYED_WITH_SECRET.filter((name) => value[name] === 'HS256').map((name) => ({ pointer: `/${name}`, detail }));
}

/** Of a client: whether anything that it is sent may be keyed with its secret, now or after another choice of algorithm. */
export const keepsSecretsSealed = (client: {
  readonly grantTypes: readonly string[];
  readonly idTokenSignedResponseAlg: IdTokenAlgorithm;
  readonly userinfoSignedResponseAlg?: IdTokenAlgorithm;
}): boolean =>
  client.grantTypes.includes('authorization_code') ||
  client.idTokenSignedResponseAlg === 'HS256' ||
  client.userinfoSignedResponseAlg === 'HS256';
