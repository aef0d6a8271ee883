/**
 * Owns what a well-formed client must also mean: which members agree with which (RFC 7591 §2.1, admin-api.md A2, A8).
 * Does not own their form (client-schema) nor one redirect URI (redirect-uri-rules).
 */
import { type Api, isOpenIdScope, ownerOf, parseScope } from '@latchkey/protocol';
import { isAdminScope } from '../admin-scopes.js';
import type { Surviving } from '../http/form.js';
import type { Fault } from '../http/problem.js';
import { keyFaults } from './client-key-rules.js';
import { openIdFaults } from './client-openid-rules.js';
import type { ClientRequest } from './client-schema.js';
import { redirectUriFault, shownUrlFault } from './redirect-uri-rules.js';

type Body = Surviving<ClientRequest>;
type Rule = (body: Body, apis: readonly Api[]) => readonly Fault[];

/** RFC 7591 §2: "If omitted, the default behavior is that the client will use only the "authorization_code" Grant Type". */
const DEFAULT_GRANT_TYPES = ['authorization_code'] as const;

/** Every fault of meaning at once; a member with a fault of form is judged no further. */
export const clientFaults: Rule = (body, apis) => [
  ...RULES.flatMap((rule) => rule(body, apis)),
  ...keyFaults(body),
  ...openIdFaults(body),
];

/** The grant types that are surely meant: what is left of those sent, or the default where none were. */
const grantTypesOf = ({ value, isFaulty }: Body): readonly (string | undefined)[] =>
  value.grant_types ?? (isFaulty('grant_types') ? [] : DEFAULT_GRANT_TYPES);
/** Whether this one is surely not meant: a list with a faulty entry might have meant it. */
const lacksGrant = (body: Body, grantType: string): boolean =>
  !body.isFaulty('grant_types') && !grantTypesOf(body).includes(grantType);

const isPublic = ({ value }: Body): boolean => value.token_endpoint_auth_method === 'none';

const redirectUris: Rule = (body) => {
  const { value } = body;
  // While the application type is unknown, what either may have is not called a fault.
  const type = body.isFaulty('application_type') ? 'native' : (value.application_type ?? 'web');
  return (value.redirect_uris ?? []).flatMap((uri, index) => {
    const detail = uri === undefined ? undefined : redirectUriFault(uri, type);
    return detail === undefined ? [] : [{ pointer: `/redirect_uris/${index}`, detail }];
  });
};

const redirectUriPresent: Rule = (body) => {
  if (body.isFaulty('redirect_uris') || !grantTypesOf(body).includes('authorization_code')) return [];
  if ((body.value.redirect_uris ?? []).length > 0) return [];
  return [{ pointer: '/redirect_uris', detail: 'must hold at least one, since grant_types holds authorization_code' }];
};

const grants: Rule = (body) => {
  const grantTypes = grantTypesOf(body);
  const faults: Fault[] = [];
  const note = (word: string, detail: string): void => {
    faults.push({ pointer: `/grant_types/${grantTypes.indexOf(word)}`, detail });
  };
  if (grantTypes.length === 0 && body.value.resource_server === undefined && !body.isFaulty('resource_server')) {
    faults.push({ pointer: '/grant_types', detail: 'must have at least one entry, unless resource_server is named' });
  }
  if (grantTypes.includes('refresh_token') && lacksGrant(body, 'authorization_code')) {
    note('refresh_token', 'refresh_token needs authorization_code beside it');
  }
  // RFC 6749 §4.4: "The client credentials grant type MUST only be used by confidential clients."
  if (isPublic(body) && grantTypes.includes('client_credentials')) {
    note('client_credentials', 'client_credentials is not for a public client (token_endpoint_auth_method none)');
  }
  return faults;
};

/**
 * RFC 7591 §2.1: "A server supporting these fields SHOULD take steps to ensure that a client cannot register itself into an
 * inconsistent state".
 */
const responseTypes: Rule = (body) => {
  const { response_types: given } = body.value;
  if (given === undefined || body.isFaulty('response_types')) return [];
  const pointer = '/response_types';
  if (given.includes('code')) {
    const detail = 'must be [], since grant_types lacks authorization_code';
    return lacksGrant(body, 'authorization_code') ? [{ pointer, detail }] : [];
  }
  const detail = 'must be [code], since grant_types holds authorization_code';
  return grantTypesOf(body).includes('authorization_code') ? [{ pointer, detail }] : [];
};

const pkce: Rule = (body) =>
  isPublic(body) && body.value.require_pkce === false
    ? [{ pointer: '/require_pkce', detail: 'must be true for a public client (token_endpoint_auth_method none)' }]
    : [];

const scope: Rule = (body, apis) => {
  const names = body.value.scope === undefined ? [] : parseScope(body.value.scope);
  const unknown = names.filter((name) => !isOpenIdScope(name) && ownerOf(name, apis) === undefined);
  const faults = unknown.map((name) => ({ pointer: '/scope', detail: `${name} is not the scope of any API` }));
  // A2: admin scopes "are granted by client_credentials only: no person can consent to them".
  const beyondReach = lacksGrant(body, 'client_credentials') ? names.filter(isAdminScope) : [];
  if (beyondReach.length === 0) return faults;
  return [
    ...faults,
    {
      pointer: '/scope',
      detail: `${beyondReach.join(' ')} can only be granted by client_credentials, which grant_types lacks`,
    },
  ];
};

/** RFC 7662 §2.1: "the endpoint MUST also require some form of authorization". The admin API asks nobody about its tokens. */
const resourceServer: Rule = (body, apis) => {
  const { resource_server: identifier } = body.value;
  if (identifier === undefined) return [];
  const pointer = '/resource_server';
  const isRegistered = apis.some((api) => api.identifier === identifier && !api.administrative);
  return [
    ...(isRegistered ? [] : [{ pointer, detail: 'is not the identifier of any API' }]),
    ...(isPublic(body)
      ? [
          {
            pointer,
            detail: 'is not for a public client (token_endpoint_auth_method none): whoever asks proves itself',
          },
        ]
      : []),
  ];
};

const shownUrls: Rule = ({ value }) =>
  (['logo_uri', 'policy_uri', 'tos_uri'] as const).flatMap((name) => {
    const url = value[name];
    const detail = url === undefined ? undefined : shownUrlFault(url);
    return detail === undefined ? [] : [{ pointer: `/${name}`, detail }];
  });

const RULES: readonly Rule[] = [
  ...[redirectUris, redirectUriPresent, grants, responseTypes, pkce],
  ...[scope, resourceServer, shownUrls],
];
