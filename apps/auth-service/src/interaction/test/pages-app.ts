/**
 * Owns a running public port for the specs of the pages: the real protocol, the real app, PostgreSQL, and the ephemeral
 * port in process. Does not own what the stores promise: persistence has its own specs.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { type Api, createAuthorizationServer, createPairwiseSubjects, Unavailable } from '@latchkey/protocol';
import { anApi, nobodyWaits, noClientMacKeys } from '@latchkey/protocol/testing';
import { type Clock } from '@latchkey/tokens';
import { systemClock, testKeys } from '@latchkey/tokens/testing';
import { afterAll } from '@jest/globals';
import { pino } from 'pino';
import { InProcessEphemeral } from '../../persistence/in-process/ephemeral.js';
import { PostgresApiStore } from '../../persistence/postgres/api-store.js';
import type { NewClient, RegisteredClient } from '../../admin/ports.js';
import { PostgresAuditTrail } from '../../persistence/postgres/audit-trail.js';
import { RememberedOrigins } from '../../http/remembered-origins.js';
import { PostgresBrowserOrigins } from '../../persistence/postgres/browser-origins.js';
import { PostgresClientStore } from '../../persistence/postgres/client-store.js';
import { PostgresClaimsStore } from '../../persistence/postgres/claims-store.js';
import { PostgresConsentStore } from '../../persistence/postgres/consent-store.js';
import { PostgresGrantStore } from '../../persistence/postgres/grant-store.js';
import { PostgresIssuerState } from '../../persistence/postgres/issuer-state-store.js';
import { PostgresLoginSessionStore } from '../../persistence/postgres/login-session-store.js';
import { PostgresPeopleStore } from '../../persistence/postgres/people-store.js';
import { PostgresSessionChains } from '../../persistence/postgres/session-endings.js';
import {
  addClient,
  type OpenTestDatabase,
  openTestDatabase,
} from '../../persistence/postgres/testing/open-test-database.js';
import { createPublicApp } from '../../public-app.js';
import type { FailureAuditBounds } from '../../limits/failure-audit-bounds.js';
import { type LimitSettings, openLimits } from '../../limits/limits.js';
import { limitOf } from '../../limits/test/limits-bench.js';
import { DEFAULT_PASSWORD_WORK, interactionModule, type InteractionSettings } from '../interaction.module.js';
import { verifyPassword } from '../password-hashes.js';
import { hashPassword, Passwords } from '../passwords.js';
import { normalizedUsername } from '../username.js';
import { accountStores } from './account-stores.js';
import { WatchedClients, WatchedEphemeral, WatchedPeople } from './watched-stores.js';

export const PASSWORD = 'correct horse battery staple';
/** RFC 7636 Appendix B. */
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

export interface PagesApp {
  readonly url: string;
  readonly ephemeral: WatchedEphemeral;
  readonly people: WatchedPeople;
  readonly clients: WatchedClients;
  readonly client: RegisteredClient;
  /** The hash of each argon2id verification, in order. */
  readonly verified: readonly string[];
  /** What happens once, after the next password has been verified and before anything follows from that. */
  readonly race: { next: (() => Promise<unknown>) | undefined };
  /** Every line that was logged. */
  readonly log: readonly string[];
  /** Time goes on, for what is not PostgreSQL's to date. */
  advance(seconds: number): void;
  /** One statement by an operator behind the pages' back. */
  /** The end of a span of failures in the audit trail. */
  endSpan(): Promise<void>;
  sql(statement: string, parameters?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  addClient(client: Partial<NewClient>): Promise<RegisteredClient>;
  addApi(api: Api): Promise<void>;
  addPerson(username: string, password: string): Promise<void>;
  close(): Promise<void>;
}

export interface PagesSettings extends Partial<InteractionSettings> {
  readonly limits?: LimitSettings;
  readonly auditBounds?: FailureAuditBounds;
}

/** A slow machine makes nobody wait in vain. */
const PATIENT_WORK = { ...DEFAULT_PASSWORD_WORK, queueWaitMs: 60_000 };

export async function startPagesApp(
  { limits, auditBounds, ...settings }: PagesSettings = {},
  client: Partial<NewClient> = {},
): Promise<PagesApp> {
  const issuer = settings.issuer ?? 'http://localhost:4000';
  let ahead = 0;
  const clock: Clock = { now: () => systemClock.now() + ahead, monotonic: () => systemClock.monotonic() + ahead };
  const { database, onRevoked, revoking } = await emptyDatabase();
  const ephemeral = new WatchedEphemeral(new InProcessEphemeral(clock));
  const people = new WatchedPeople(new PostgresPeopleStore(database));
  const clients = new WatchedClients(new PostgresClientStore(database));
  const apis = new PostgresApiStore(database, []);
  const trail = new PostgresAuditTrail(database);
  const verified: string[] = [];
  const race: PagesApp['race'] = { next: undefined };
  const log: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void log.push(line) });

  const opened = openLimits({
    ...{ settings: limits ?? limitOf(10), ephemeral, clock, log: logger },
    record: (...records) => trail.record(...records),
    ...(auditBounds === undefined ? {} : { auditBounds }),
  });
  const keys = testKeys();
  const macKey = { id: 0, key: randomBytes(32) };
  const server = createAuthorizationServer({
    settings: {
      issuer,
      accessTokenLifetimeSeconds: 300,
      idTokenLifetimeSeconds: 300,
      grantLifetimeSeconds: 86_400,
      refreshToleranceSeconds: 10,
      jwksMaxAgeSeconds: 60,
    },
    ...{ clients, currentClients: clients },
    attempts: opened.clients,
    apis,
    consents: new PostgresConsentStore(database),
    chains: new PostgresSessionChains(database),
    claims: new PostgresClaimsStore(database),
    ephemeral,
    assertionMemory: { reachesBackTo: () => Promise.resolve(0) },
    clientKeySets: { at: () => Promise.reject(new Unavailable('the keys of clients')) },
    clock,
    grants: new PostgresGrantStore(database, onRevoked),
    issuerState: new PostgresIssuerState(database),
    macKeys: { current: () => macKey, find: () => macKey },
    pairwise: createPairwiseSubjects(randomBytes(32)),
    clientMacKeys: noClientMacKeys,
    receipts: nobodyWaits,
    keys: {
      ...keys,
      revision: 1,
      signerFor: () => keys.signer,
      jwks: () => keys.jwks,
      findForHint: (kid) => keys.find(kid),
    },
    revoked: { heard: { match: () => undefined }, isRevoked: () => Promise.resolve(false) },
    onRefusal: () => undefined,
  });
  const pages = await interactionModule({
    settings: { issuer, formTokenKey: randomBytes(32), passwordWork: PATIENT_WORK, ...settings },
    ...{ authorization: server.authorization, endSession: server.endSession, clock },
    people,
    sessions: new PostgresLoginSessionStore(database, onRevoked),
    account: accountStores(revoking, apis),
    ephemeral,
    ...{ limits: opened, trail },
    log: logger,
    passwords: await Passwords.create(async (passwordHash, password) => {
      verified.push(passwordHash);
      const matches = await verifyPassword(passwordHash, password);
      const { next } = race;
      race.next = undefined;
      await next?.();
      return matches;
    }),
  });
  const origins = new RememberedOrigins(new PostgresBrowserOrigins(database), systemClock);
  const app = await createPublicApp({ server, pages, origins, log: logger });
  const inhabitants: Pick<PagesApp, 'addApi' | 'addClient' | 'addPerson'> = {
    addClient: (over) => addClient(database, over),
    addApi: async (api) => {
      await apis.ensureRegistered(api);
    },
    addPerson: async (username, password) => {
      await database.run(
        'INSERT INTO auth.users (sub, username, normalized_username, password_hash) VALUES ($1, $2, $3, $4)',
        [randomUUID(), username, normalizedUsername(username), await hashPassword(password)],
      );
    },
  };
  await inhabitants.addApi(anApi());
  await inhabitants.addPerson('ada', PASSWORD);
  const theClient = await inhabitants.addClient({ clientName: 'Acme Notes', ...client });
  const url = await app.listen(0, '127.0.0.1');
  return {
    ...inhabitants,
    url,
    ephemeral,
    people,
    clients,
    client: theClient,
    verified,
    race,
    log,
    advance: (seconds) => {
      ahead += seconds * 1000;
    },
    endSpan: () => opened.audit.endSpan(),
    sql: async (statement, parameters) => (await database.run(statement, parameters)).rows,
    close: () => app.close(),
  };
}

/** One database per spec file, as making one costs most; emptied for each app, of which one runs at a time. */
let opened: Promise<OpenTestDatabase> | undefined;

async function emptyDatabase(): Promise<OpenTestDatabase> {
  opened ??= openTestDatabase();
  const test = await opened;
  await test.database.run(
    'TRUNCATE auth.audit_personal, auth.audit_events, auth.users, auth.login_sessions, auth.clients, auth.apis CASCADE',
  );
  return test;
}

afterAll(async () => {
  await (await opened)?.close();
});

/** The path and query of a legal authorization request, each parameter overridable; undefined leaves it out. */
export function authorizePath(app: PagesApp, over: Record<string, string | undefined> = {}): string {
  const parameters = new URLSearchParams();
  const all = {
    client_id: app.client.clientId,
    redirect_uri: app.client.redirectUris[0],
    response_type: 'code',
    scope: 'notes:read notes:write',
    state: 'the-state',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    ...over,
  };
  for (const [name, value] of Object.entries(all)) if (value !== undefined) parameters.set(name, value);
  return `/authorize?${parameters.toString()}`;
}
