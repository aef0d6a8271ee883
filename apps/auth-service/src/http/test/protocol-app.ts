/**
 * Owns a running public port for the specs of the endpoints: the real protocol, keys, MAC keys and stores on PostgreSQL, the
 * ephemeral port in process, and a clock that stands still until a spec moves it. Does not own what is expected.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { type Api, createAuthorizationServer, digestOf, type MacKeys } from '@latchkey/protocol';
import { anApi } from '@latchkey/protocol/testing';
import { type Clock, toSeconds } from '@latchkey/tokens';
import { KeyEncryption, KeyRing, KeyRotation, type SignerSource } from '@latchkey/tokens/issuing';
import { fakeClock } from '@latchkey/tokens/testing';
import { pino } from 'pino';
import { interactionModule } from '../../interaction/interaction.module.js';
import { hashPassword } from '../../interaction/passwords.js';
import { normalizedUsername } from '../../interaction/username.js';
import { InProcessEphemeral } from '../../persistence/in-process/ephemeral.js';
import { PostgresApiStore } from '../../persistence/postgres/api-store.js';
import type { NewClient } from '../../persistence/postgres/client-row.js';
import { PostgresClientStore } from '../../persistence/postgres/client-store.js';
import { PostgresGrantStore } from '../../persistence/postgres/grant-store.js';
import { PostgresIssuerState } from '../../persistence/postgres/issuer-state-store.js';
import { PostgresKeyStore } from '../../persistence/postgres/key-store.js';
import { PostgresLoginSessionStore } from '../../persistence/postgres/login-session-store.js';
import { PostgresPeopleStore } from '../../persistence/postgres/people-store.js';
import { type OnRevoked, Revoking } from '../../persistence/postgres/revoking.js';
import { addClient, openTestDatabase } from '../../persistence/postgres/testing/open-test-database.js';
import { createPublicApp } from '../../public-app.js';
import { openGuardedWorld, type GuardedWorld } from '../../test/guarded-world.js';

export const ISSUER = 'http://localhost:4000';
export const USERINFO = `${ISSUER}/userinfo`;
export const PERSON = { username: 'ada', password: 'correct horse battery staple' };

export const NOTES = anApi({ accessTokenLifetimeSeconds: 240 });
/** A second API, so that scopes may belong to several. */
export const MAIL = anApi({
  identifier: 'https://mail.example',
  name: 'Mail',
  scopes: [{ name: 'mail:read', description: 'Read your mail' }],
  accessTokenLifetimeSeconds: 120,
});
export const ADMIN = anApi({
  identifier: 'http://localhost:4001',
  name: 'Administration',
  scopes: [{ name: 'clients:write', description: 'Change clients' }],
  administrative: true,
});

/** Unlike that of an API and unlike one another, so that each number is known by where it came from. */
export const JWKS_MAX_AGE_SECONDS = 45;
const SPANS = { announceMs: 3_600_000, useMs: 30 * 86_400_000, keepMs: 0 };
export const LIFETIMES = { accessToken: 310, idToken: 620, grant: 86_400 };

/** The app's clock is this far ahead of PostgreSQL's, which dates logins: no login is ever after its tokens. */
const AHEAD_MS = 600_000;

export interface TestClient {
  readonly clientId: string;
  /** Undefined for a public client. */
  readonly secret: string | undefined;
}

export interface ProtocolApp {
  readonly url: string;
  /** How what is revoked here reaches guards, and who waits for them. */
  readonly world: GuardedWorld;
  readonly keys: KeyRing;
  readonly rotation: KeyRotation;
  /** The keys as another instance holds them. */
  anotherRing(): Promise<KeyRing>;
  /** In place of what the keys sign with, as keys that are kept elsewhere would be. */
  readonly elsewhere: { signers?: SignerSource; macKeys?: MacKeys };
  /** What stands in `iat` of a token that is issued now. */
  nowSeconds(): number;
  advance(seconds: number): void;
  sql(statement: string, parameters?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  addClient(over?: Partial<NewClient>): Promise<TestClient>;
  addApi(api: Api): Promise<void>;
  close(): Promise<void>;
}

export async function startProtocolApp(): Promise<ProtocolApp> {
  const test = await openTestDatabase();
  const { database } = test;
  const hand = fakeClock(Math.floor(Date.now() / 1000) * 1000 + AHEAD_MS);
  const clock: Clock = hand;
  const encryption = new KeyEncryption(randomBytes(32), []);
  const ephemeral = new InProcessEphemeral(clock);
  const apis = new PostgresApiStore(database, [ADMIN]);
  await apis.ensureRegistered(NOTES);
  await apis.ensureRegistered(MAIL);
  await database.run(
    'INSERT INTO auth.users (sub, username, normalized_username, password_hash) VALUES ($1, $2, $3, $4)',
    [randomUUID(), PERSON.username, normalizedUsername(PERSON.username), await hashPassword(PERSON.password)],
  );
  const world = await openGuardedWorld(database);
  const onRevoked: OnRevoked = (entries, receipt) => {
    world.receipts.push(receipt);
    world.revocation.onRevoked(entries, receipt);
  };
  const store = new PostgresKeyStore(new Revoking(database, onRevoked));
  const rotation = new KeyRotation({ store, encryption, spans: SPANS });
  const keys = await KeyRing.open({ store, encryption, rotation, clock });
  const elsewhere: ProtocolApp['elsewhere'] = {};
  const server = createAuthorizationServer({
    settings: {
      issuer: ISSUER,
      accessTokenLifetimeSeconds: LIFETIMES.accessToken,
      idTokenLifetimeSeconds: LIFETIMES.idToken,
      grantLifetimeSeconds: LIFETIMES.grant,
      refreshToleranceSeconds: 10,
      jwksMaxAgeSeconds: JWKS_MAX_AGE_SECONDS,
    },
    clients: new PostgresClientStore(database),
    apis,
    ephemeral,
    clock,
    grants: new PostgresGrantStore(database, onRevoked),
    receipts: world.revocation.desk,
    issuerState: new PostgresIssuerState(database),
    macKeys: {
      current: () => (elsewhere.macKeys ?? keys.refreshKeys).current(),
      find: (id) => (elsewhere.macKeys ?? keys.refreshKeys).find(id),
    },
    keys: {
      ...{ loaded: true, outdated: false, find: (kid) => keys.find(kid), jwks: () => keys.jwks() },
      ...{ refresh: () => keys.refresh(), changed: (revision) => keys.changed(revision) },
      get revision() {
        return keys.revision;
      },
      signerFor: (...ring) => (elsewhere.signers ?? keys).signerFor(...ring),
    },
    onRefusal: () => undefined,
  });
  const log = pino({ level: 'silent' });
  const pages = await interactionModule({
    settings: { issuer: ISSUER, formTokenKey: randomBytes(32) },
    authorization: server.authorization,
    people: new PostgresPeopleStore(database),
    sessions: new PostgresLoginSessionStore(database, onRevoked),
    ephemeral,
    clock,
    log,
  });
  const app = await createPublicApp({ server, pages, log });
  const url = await app.listen(0, '127.0.0.1');
  return {
    ...{ url, world, keys, rotation, elsewhere },
    anotherRing: () => KeyRing.open({ store, encryption, rotation, clock }),
    nowSeconds: () => toSeconds(clock.now()),
    advance: (seconds) => {
      hand.advance(seconds * 1000);
    },
    sql: async (statement, parameters) => (await database.run(statement, parameters)).rows,
    addClient: async (over = {}) => {
      const secret = over.tokenEndpointAuthMethod === 'none' ? undefined : randomBytes(32).toString('hex');
      const allowedScope = ['openid', 'offline_access', 'notes:read', 'notes:write', 'mail:read'];
      const digest = secret === undefined ? {} : { secretDigest: digestOf(secret) };
      const { clientId } = await addClient(database, { allowedScope, ...over, ...digest });
      return { clientId, secret };
    },
    addApi: async (api) => {
      await apis.ensureRegistered(api);
    },
    close: async () => {
      await app.close();
      await world.close();
      await test.close();
    },
  };
}
