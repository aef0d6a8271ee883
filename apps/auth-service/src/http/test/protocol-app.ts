/**
 * Owns a running public port for the specs of the endpoints: the real protocol, keys, MAC keys and stores on PostgreSQL, the
 * ephemeral port in process, and a clock that stands still until a spec moves it. Does not own what is expected.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { type Api, type BrowserOrigins, createAuthorizationServer, digestOf, type MacKeys } from '@latchkey/protocol';
import { anApi } from '@latchkey/protocol/testing';
import { type Clock, toSeconds } from '@latchkey/tokens';
import { KeyEncryption, KeyRing, KeyRotation, type SignerSource } from '@latchkey/tokens/issuing';
import { fakeClock, systemClock } from '@latchkey/tokens/testing';
import { pino } from 'pino';
import { provesWithSecret } from '../../admin/clients/client-proofs.js';
import { assertionMemory } from '../../assertion-memory.js';
import { type LimitsParts, openLimits } from '../../limits/limits.js';
import { limitOf } from '../../limits/test/limits-bench.js';
import type { LogoutTokenSource } from '../../backchannel/backchannel-ports.js';
import { BackchannelLogout } from '../../backchannel/backchannel-logout.js';
import { ToldEndings } from '../../backchannel/told-endings.js';
import { Outbound } from '../../outbound/outbound.js';
import { accountStores } from '../../interaction/test/account-stores.js';
import { interactionModule } from '../../interaction/interaction.module.js';
import { hashPassword } from '../../interaction/passwords.js';
import { normalizedUsername } from '../../interaction/username.js';
import { PublishedKeys } from '../../outbound/client-key-sets.js';
import { InProcessEphemeral } from '../../persistence/in-process/ephemeral.js';
import { PostgresApiStore } from '../../persistence/postgres/api-store.js';
import type { NewClient } from '../../admin/ports.js';
import { PostgresAuditTrail } from '../../persistence/postgres/audit-trail.js';
import { PostgresBrowserOrigins } from '../../persistence/postgres/browser-origins.js';
import { PostgresClaimsStore } from '../../persistence/postgres/claims-store.js';
import { PostgresClientMacKeys } from '../../persistence/postgres/client-mac-keys.js';
import { PostgresClientStore } from '../../persistence/postgres/client-store.js';
import { PostgresConsentEndings } from '../../persistence/postgres/consent-endings.js';
import { PostgresConsentStore } from '../../persistence/postgres/consent-store.js';
import type { Database } from '../../persistence/postgres/database.js';
import { PostgresGrantStore } from '../../persistence/postgres/grant-store.js';
import { PostgresIssuerState } from '../../persistence/postgres/issuer-state-store.js';
import { PostgresKeyStore } from '../../persistence/postgres/key-store.js';
import { PostgresLoginSessionStore } from '../../persistence/postgres/login-session-store.js';
import { PostgresPairwiseSalt } from '../../persistence/postgres/pairwise-salt-store.js';
import { PostgresPeopleStore } from '../../persistence/postgres/people-store.js';
import { PostgresRevocationLedger } from '../../persistence/postgres/revocation-ledger.js';
import { type OnRevoked, Revoking } from '../../persistence/postgres/revoking.js';
import { PostgresLogoutDeliveries } from '../../persistence/postgres/logout-deliveries.js';
import { PostgresSessionChains, PostgresSessionEndings } from '../../persistence/postgres/session-endings.js';
import { addClient, openTestDatabase } from '../../persistence/postgres/testing/open-test-database.js';
import { openPairwiseSubjects } from '../../pairwise.js';
import { createPublicApp } from '../../public-app.js';
import { RememberedOrigins } from '../remembered-origins.js';
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
  readonly database: Database;
  readonly keys: KeyRing;
  readonly rotation: KeyRotation;
  /** The keys as another instance holds them. */
  anotherRing(): Promise<KeyRing>;
  /** The end of a span of failures in the audit trail. */
  endSpan(): Promise<void>;
  /** In place of what the keys sign with, as keys that are kept elsewhere would be; what the reads of origins wait for. */
  readonly elsewhere: { signers?: SignerSource; macKeys?: MacKeys; beforeOrigins?: () => Promise<void> };
  readonly logoutTokens: LogoutTokenSource;
  /** Tells applications of log-outs. */
  backchannel: BackchannelLogout;
  addPerson(username: string, password: string): Promise<void>;
  /** What stands in `iat` of a token that is issued now. */
  nowSeconds(): number;
  advance(seconds: number): void;
  sql(statement: string, parameters?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  addClient(over?: Partial<NewClient>): Promise<TestClient>;
  /** A second secret, which lives beside the first. */
  addSecret(client: TestClient): Promise<TestClient>;
  addApi(api: Api): Promise<void>;
  /** Of the one person; answers how many revocations it caused. */
  withdrawConsent(clientId: string): Promise<number>;
  close(): Promise<void>;
}

/** @param limits none that a spec would meet, unless it says so */
export async function startProtocolApp(limits: Partial<LimitsParts> = {}): Promise<ProtocolApp> {
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
  const macKeys = new PostgresClientMacKeys(database, encryption);
  const issuerState = new PostgresIssuerState(database);
  // As the service does: a guard refuses what lives longer (revocation.md V2).
  await issuerState.noteLifetimes({ accessToken: LIFETIMES.accessToken, idToken: LIFETIMES.idToken });
  const world = await openGuardedWorld(database);
  const onRevoked: OnRevoked = (entries, receipt) => {
    world.receipts.push(receipt);
    world.revocation.onRevoked(entries, receipt);
  };
  const store = new PostgresKeyStore(new Revoking(database, onRevoked));
  const rotation = new KeyRotation({ store, encryption, spans: SPANS });
  const keys = await KeyRing.open({ store, encryption, rotation, clock });
  const elsewhere: ProtocolApp['elsewhere'] = {};
  const trail = new PostgresAuditTrail(database);
  const opened = openLimits({
    ...{ settings: limitOf(1_000_000), ephemeral, clock, log: pino({ level: 'silent' }) },
    record: (...records) => trail.record(...records),
    ...limits,
  });
  const log = pino({ level: 'silent' });
  const pairwise = await openPairwiseSubjects({ store: new PostgresPairwiseSalt(database), encryption, log });
  const ledger = new PostgresRevocationLedger(database);
  const memory = assertionMemory(world.revocation.publisher, ledger);
  const server = createAuthorizationServer({
    pairwise,
    clientMacKeys: macKeys,
    settings: {
      issuer: ISSUER,
      accessTokenLifetimeSeconds: LIFETIMES.accessToken,
      idTokenLifetimeSeconds: LIFETIMES.idToken,
      grantLifetimeSeconds: LIFETIMES.grant,
      refreshToleranceSeconds: 10,
      jwksMaxAgeSeconds: JWKS_MAX_AGE_SECONDS,
    },
    clients: new PostgresClientStore(database),
    currentClients: new PostgresClientStore(database),
    attempts: opened.clients,
    apis,
    consents: new PostgresConsentStore(database),
    chains: new PostgresSessionChains(database),
    claims: new PostgresClaimsStore(database),
    ephemeral,
    assertionMemory: {
      // As long ago by the clock of the app as it is by that of PostgreSQL.
      reachesBackTo: async () => clock.now() - Date.now() + (await memory.reachesBackTo()),
    },
    clientKeySets: new PublishedKeys({ outbound: new Outbound({ allow: '127.0.0.1' }), clock }),
    clock,
    grants: new PostgresGrantStore(database, onRevoked),
    receipts: world.revocation.desk,
    revoked: world.revocation.revoked,
    issuerState,
    macKeys: {
      current: () => (elsewhere.macKeys ?? keys.refreshKeys).current(),
      find: (id) => (elsewhere.macKeys ?? keys.refreshKeys).find(id),
    },
    keys: {
      ...{ loaded: true, outdated: false, find: (kid) => keys.find(kid), jwks: () => keys.jwks() },
      findForHint: (kid) => keys.findForHint(kid),
      ...{ refresh: () => keys.refresh(), changed: (revision) => keys.changed(revision) },
      get revision() {
        return keys.revision;
      },
      signerFor: (...ring) => (elsewhere.signers ?? keys).signerFor(...ring),
    },
    onRefusal: () => undefined,
  });
  const told = {
    backchannel: new BackchannelLogout({
      ...{ clients: new PostgresClientStore(database), deliveries: new PostgresLogoutDeliveries(database), log },
      ...{ tokens: server.logoutTokens, door: new Outbound({ allow: '127.0.0.1' }) },
    }),
  };
  const pages = await interactionModule({
    settings: { issuer: ISSUER, formTokenKey: randomBytes(32) },
    ...{ authorization: server.authorization, endSession: server.endSession, clock },
    people: new PostgresPeopleStore(database),
    sessions: new PostgresLoginSessionStore(database, onRevoked),
    account: {
      ...accountStores(new Revoking(database, onRevoked), apis),
      sessionEndings: new ToldEndings(new PostgresSessionEndings(new Revoking(database, onRevoked)), {
        tell: (sids) => told.backchannel.tell(sids),
      }),
    },
    ephemeral,
    ...{ limits: opened, trail },
    log,
  });
  const kept = new PostgresBrowserOrigins(database);
  const slow: BrowserOrigins = {
    registeredAmong: async (asked) => {
      await elsewhere.beforeOrigins?.();
      return kept.registeredAmong(asked);
    },
  };
  const origins = new RememberedOrigins(slow, systemClock);
  const app = await createPublicApp({ server, pages, origins, log });
  const url = await app.listen(0, '127.0.0.1');
  return {
    ...{ url, world, database, keys, rotation, elsewhere, logoutTokens: server.logoutTokens },
    get backchannel() {
      return told.backchannel;
    },
    set backchannel(backchannel) {
      told.backchannel = backchannel;
    },
    addPerson: async (username, password) => {
      await database.run(
        'INSERT INTO auth.users (sub, username, normalized_username, password_hash) VALUES ($1, $2, $3, $4)',
        [randomUUID(), username, normalizedUsername(username), await hashPassword(password)],
      );
    },
    endSpan: () => opened.audit.endSpan(),
    anotherRing: () => KeyRing.open({ store, encryption, rotation, clock }),
    nowSeconds: () => toSeconds(clock.now()),
    advance: (seconds) => {
      hand.advance(seconds * 1000);
    },
    sql: async (statement, parameters) => (await database.run(statement, parameters)).rows,
    addClient: async (over = {}) => {
      const { tokenEndpointAuthMethod: method = 'client_secret_basic' } = over;
      const secret = provesWithSecret(method) ? randomBytes(32).toString('hex') : undefined;
      const allowedScope = ['openid', 'offline_access', 'notes:read', 'notes:write', 'mail:read'];
      const clientId = randomBytes(16).toString('hex');
      const kept =
        secret === undefined ? {} : { secretDigest: digestOf(secret), secretSealed: macKeys.seal(clientId, secret) };
      await addClient(database, { clientId, allowedScope, ...over, ...kept });
      return { clientId, secret };
    },
    addSecret: async ({ clientId }) => {
      const secret = randomBytes(32).toString('hex');
      await database.run(
        'INSERT INTO auth.client_secrets (id, client_id, place, digest, sealed) VALUES ($1, $2, 2, $3, $4)',
        [randomUUID(), clientId, digestOf(secret), macKeys.seal(clientId, secret)],
      );
      return { clientId, secret };
    },
    addApi: async (api) => {
      await apis.ensureRegistered(api);
    },
    withdrawConsent: async (clientId) => {
      const { rows } = await database.run<{ readonly sub: string }>('SELECT sub FROM auth.users');
      const consents = new PostgresConsentEndings(new Revoking(database, onRevoked));
      const order = { actor: 'spec', receipt: false };
      return (await consents.withdraw({ sub: rows[0]?.sub ?? '', clientId }, order, () => undefined)).revocations
        .length;
    },
    close: async () => {
      await app.close();
      await world.close();
      await test.close();
    },
  };
}
