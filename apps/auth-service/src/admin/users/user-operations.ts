/**
 * Owns the operations on `/users` that give and read. Does not own what takes something away (user-ending-operations), rules,
 * forms, nor the registry.
 */
import { cursorOf, DEFAULT_LIMIT, placeOf, UUID_PATTERN } from '../http/list.js';
import { NOTHING, operation, type Operation } from '../http/operation.js';
import { nothingHere, Problem } from '../http/problem.js';
import type { PasswordLane } from './password-lane.js';
import { cursorOfText, textAt } from './text-cursor.js';
import { changeBy, creationBy } from './user-audit.js';
import { patched } from './user-patch.js';
import { USERS_PATH } from './user-paths.js';
import type { UserRecord, UserRegistry } from './user-ports.js';
import { newPersonOf, resourceOf } from './user-resource.js';
import { newUserFaults } from './user-rules.js';
import {
  NewUserSchema,
  UserListQuery,
  UserListSchema,
  UserParams,
  UserPatchSchema,
  UserSchema,
} from './user-schema.js';

export interface UserOperationsParts {
  readonly users: UserRegistry;
  readonly passwords: Pick<PasswordLane, 'hash'>;
}

const UUID = new RegExp(UUID_PATTERN);
const NAME = { test: (text: string): boolean => text.length <= 255 && !/\p{Cc}/u.test(text) };
const at = ({ sub }: Pick<UserRecord, 'sub'>): string => `${USERS_PATH}/${sub}`;

export function userOperations({ users, passwords }: UserOperationsParts): readonly Operation[] {
  return [
    operation({
      operationId: 'createUser',
      method: 'POST',
      path: USERS_PATH,
      scope: 'users:write',
      tag: 'users',
      summary: 'Create a person who can log in',
      description:
        'The sub is chosen here, and stays theirs whatever else changes. The claims are those of OpenID Connect Core §5.1. ' +
        'Passwords are hashed one after the other, so that people who log in meanwhile are not slowed down: of very many at ' +
        'once some are answered 503 with Retry-After, and nothing was done for them.',
      params: NOTHING,
      query: NOTHING,
      body: NewUserSchema,
      success: { status: 201, description: 'The person.', schema: UserSchema },
      audits: 'user.created',
      tagged: true,
      once: 'kept',
      howAgain: 'and whoever that was has been deleted since',
      problems: {
        409: 'Somebody has this username; or, under this Idempotency-Key, somebody was created who has been deleted since.',
      },
      rules: (body) => Promise.resolve(newUserFaults(body)),
      handle: async ({ body, caller, keep }) => {
        // Before the transaction: it costs more than everything in it.
        const { password, ...request } = body;
        const person = newPersonOf(request, await passwords.hash(password));
        const kept = keep && ((user: UserRecord) => keep({ location: at(user), resource: resourceOf(user) }));
        const created = await users.insert(person, creationBy(caller, person), kept);
        if (created === 'taken') throw usernameTaken();
        return { location: at(created), resource: resourceOf(created) };
      },
    }),
    operation({
      operationId: 'listUsers',
      method: 'GET',
      path: USERS_PATH,
      scope: 'users:read',
      tag: 'users',
      summary: 'List people, oldest first, or search them by the beginning of their username',
      description:
        'With prefix the list holds whoever’s username begins so, in the order of usernames as they are compared at log-in, ' +
        'code point by code point. Disabled people are in both.',
      params: NOTHING,
      query: UserListQuery,
      body: NOTHING,
      success: { status: 200, description: 'A page of people.', schema: UserListSchema },
      handle: async ({ query: { prefix, after, limit = DEFAULT_LIMIT } }) => {
        if (prefix !== undefined) {
          const place = after === undefined ? {} : { after: textAt(after, NAME) };
          const { items, next } = await users.search({ prefix, limit, ...place });
          return { resource: { items: items.map(resourceOf), next: next === undefined ? null : cursorOfText(next) } };
        }
        const place = after === undefined ? undefined : placeOf(after, UUID);
        const { items, next } = await users.list({
          limit,
          ...(place === undefined ? {} : { after: { createdAt: place.at, sub: place.id } }),
        });
        return {
          resource: {
            items: items.map(resourceOf),
            next: next === undefined ? null : cursorOf({ at: next.createdAt, id: next.sub }),
          },
        };
      },
    }),
    operation({
      operationId: 'getUser',
      method: 'GET',
      path: `${USERS_PATH}/{sub}`,
      scope: 'users:read',
      tag: 'users',
      summary: 'See one person',
      params: UserParams,
      query: NOTHING,
      body: NOTHING,
      success: { status: 200, description: 'The person.', schema: UserSchema },
      tagged: true,
      handle: async ({ params }) => {
        const user = await users.find(params.sub);
        if (user === undefined) throw nothingHere();
        return { resource: resourceOf(user) };
      },
    }),
    operation({
      operationId: 'patchUser',
      method: 'PATCH',
      path: `${USERS_PATH}/{sub}`,
      scope: 'users:write',
      tag: 'users',
      summary: 'Change username and claims of a person',
      description:
        'A merge patch (RFC 7396): null removes a claim, and address merges by its own members. Nothing that was given ' +
        'ends: the next ID token and the next answer of /userinfo say what is true then. When email changes, email_verified ' +
        'falls unless the same patch speaks of it; so it is with phone_number. A patch that changes nothing writes nothing. ' +
        'The password, enabling and disabling have paths of their own.',
      params: UserParams,
      query: NOTHING,
      body: UserPatchSchema,
      success: { status: 200, description: 'The person as they are now.', schema: UserSchema },
      audits: 'user.changed',
      tagged: true,
      problems: { 409: 'Somebody else has this username.' },
      rules: async ({ value }, { params }) => {
        const standing = await users.find(params.sub);
        if (standing === undefined) return [];
        const merged = patched(standing, value);
        return merged.ok ? [] : merged.faults;
      },
      handle: async ({ params, body, caller, precondition }) => {
        const changed = await users.change(params.sub, (standing) => {
          precondition.check(resourceOf(standing));
          // What stands may be another than when the rules were asked.
          const merged = patched(standing, body);
          if (!merged.ok) throw Problem.ofFaults(merged.faults);
          const audit = changeBy(caller, standing, merged.person);
          return audit && { ...merged.person, audit };
        });
        if (changed === 'unknown') throw nothingHere();
        if (changed === 'taken') throw usernameTaken();
        return { resource: resourceOf(changed) };
      },
    }),
  ];
}

const usernameTaken = (): Problem =>
  new Problem(409, 'this username is taken', {}, [{ pointer: '/username', detail: 'is somebody’s already' }]);
