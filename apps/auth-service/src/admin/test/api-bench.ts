/**
 * Owns an admin server over APIs, keys and revocations on PostgreSQL, and in which order it was done what must be done before
 * an API is there. Does not own any expectation.
 */
import { randomBytes } from 'node:crypto';
import { KeyEncryption, KeyRing, KeyRotation } from '@latchkey/tokens/issuing';
import { systemClock } from '@latchkey/tokens/testing';
import { PostgresApiChanges } from '../../persistence/postgres/api-changes.js';
import { PostgresApiSecrets } from '../../persistence/postgres/api-secrets.js';
import { PostgresApiStore } from '../../persistence/postgres/api-store.js';
import { PostgresAuditTrail } from '../../persistence/postgres/audit-trail.js';
import { PostgresKeptAnswers } from '../../persistence/postgres/kept-answers.js';
import { PostgresKeyStore } from '../../persistence/postgres/key-store.js';
import { PostgresTokenStandings } from '../../persistence/postgres/token-standings.js';
import { Revoking } from '../../persistence/postgres/revoking.js';
import { openTestDatabase, type OpenTestDatabase } from '../../persistence/postgres/testing/open-test-database.js';
import { type GuardedWorld, openGuardedWorld } from '../../test/guarded-world.js';
import { adminApi } from '../admin-scopes.js';
import { type ApiResource } from '../apis/api-schema.js';
import { ADMIN_URL, adminBench, type AdminBench, type Wire } from './admin-bench.js';

export const APIS = '/admin/v1/apis';

export interface ApiBench {
  readonly bench: AdminBench;
  readonly test: OpenTestDatabase;
  readonly rotation: KeyRotation;
  readonly ring: KeyRing;
  readonly guarded: GuardedWorld;
  /** What was done before an API was there, in order; a spec may make it fail. */
  readonly done: string[];
  /** Set: what each of those rejects with. */
  broken: { readonly error: Error; readonly at: 'lifetime' | 'ring' | 'secret' } | undefined;
  create(body: unknown): Promise<Wire>;
  close(): Promise<void>;
}

export async function apiBench(): Promise<ApiBench> {
  const test = await openTestDatabase();
  const guarded = await openGuardedWorld(test.database);
  const revoking = new Revoking(test.database, (entries, receipt) => {
    test.onRevoked(entries, receipt);
    guarded.revocation.onRevoked(entries, receipt);
  });
  const store = new PostgresKeyStore(revoking);
  const encryption = new KeyEncryption(randomBytes(32));
  const spans = { announceMs: 3_600_000, useMs: 36_000_000, keepMs: 3_600_000 };
  const rotation = new KeyRotation({ store, encryption, spans });
  const ring = await KeyRing.open({ store, encryption, rotation, clock: systemClock });
  const apis = new PostgresApiStore(test.database, [adminApi(ADMIN_URL)]);
  const done: string[] = [];
  const note = async (at: 'lifetime' | 'ring' | 'secret', what: string): Promise<void> => {
    if (whole.broken?.at === at) throw whole.broken.error;
    done.push(`${what}, ${(await apis.list({ limit: 200 })).items.length} APIs`);
  };
  const kept = new PostgresKeptAnswers(test.database);
  const secrets = new PostgresApiSecrets({ keys: store, rotation, apis, kept });
  const bench = await adminBench({
    ...{ apis, rotation, kept, apiChanges: new PostgresApiChanges(revoking) },
    ...{ revocations: guarded.revocations, desk: guarded.revocation.desk },
    ...{ standings: new PostgresTokenStandings(test.database), moreKeys: ring },
    trail: new PostgresAuditTrail(test.database),
    secrets: {
      list: () => secrets.list(),
      register: async (...args) => {
        await note('secret', 'secret');
        return secrets.register(...args);
      },
      add: async (...args) => {
        await note('secret', 'secret');
        return secrets.add(...args);
      },
      remove: (...args) => secrets.remove(...args),
    },
    raiseLongestLifetime: (seconds) => note('lifetime', `lifetime ${seconds}`),
    ensureRing: async (algorithm) => {
      await note('ring', `ring ${algorithm}`);
      await rotation.ensure({ algorithm });
    },
  });
  const whole: ApiBench = {
    ...{ bench, test, rotation, ring, guarded, done, broken: undefined },
    create: (body) => bench.ask('POST', APIS, { body }),
    close: async () => {
      await bench.close();
      await guarded.close();
      await test.close();
    },
  };
  return whole;
}

let count = 0;
/** An identifier and a scope of its own. */
export const aNewApi = (over: object = {}) => {
  count += 1;
  return {
    identifier: `https://api-${count}.example`,
    name: `API ${count}`,
    scopes: [{ name: `read:${count}`, description: 'Read it' }],
    ...over,
  };
};

export const idIn = ({ json, text }: Wire): ApiResource['id'] => {
  if (typeof json === 'object' && json !== null && 'id' in json && typeof json.id === 'string') return json.id;
  throw new Error(`no id: ${text}`);
};
