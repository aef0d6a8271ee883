/**
 * Owns the links of the OpenAPI document (3.1 §4.8.20): from an answer that names something to the operations on it. They are
 * found in the operations: nobody keeps a list of them. Does not own the operations.
 */
import type { RouteShorthandOptions } from 'fastify';
import type { TObject, TSchema } from 'typebox';
import { isObject, type Json, jsonOf } from './components.js';
import type { Operation } from './operation.js';

/** For the operation's route. A list has links only where nothing creates: elsewhere whoever made it knows it. */
export function linksOf(operation: Operation, all: readonly Operation[]): Pick<RouteShorthandOptions, 'links'> {
  const { path, method, success } = operation;
  const isList = method === 'GET' && membersOf(success.schema).has('items');
  const isCreated = all.some((each) => each.path === path && each.success.status === 201);
  if (success.status !== 201 && !(isList && !isCreated)) return {};
  const links = all.flatMap((other) => {
    const parameters = toldBy(operation, other);
    const { operationId, summary } = other;
    return parameters === undefined
      ? []
      : [[operationId, { operationId, parameters, description: `${summary}.` }] as const];
  });
  return links.length === 0 ? {} : { links: { [success.status]: Object.fromEntries(links) } };
}

/** Where each parameter of the other's path can be read; undefined unless all can be, one of them in the answer. */
function toldBy({ path, params, success }: Operation, other: Operation): Readonly<Record<string, string>> | undefined {
  if (!other.path.startsWith(`${path}/{`)) return undefined;
  const answered = answeredBy(success.schema);
  const told = namesOf(other.params).map((name): readonly [string, string | undefined] => [
    name,
    name in params.properties ? `$request.path.${name}` : answered.get(name),
  ]);
  return told.every((each): each is readonly [string, string] => each[1] !== undefined)
    ? Object.fromEntries(told)
    : undefined;
}

/** Members of the resource, or of the first of a list. */
function answeredBy(schema: TSchema): ReadonlyMap<string, string> {
  const members = membersOf(schema);
  const list = members.get('items');
  if (!isObject(list)) return new Map([...members.keys()].map((name) => [name, `$response.body#/${name}`]));
  const item = list['items'] ?? null;
  const names = isObject(item) && isObject(item['properties'] ?? null) ? Object.keys(item['properties'] ?? {}) : [];
  return new Map(names.map((name) => [name, `$response.body#/items/0/${name}`]));
}

const namesOf = (params: TObject): readonly string[] => Object.keys(params.properties);
function membersOf(schema: TSchema): ReadonlyMap<string, Json> {
  const { properties } = jsonOf(schema);
  return new Map(isObject(properties) ? Object.entries(properties) : []);
}
