/** Owns the list of the stores of one database. Does not own any of them. */
import type { RevocationEntry } from '@latchkey/tokens';
import { adminApi } from '../../admin/admin-scopes.js';
import type { AuthServiceConfig } from '../../config.js';
import { PostgresApiStore } from './api-store.js';
import { PostgresBootstrapStore } from './bootstrap-store.js';
import { PostgresClientStore } from './client-store.js';
import type { Database } from './database.js';
import { PostgresGrantStore } from './grant-store.js';
import { PostgresIssuerState } from './issuer-state-store.js';
import { PostgresLoginSessionStore } from './login-session-store.js';
import { PostgresPeopleStore } from './people-store.js';
import { PostgresRevocationLedger } from './revocation-ledger.js';

export interface Stores {
  readonly apis: PostgresApiStore;
  readonly bootstrap: PostgresBootstrapStore;
  readonly clients: PostgresClientStore;
  readonly grants: PostgresGrantStore;
  readonly issuerState: PostgresIssuerState;
  readonly ledger: PostgresRevocationLedger;
  readonly people: PostgresPeopleStore;
  readonly sessions: PostgresLoginSessionStore;
}

/** @param onRevoked told of every revocation after its commit */
export const openStores = (
  database: Database,
  config: Pick<AuthServiceConfig, 'adminUrl'>,
  onRevoked: (entries: readonly RevocationEntry[]) => void,
): Stores => ({
  apis: new PostgresApiStore(database, [adminApi(config.adminUrl)]),
  bootstrap: new PostgresBootstrapStore(database),
  clients: new PostgresClientStore(database),
  grants: new PostgresGrantStore(database, onRevoked),
  issuerState: new PostgresIssuerState(database),
  ledger: new PostgresRevocationLedger(database, onRevoked),
  people: new PostgresPeopleStore(database),
  sessions: new PostgresLoginSessionStore(database, onRevoked),
});
