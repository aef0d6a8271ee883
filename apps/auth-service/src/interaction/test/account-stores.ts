/** Owns what specs give the account page: the real stores of one database. */
import type { ApiStore } from '@latchkey/protocol';
import { PostgresAccountRecords } from '../../persistence/postgres/account-records.js';
import { PostgresConsentEndings } from '../../persistence/postgres/consent-endings.js';
import { PostgresPasswordChanges } from '../../persistence/postgres/password-changes.js';
import type { Revoking } from '../../persistence/postgres/revoking.js';
import { PostgresSessionEndings } from '../../persistence/postgres/session-endings.js';
import type { AccountStores } from '../interaction.module.js';

export const accountStores = (revoking: Revoking, apis: ApiStore): AccountStores => ({
  ...{ apis, records: new PostgresAccountRecords(revoking.database) },
  sessionEndings: new PostgresSessionEndings(revoking),
  consentEndings: new PostgresConsentEndings(revoking),
  passwordChanges: new PostgresPasswordChanges(revoking),
});
