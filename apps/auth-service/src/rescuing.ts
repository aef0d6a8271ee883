/**
 * Owns the way back in when no admin client is left (docs/operating.md): whoever may write to the database is given a new one,
 * which holds every admin scope. Does not own how its secret is shown. What the others may do stays as it is.
 */
import { randomBytes } from 'node:crypto';
import { digestOf } from '@latchkey/protocol';
import { ADMIN_SCOPE_NAMES } from './admin/admin-scopes.js';
import type { AuthServiceConfig } from './config.js';
import { PostgresClientStore } from './persistence/postgres/client-store.js';
import { openDatabase } from './persistence/postgres/data-source.js';

export interface RescueClient {
  readonly client_id: string;
  readonly client_secret: string;
}

/**
 * As the serving role, while services run; whoever names the tables' owner as well lets it make the schema current first.
 * @throws SchemaBehind; RestoredCopy; Unavailable
 */
export async function rescue({
  databaseUrl,
  migrationDatabaseUrl,
}: Pick<AuthServiceConfig, 'databaseUrl' | 'migrationDatabaseUrl'>): Promise<RescueClient> {
  const client = { client_id: randomBytes(16).toString('hex'), client_secret: randomBytes(32).toString('hex') };
  const database = await openDatabase({ url: databaseUrl, migrationUrl: migrationDatabaseUrl, poolSize: 1 });
  try {
    await new PostgresClientStore(database).insert(
      {
        clientId: client.client_id,
        clientName: 'Rescue administrator',
        applicationType: 'web',
        redirectUris: [],
        grantTypes: ['client_credentials'],
        allowedScope: ADMIN_SCOPE_NAMES,
        tokenEndpointAuthMethod: 'client_secret_basic',
        secretDigest: digestOf(client.client_secret),
        requirePkce: true,
        idTokenSignedResponseAlg: 'RS256',
        subjectType: 'public',
        postLogoutRedirectUris: [],
        backchannelLogoutSessionRequired: false,
        requireAuthTime: false,
      },
      { actor: 'system', kind: 'client.created', target: client.client_id, outcome: 'done', detail: { rescue: true } },
    );
  } finally {
    await database.close();
  }
  return client;
}
