/** Owns the list of the stores of one database. Does not own any of them. */
import { adminApi } from '../../admin/admin-scopes.js';
import type { AuthServiceConfig } from '../../config.js';
import { PostgresAccountRecords } from './account-records.js';
import { PostgresApiChanges } from './api-changes.js';
import { PostgresApiStore } from './api-store.js';
import { PostgresAuditReader } from './audit-reader.js';
import { PostgresAuditTrail } from './audit-trail.js';
import { PostgresBootstrapStore } from './bootstrap-store.js';
import { PostgresBrowserOrigins } from './browser-origins.js';
import { PostgresClaimsStore } from './claims-store.js';
import { PostgresClientChanges } from './client-changes.js';
import { PostgresClientStore } from './client-store.js';
import { PostgresConsentEndings } from './consent-endings.js';
import { PostgresConsentStore } from './consent-store.js';
import type { Database } from './database.js';
import { PostgresEmergencyBrake } from './emergency-brake.js';
import { PostgresGrantRecords } from './grant-records.js';
import { PostgresGrantStore } from './grant-store.js';
import { PostgresGuardRecords } from './guard-records.js';
import { PostgresGuardRegister } from './guard-register.js';
import { PostgresIssuerState } from './issuer-state-store.js';
import { PostgresKeptAnswers } from './kept-answers.js';
import { PostgresKeyStore } from './key-store.js';
import { PostgresLogoutDeliveries } from './logout-deliveries.js';
import { PostgresLoginSessionStore } from './login-session-store.js';
import { PostgresPairwiseSalt } from './pairwise-salt-store.js';
import { PostgresPasswordChanges } from './password-changes.js';
import { PostgresPeopleStore } from './people-store.js';
import { PostgresPersonEndings } from './person-endings.js';
import { PostgresRegistryReads } from './registry-reads.js';
import { PostgresRevocationLedger } from './revocation-ledger.js';
import { PostgresRevocationRegister } from './revocation-register.js';
import { Revoking, type OnRevoked } from './revoking.js';
import { PostgresSeedStore } from './seed-store.js';
import { PostgresSessionChains, PostgresSessionEndings } from './session-endings.js';
import { PostgresTokenStandings } from './token-standings.js';
import { PostgresUserRegistry } from './user-registry.js';
import { PostgresSessionRecords } from './session-records.js';

export interface Stores {
  readonly accountRecords: PostgresAccountRecords;
  readonly apiChanges: PostgresApiChanges;
  readonly apis: PostgresApiStore;
  readonly audit: PostgresAuditReader;
  readonly bootstrap: PostgresBootstrapStore;
  readonly browserOrigins: PostgresBrowserOrigins;
  readonly claims: PostgresClaimsStore;
  readonly chains: PostgresSessionChains;
  readonly clientChanges: PostgresClientChanges;
  readonly clients: PostgresClientStore;
  readonly consents: PostgresConsentStore;
  readonly endings: Endings;
  readonly grantRecords: PostgresGrantRecords;
  readonly grants: PostgresGrantStore;
  readonly guardRecords: PostgresGuardRecords;
  readonly guardRegister: PostgresGuardRegister;
  readonly issuerState: PostgresIssuerState;
  readonly keptAnswers: PostgresKeptAnswers;
  readonly keys: PostgresKeyStore;
  readonly logoutDeliveries: PostgresLogoutDeliveries;
  readonly ledger: PostgresRevocationLedger;
  readonly pairwiseSalt: PostgresPairwiseSalt;
  readonly people: PostgresPeopleStore;
  readonly registry: PostgresRegistryReads;
  readonly revocations: PostgresRevocationRegister;
  readonly sessionRecords: PostgresSessionRecords;
  readonly seed: PostgresSeedStore;
  readonly sessions: PostgresLoginSessionStore;
  readonly standings: PostgresTokenStandings;
  readonly trail: PostgresAuditTrail;
  readonly users: PostgresUserRegistry;
}

/** What takes something away, each with its revocation in one transaction (revocation.md V4); for keys that is `keys`, for clients `clientChanges`. */
export interface Endings {
  readonly brake: PostgresEmergencyBrake;
  readonly consents: PostgresConsentEndings;
  readonly passwords: PostgresPasswordChanges;
  readonly people: PostgresPersonEndings;
  readonly sessions: PostgresSessionEndings;
}

/** @param onRevoked told of every revocation after its commit */
export const openStores = (
  database: Database,
  config: Pick<AuthServiceConfig, 'adminUrl'>,
  onRevoked: OnRevoked,
): Stores => {
  const revoking = new Revoking(database, onRevoked);
  return {
    accountRecords: new PostgresAccountRecords(database),
    apiChanges: new PostgresApiChanges(revoking),
    apis: new PostgresApiStore(database, [adminApi(config.adminUrl)]),
    audit: new PostgresAuditReader(database),
    bootstrap: new PostgresBootstrapStore(database),
    browserOrigins: new PostgresBrowserOrigins(database),
    claims: new PostgresClaimsStore(database),
    chains: new PostgresSessionChains(database),
    clientChanges: new PostgresClientChanges(revoking),
    clients: new PostgresClientStore(database),
    consents: new PostgresConsentStore(database),
    endings: {
      brake: new PostgresEmergencyBrake(revoking),
      consents: new PostgresConsentEndings(revoking),
      passwords: new PostgresPasswordChanges(revoking),
      people: new PostgresPersonEndings(revoking),
      sessions: new PostgresSessionEndings(revoking),
    },
    grantRecords: new PostgresGrantRecords(revoking),
    grants: new PostgresGrantStore(database, onRevoked),
    guardRecords: new PostgresGuardRecords(database),
    guardRegister: new PostgresGuardRegister(database),
    issuerState: new PostgresIssuerState(database),
    keptAnswers: new PostgresKeptAnswers(database),
    keys: new PostgresKeyStore(revoking),
    logoutDeliveries: new PostgresLogoutDeliveries(database),
    ledger: new PostgresRevocationLedger(database),
    pairwiseSalt: new PostgresPairwiseSalt(database),
    people: new PostgresPeopleStore(database),
    registry: new PostgresRegistryReads(database, [adminApi(config.adminUrl)]),
    revocations: new PostgresRevocationRegister(revoking),
    sessionRecords: new PostgresSessionRecords(revoking),
    seed: new PostgresSeedStore(revoking, [adminApi(config.adminUrl)]),
    sessions: new PostgresLoginSessionStore(database, onRevoked),
    standings: new PostgresTokenStandings(database),
    trail: new PostgresAuditTrail(database),
    users: new PostgresUserRegistry(database),
  };
};
