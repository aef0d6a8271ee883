/** Owns a migrated database of its own for one spec, and what most specs need in it. Does not own PostgreSQL (testbed). */
import { randomBytes, randomUUID } from 'node:crypto';
import { digestOf, type CodeRedemption, type Grant } from '@latchkey/protocol';
import { aClient } from '@latchkey/protocol/testing';
import type { RevocationEntry } from '@latchkey/tokens';
import { auditOf, UNKNOWN, type Act, type Ending } from '../act.js';
import { createTestDatabase, type DatabaseTemplate } from '@latchkey/testbed';
import { PostgresBootstrapStore } from '../bootstrap-store.js';
import { PostgresClientChanges } from '../client-changes.js';
import { PostgresClientStore } from '../client-store.js';
import type { NewClient, RegisteredClient } from '../../../admin/ports.js';
import { openDatabase } from '../data-source.js';
import type { Database } from '../database.js';
import { PostgresLoginSessionStore } from '../login-session-store.js';
import { PostgresPeopleStore } from '../people-store.js';
import { writeRevocation, type NewRevocation } from '../revocation-row.js';
import { Revoking, type OnRevoked } from '../revoking.js';
import { PATIENT } from './patient.js';

export interface OpenTestDatabase {
  readonly url: string;
  readonly superuserUrl: string;
  readonly database: Database;
  /** Every revocation of which a store has said that it is committed. */
  readonly revoked: RevocationEntry[];
  /** And for each time that it was said, whether the guards were to report. */
  readonly receipts: boolean[];
  readonly onRevoked: OnRevoked;
  /** What the endings are given. */
  readonly revoking: Revoking;
  close(): Promise<void>;
}

/** The schema is made once on each server of specs, as it is in production. */
const MIGRATED: DatabaseTemplate = {
  name: 'latchkey_auth',
  fill: async (url) => {
    const database = await openDatabase({ url, poolSize: 1, ...PATIENT });
    // So that a spec can name what a generation is.
    await database.run('UPDATE auth.issuer_state SET generation = 0');
    await database.close();
  },
};

/** Fifty at once should really wait for one another, so the pool is wide. */
export const openTestDatabase = async (poolSize = 20): Promise<OpenTestDatabase> => {
  const test = await createTestDatabase(MIGRATED);
  const database = await openDatabase({ url: test.url, poolSize, ...PATIENT });
  const revoked: RevocationEntry[] = [];
  const receipts: boolean[] = [];
  const onRevoked: OnRevoked = (entries, receipt) => {
    revoked.push(...entries);
    receipts.push(receipt);
  };
  return {
    url: test.url,
    superuserUrl: test.superuserUrl,
    database,
    revoked,
    receipts,
    onRevoked,
    revoking: new Revoking(database, onRevoked),
    close: async () => {
      await database.close();
      await test.drop();
    },
  };
};

export const aNewPublicClient = (): NewClient => {
  const { clientName, applicationType, redirectUris, grantTypes, allowedScope, requirePkce, ...rest } = aClient();
  const { idTokenSignedResponseAlg, subjectType, postLogoutRedirectUris, ...more } = rest;
  return {
    ...{ clientId: randomBytes(16).toString('hex'), clientName, applicationType, redirectUris, grantTypes },
    ...{ allowedScope, requirePkce, tokenEndpointAuthMethod: 'none' },
    ...{ idTokenSignedResponseAlg, subjectType, postLogoutRedirectUris },
    ...{
      backchannelLogoutSessionRequired: more.backchannelLogoutSessionRequired,
      requireAuthTime: more.requireAuthTime,
    },
  };
};

export const aNewClient = (over: Partial<NewClient> = {}): NewClient => ({
  ...aNewPublicClient(),
  tokenEndpointAuthMethod: 'client_secret_basic',
  secretDigest: digestOf(randomUUID()),
  ...over,
});

export interface Inhabitants {
  readonly client: RegisteredClient;
  readonly sub: string;
  readonly sid: string;
}

const BY_A_SPEC = { actor: 'spec', kind: 'client.created', target: 'spec', outcome: 'done' } as const;

export const addClient = (database: Database, over: Partial<NewClient> = {}): Promise<RegisteredClient> =>
  new PostgresClientStore(database).insert(aNewClient(over), BY_A_SPEC);

/** As an operator would, of whatever client: who may do it is asked elsewhere. */
export const endClient = async (
  revoking: Revoking,
  clientId: string,
  act: Act,
  how: 'disabled' | 'deleted',
): Promise<Ending> => {
  const outcome = await new PostgresClientChanges(revoking).change(clientId, {
    receipt: act.receipt,
    decide: (standing) => {
      if (how === 'disabled' && !standing.enabled) return undefined;
      const audit = auditOf(act, { kind: `client.${how}`, target: clientId }, {});
      const after = { ...standing, enabled: false };
      return { ...{ after, takes: true, audit }, ...(how === 'deleted' ? { deleted: true } : {}) };
    },
  });
  if (outcome === 'unknown' || outcome === 'last') return UNKNOWN;
  return { outcome: outcome.outcome === 'changed' ? 'ended' : 'before', revocations: outcome.revocations };
};

/** The first person of the database; there is one at most. */
export const addPerson = async (database: Database, username = 'Ada'): Promise<string> => {
  await new PostgresBootstrapStore(database).bootstrap({
    adminScopes: ['everything'],
    person: { username, passwordHash: '$argon2id$v=19$stand-in' },
  });
  const person = await new PostgresPeopleStore(database).findByUsername(username);
  if (person === undefined) throw new Error('The person was not made.');
  return person.sub;
};

export const addSession = async (database: Database, sub: string, lifetimeSeconds = 43_200): Promise<string> => {
  const session = await new PostgresLoginSessionStore(database, () => undefined).start({
    ...{
      cookieDigest: digestOf(randomUUID()),
      sub,
      passwordVersion: 0,
      personGeneration: 0,
      amr: ['pwd'],
      lifetimeSeconds,
    },
  });
  if (session === undefined) throw new Error('The session was not started.');
  return session.sid;
};

/** A client, a person and a live session. */
export const populate = async (database: Database): Promise<Inhabitants> => {
  const client = await addClient(database);
  const sub = await addPerson(database);
  return { client, sub, sid: await addSession(database, sub) };
};

/** The same, whoever is there already. */
export const settle = async (database: Database): Promise<Inhabitants> => {
  const [client, sub] = [await addClient(database), randomUUID()];
  await database.run(
    `INSERT INTO auth.users (sub, username, normalized_username, password_hash) VALUES ($1, $2, $2, 'stand-in')`,
    [sub, `person-${sub}`],
  );
  return { client, sub, sid: await addSession(database, sub) };
};

/** A row as text for each table that a revocation or its cause may change. */
export const everything = async (database: Database): Promise<string> => {
  const tables = ['users', 'clients', 'issuer_state', 'login_sessions', 'grants', 'consents', 'keys', 'key_revision'];
  let dump = '';
  for (const table of [...tables, 'guards', 'revocations', 'audit_events', 'audit_personal']) {
    const { rows } = await database.run<{ row: string }>(`SELECT t::text AS row FROM auth.${table} t ORDER BY 1`);
    dump += `${table}\n${rows.map(({ row }) => row).join('\n')}\n`;
  }
  return dump;
};

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

export const aRedemption = ({ client, sub, sid }: Inhabitants, over: Partial<Grant> = {}): CodeRedemption => {
  const now = nowSeconds();
  return {
    grant: {
      ...{ grantId: randomUUID(), clientId: client.clientId, sub, tokenSub: sub, sid },
      scope: ['openid', 'notes:read'],
      ...{
        authTime: now,
        amr: ['pwd'],
        endsWithSession: true,
        generations: { iss: 0, cli: client.generation, sub: 0 },
      },
      ...{ createdAt: now, expiresAt: now + 30 * 86_400 },
      ...over,
    },
    codeDigest: digestOf(randomUUID()),
    ...{ consentGeneration: 0, consentedScope: over.scope ?? ['openid', 'notes:read'], asked: true },
    revocationExpiresAt: now + 360,
  };
};

/** A revocation that nothing caused. Undefined when the same was said before. */
export const say = (database: Database, over: Partial<NewRevocation> = {}): Promise<RevocationEntry | undefined> =>
  database.transaction((statements) =>
    writeRevocation(statements, {
      ...{ kind: 'token', value: randomUUID(), cause: 'spec', actor: 'spec', expiresAt: 4_000_000_000 },
      ...over,
    }),
  );

/** How often each answer was given. */
export const tally = (answers: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const answer of answers) counts[answer] = (counts[answer] ?? 0) + 1;
  return counts;
};

export const fifty = <Answer>(ask: (index: number) => Promise<Answer>): Promise<Answer[]> =>
  Promise.all(Array.from({ length: 50 }, (_, index) => ask(index)));
