/** Owns the list of the stores of one database. Does not own any of them. */
import { adminApi } from '../../admin/admin-scopes.js';
import type { AuthServiceConfig } from '../../config.js';
import { PostgresApiStore } from './api-store.js';
import { PostgresBootstrapStore } from './bootstrap-store.js';
import { PostgresClientEndings } from './client-endings.js';
import { PostgresClientStore } from './client-store.js';
import type { Database } from './database.js';
import { PostgresEmergencyBrake } from './emergency-brake.js';
import { PostgresGrantEndings } from './grant-endings.js';
import { PostgresGrantStore } from './grant-store.js';
import { PostgresGuardRecords } from './guard-records.js';
import { PostgresGuardRegister } from './guard-register.js';
import { PostgresIssuerState } from './issuer-state-store.js';
import { PostgresKeyStore } from './key-store.js';
import { PostgresLoginSessionStore } from './login-session-store.js';
import { PostgresPeopleStore } from './people-store.js';
import { PostgresPersonEndings } from './person-endings.js';
import { PostgresRevocationLedger } from './revocation-ledger.js';
import { PostgresRevocationRegister } from './revocation-register.js';
import { Revoking, type OnRevoked } from './revoking.js';
import { PostgresSessionEndings } from './session-endings.js';

export interface Stores {
  readonly apis: PostgresApiStore;
  readonly bootstrap: PostgresBootstrapStore;
  readonly clients: PostgresClientStore;
  readonly endings: Endings;
  readonly grants: PostgresGrantStore;
  readonly guardRecords: PostgresGuardRecords;
  readonly guardRegister: PostgresGuardRegister;
  readonly issuerState: PostgresIssuerState;
  readonly keys: PostgresKeyStore;
  readonly ledger: PostgresRevocationLedger;
  readonly people: PostgresPeopleStore;
  readonly revocations: PostgresRevocationRegister;
  readonly sessions: PostgresLoginSessionStore;
}

/** What takes something away, each with its revocation in one transaction (revocation.md V4); for keys that is `keys`. */
export interface Endings {
  readonly brake: PostgresEmergencyBrake;
  readonly clients: PostgresClientEndings;
  readonly grants: PostgresGrantEndings;
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
    apis: new PostgresApiStore(database, [adminApi(config.adminUrl)]),
    bootstrap: new PostgresBootstrapStore(database),
    clients: new PostgresClientStore(database),
    endings: {
      brake: new PostgresEmergencyBrake(revoking),
      clients: new PostgresClientEndings(revoking),
      grants: new PostgresGrantEndings(revoking),
      people: new PostgresPersonEndings(revoking),
      sessions: new PostgresSessionEndings(revoking),
    },
    grants: new PostgresGrantStore(database, onRevoked),
    guardRecords: new PostgresGuardRecords(database),
    guardRegister: new PostgresGuardRegister(database),
    issuerState: new PostgresIssuerState(database),
    keys: new PostgresKeyStore(revoking),
    ledger: new PostgresRevocationLedger(database),
    people: new PostgresPeopleStore(database),
    revocations: new PostgresRevocationRegister(revoking),
    sessions: new PostgresLoginSessionStore(database, onRevoked),
  };
};
