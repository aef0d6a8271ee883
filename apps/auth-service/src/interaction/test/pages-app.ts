/**
 * Owns a running public port for the specs of the pages: the real protocol, the real app, PostgreSQL, and the ephemeral
 * port in process. Does not own what the stores promise: persistence has its own specs.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { type Api, createAuthorizationServer } from '@latchkey/protocol';
import { anApi, nobodyWaits } from '@latchkey/protocol/testing';
import { type Clock } from '@latchkey/tokens';
import { systemClock, testKeys } from '@latchkey/tokens/testing';
import { afterAll } from '@jest/globals';
import { verify } from '@node-rs/argon2';
import { pino } from 'pino';
import { InProcessEphemeral } from '../../persistence/in-process/ephemeral.js';
import { PostgresApiStore } from '../../persistence/postgres/api-store.js';
import type { NewClient, RegisteredClient } from '../../persistence/postgres/client-row.js';
import { PostgresClientStore } from '../../persistence/postgres/client-store.js';
import { PostgresGrantStore } from '../../persistence/postgres/grant-store.js';
import { PostgresIssuerState } from '../../persistence/postgres/issuer-state-store.js';
import { PostgresLoginSessionStore } from '../../persistence/postgres/login-session-store.js';
import { PostgresPeopleStore } from '../../persistence/postgres/people-store.js';
import {
  addClient,
  type OpenTestDatabase,
  openTestDatabase,
} from '../../persistence/postgres/testing/open-test-database.js';
import { createPublicApp } from '../../public-app.js';
import { interactionModule, type InteractionSettings } from '../interaction.module.js';
import { hashPassword, Passwords } from '../passwords.js';
import { normalizedUsername } from '../username.js';
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
  /** Every line that was logged. */
  readonly log: readonly string[];
  /** Time goes on, for what is not PostgreSQL's to date. */
  advance(seconds: number): void;
  /** One statement by an operator behind the pages' back. */
  sql(statement: string, parameters?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  addClient(client: Partial<NewClient>): Promise<RegisteredClient>;
  addApi(api: Api): Promise<void>;
  addPerson(username: string, password: string): Promise<void>;
  close(): Promise<void>;
}

export async function startPagesApp(
  settings: Partial<InteractionSettings> = {},
  client: Partial<NewClient> = {},
): Promise<PagesApp> {
  const issuer = settings.issuer ?? 'http://localhost:4000';
  let ahead = 0;
  const clock: Clock = { now: () => systemClock.now() + ahead, monotonic: () => systemClock.monotonic() + ahead };
  const { database, onRevoked } = await emptyDatabase();
  const ephemeral = new WatchedEphemeral(new InProcessEphemeral(clock));
  const people = new WatchedPeople(new PostgresPeopleStore(database));
  const clients = new WatchedClients(new PostgresClientStore(database));
  const apis = new PostgresApiStore(database, []);
  const verified: string[] = [];
  const log: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void log.push(line) });

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
    clients,
    apis,
    ephemeral,
    clock,
    grants: new PostgresGrantStore(database, onRevoked),
    issuerState: new PostgresIssuerState(database),
    macKeys: { current: () => macKey, find: () => macKey },
    receipts: nobodyWaits,
    keys: { ...keys, revision: 1, signerFor: () => keys.signer, jwks: () => keys.jwks },
    onRefusal: () => undefined,
  });
  const pages = await interactionModule({
    settings: { issuer, formTokenKey: randomBytes(32), ...settings },
    authorization: server.authorization,
    people,
    sessions: new PostgresLoginSessionStore(database, onRevoked),
    ephemeral,
    clock,
    log: logger,
    passwords: await Passwords.create((passwordHash, password) => {
      verified.push(passwordHash);
      return verify(passwordHash, password);
    }),
  });
  const app = await createPublicApp({ server, pages, log: logger });
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
    log,
    advance: (seconds) => {
      ahead += seconds * 1000;
    },
    sql: async (statement, parameters) => (await database.run(statement, parameters)).rows,
    close: () => app.close(),
  };
}

/** One database per spec file, as making one costs most; emptied for each app, of which one runs at a time. */
let opened: Promise<OpenTestDatabase> | undefined;

async function emptyDatabase(): Promise<OpenTestDatabase> {
  opened ??= openTestDatabase();
  const test = await opened;
  await test.database.run('TRUNCATE auth.users, auth.login_sessions, auth.clients, auth.apis CASCADE');
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
