/**
 * Owns what a well-formed API must also mean: an audience of its own (RFC 8707 §2), and scope names that are nobody else's.
 * Does not own their form (api-schema).
 */
import { type Api, isOpenIdScope, ownerOf } from '@latchkey/protocol';
import { isAdminScope } from '../admin-scopes.js';
import type { Surviving } from '../http/form.js';
import type { Fault } from '../http/problem.js';
import { ABSOLUTE_URI, type NewApi } from './api-schema.js';
import { isReserved, type OwnAddresses } from './reserved-audiences.js';

type Body = Surviving<NewApi>;
/** What is left of the scopes that an API is to have. */
type Scopes = Pick<Body['value'], 'identifier' | 'scopes'>;

/** Every fault of meaning at once. @param own whose audiences are no API's */
export const apiFaults = (body: Body, apis: readonly Api[], own: OwnAddresses): readonly Fault[] => [
  ...identifierFaults(body, own),
  ...scopeFaults(body.value, apis),
];

const identifierFaults = ({ value: { identifier } }: Body, own: OwnAddresses): readonly Fault[] => {
  const pointer = '/identifier';
  if (identifier === undefined) return [];
  if (!URL.canParse(identifier)) return [{ pointer, detail: `must be ${ABSOLUTE_URI}` }];
  return isReserved(identifier, own) ? [{ pointer, detail: 'is an audience of this issuer itself' }] : [];
};

/** @param identifier of the API itself, registered or not */
export const scopeFaults = ({ identifier, scopes = [] }: Scopes, apis: readonly Api[]): readonly Fault[] => {
  const names = scopes.map((scope) => scope?.name);
  // That this very API is registered is another fault than that its scopes are taken.
  const others = apis.filter((api) => api.identifier !== identifier);
  return names.flatMap((name, index) => {
    const detail = name === undefined ? undefined : scopeFault(name, names.indexOf(name) < index, others);
    return detail === undefined ? [] : [{ pointer: `/scopes/${index}/name`, detail }];
  });
};

const scopeFault = (name: string, again: boolean, others: readonly Api[]): string | undefined => {
  if (again) return 'must not stand here twice';
  if (isOpenIdScope(name)) return 'is a scope of OpenID Connect';
  if (isAdminScope(name)) return 'is a scope of the admin API';
  const owner = ownerOf(name, others);
  return owner === undefined ? undefined : `belongs to ${owner.identifier}`;
};
