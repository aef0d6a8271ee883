/** Owns the shapes of the tables of clients and protected APIs. Does not own the statements on them (the stores). */
import { EntitySchema } from 'typeorm';

export interface ClientRow {
  readonly clientId: string;
  readonly clientName: string;
  readonly applicationType: string;
  readonly redirectUris: string[];
  readonly grantTypes: string[];
  readonly allowedScope: string[];
  readonly tokenEndpointAuthMethod: string;
  readonly requirePkce: boolean;
  readonly idTokenSignedResponseAlg: string;
  readonly logoUri: string | null;
  readonly policyUri: string | null;
  readonly tosUri: string | null;
  readonly enabled: boolean;
  readonly generation: number;
  readonly createdAt: Date;
  /** Gone for everybody; what hangs on it is swept later. Such a row is disabled. */
  readonly deletedAt: Date | null;
}

export const ClientTable = new EntitySchema<ClientRow>({
  name: 'Client',
  tableName: 'clients',
  schema: 'auth',
  columns: {
    clientId: { type: 'text', primary: true, name: 'client_id' },
    clientName: { type: 'text', name: 'client_name' },
    applicationType: { type: 'text', name: 'application_type' },
    redirectUris: { type: 'text', name: 'redirect_uris', array: true },
    grantTypes: { type: 'text', name: 'grant_types', array: true },
    allowedScope: { type: 'text', name: 'allowed_scope', array: true },
    tokenEndpointAuthMethod: { type: 'text', name: 'token_endpoint_auth_method' },
    requirePkce: { type: 'boolean', name: 'require_pkce' },
    idTokenSignedResponseAlg: { type: 'text', name: 'id_token_signed_response_alg' },
    logoUri: { type: 'text', name: 'logo_uri', nullable: true },
    policyUri: { type: 'text', name: 'policy_uri', nullable: true },
    tosUri: { type: 'text', name: 'tos_uri', nullable: true },
    enabled: { type: 'boolean', default: true },
    generation: { type: 'integer', default: 0 },
    createdAt: { type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' },
    deletedAt: { type: 'timestamptz', name: 'deleted_at', precision: 3, nullable: true },
  },
});

export interface ClientSecretRow {
  readonly id: string;
  readonly clientId: string;
  /** 1 or 2, unique for the client: at most two live at once. */
  readonly place: number;
  /** SHA-256, hex. */
  readonly digest: string;
  readonly createdAt: Date;
}

export const ClientSecretTable = new EntitySchema<ClientSecretRow>({
  name: 'ClientSecret',
  tableName: 'client_secrets',
  schema: 'auth',
  columns: {
    id: { type: 'uuid', primary: true },
    clientId: { type: 'text', name: 'client_id' },
    place: { type: 'smallint' },
    digest: { type: 'char', length: 64 },
    createdAt: { type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' },
  },
});

export interface ApiRow {
  readonly identifier: string;
  readonly name: string;
  /** Null: the server's own setting. */
  readonly accessTokenLifetimeSeconds: number | null;
  readonly accessTokenSigningAlg: string;
  readonly createdAt: Date;
}

export const ApiTable = new EntitySchema<ApiRow>({
  name: 'Api',
  tableName: 'apis',
  schema: 'auth',
  columns: {
    identifier: { type: 'text', primary: true },
    name: { type: 'text' },
    accessTokenLifetimeSeconds: { type: 'integer', name: 'access_token_lifetime_seconds', nullable: true },
    accessTokenSigningAlg: { type: 'text', name: 'access_token_signing_alg' },
    createdAt: { type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' },
  },
});

export interface ApiScopeRow {
  readonly name: string;
  readonly identifier: string;
  readonly description: string;
  readonly position: number;
}

export const ApiScopeTable = new EntitySchema<ApiScopeRow>({
  name: 'ApiScope',
  tableName: 'api_scopes',
  schema: 'auth',
  columns: {
    name: { type: 'text', primary: true },
    identifier: { type: 'text' },
    description: { type: 'text' },
    position: { type: 'smallint' },
  },
});
