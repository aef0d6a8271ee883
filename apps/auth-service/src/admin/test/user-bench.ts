/** Owns an admin server over people on PostgreSQL, with the guards of a world. Does not own any expectation. */
import { randomBytes, randomUUID } from 'node:crypto';
import { openStores, type Stores } from '../../persistence/postgres/stores.js';
import { openTestDatabase, type OpenTestDatabase } from '../../persistence/postgres/testing/open-test-database.js';
import { type GuardedWorld, openGuardedWorld } from '../../test/guarded-world.js';
import { formOf } from '../http/form.js';
import { ProblemSchema } from '../http/problem.js';
import { UserSchema, type UserResource } from '../users/user-schema.js';
import { ADMIN_URL, adminBench, type AdminBench, type Wire } from './admin-bench.js';

export const USERS = '/admin/v1/users';
export const PASSWORD = 'correct horse battery staple';

export interface UserBench {
  readonly bench: AdminBench;
  readonly test: OpenTestDatabase;
  readonly world: GuardedWorld;
  readonly stores: Stores;
  create(body?: object, headers?: Record<string, string>): Promise<Wire>;
  /** A person with a name of their own. */
  aUser(over?: object): Promise<UserResource>;
  close(): Promise<void>;
}

export async function userBench(): Promise<UserBench> {
  const test = await openTestDatabase();
  const world = await openGuardedWorld(test.database);
  const stores = openStores(test.database, { adminUrl: ADMIN_URL }, (entries, receipt) => {
    test.onRevoked(entries, receipt);
    world.revocation.onRevoked(entries, receipt);
  });
  const bench = await adminBench({
    ...{ users: stores.users, userEndings: stores.endings.people },
    ...{ consents: stores.consents, consentEndings: stores.endings.consents },
    ...{ kept: stores.keptAnswers, trail: stores.trail, idempotencyMacKeys: [randomBytes(32)] },
    desk: world.revocation.desk,
    // Fifty are created at once, and a machine that is busy with other things hashes their passwords all the same.
    passwordWork: { concurrency: 1, queueLength: 256, queueWaitMs: 240_000 },
  });
  const create: UserBench['create'] = (body = {}, headers = {}) =>
    bench.ask('POST', USERS, { body: { username: `u-${randomUUID()}`, password: PASSWORD, ...body }, headers });
  return {
    ...{ bench, test, world, stores, create },
    aUser: async (over) => userIn(await create(over), 201),
    close: async () => {
      await bench.close();
      await world.close();
      await test.close();
    },
  };
}

const isUser = formOf(UserSchema);
const isProblem = formOf(ProblemSchema);

export function userIn(wire: Wire, status = 200): UserResource {
  const formed = isUser(wire.json);
  if (wire.status !== status || !formed.ok) throw new Error(`no user: ${wire.status} ${wire.text}`);
  return formed.value;
}

/** Where the faults are, in order. */
export function pointersIn(wire: Wire): readonly string[] {
  const formed = isProblem(wire.json);
  if (wire.status !== 400 || !formed.ok) throw new Error(`no problem of the request: ${wire.status} ${wire.text}`);
  return (formed.value.errors ?? []).map(({ pointer }) => pointer).toSorted();
}
