/** Owns where APIs stand in the admin API, and the finding of one by its place. Does not own what stands there. */
import type { Api } from '@latchkey/protocol';
import { nothingHere } from '../http/problem.js';
import type { ApiRegistry } from '../ports.js';
import { identifierOf, idOf } from './api-resource.js';

export const APIS_PATH = '/admin/v1/apis';
export const pathOf = (api: Pick<Api, 'identifier'>): string => `${APIS_PATH}/${idOf(api)}`;

/** @throws Problem 404 */
export async function apiAt(apis: Pick<ApiRegistry, 'find'>, id: string): Promise<Api> {
  const api = await apis.find(identifierAt(id));
  if (api === undefined) throw nothingHere();
  return api;
}

/** Not checked: that such an API is registered. @throws Problem 404 for what is the id of none */
export function identifierAt(id: string): string {
  const identifier = identifierOf(id);
  if (identifier === undefined) throw nothingHere();
  return identifier;
}
