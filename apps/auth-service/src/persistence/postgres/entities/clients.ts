/** Owns the shapes of the tables of clients and protected APIs. Does not own the statements on them (the stores). */
import { EntitySchema } from 'typeorm';

export interface ClientRow {
  readonly clientId: string;
  readonly clientName: string;
  readonly applicationType: string;
  readonly redirectUris: string[];
  /** From where the scripts of a public client ask us: made from redirectUris. */
  readonly browserOrigins: string[];
  readonly grantTypes: string[];
  readonly allowedScope: string[];
  readonly tokenEndpointAuthMethod: string;
  readonly tokenEndpointAuthSigningAlg: string | null;
  /** RFC 7517 §5; public keys alone. */
  readonly jwks: object | null;
  readonly jwksUri: string | null;
  readonly requirePkce: boolean;
  readonly idTokenSignedResponseAlg: string;
  readonly userinfoSignedResponseAlg: string | null;
  readonly introspectionSignedResponseAlg: string | null;
  readonly subjectType: string;
  readonly sectorIdentifier: string | null;
  readonly postLogoutRedirectUris: string[];
  readonly backchannelLogoutUri: string | null;
  readonly backchannelLogoutSessionRequired: boolean;
  readonly defaultMaxAge: number | null;
  readonly requireAuthTime: boolean;
  /** Null: the server's own setting. */
  readonly refreshTokenLifetimeSeconds: number | null;
  /** Null: as long as the grant lives. */
  readonly refreshTokenIdleSeconds: number | null;
  readonly logoUri: string | null;
  readonly policyUri: string | null;
  readonly tosUri: string | null;
  readonly resourceServer: string | null;
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
    browserOrigins: { type: 'text', name: 'browser_origins', array: true, default: () => "'{}'" },
    grantTypes: { type: 'text', name: 'grant_types', array: true },
    allowedScope: { type: 'text', name: 'allowed_scope', array: true },
    tokenEndpointAuthMethod: { type: 'text', name: 'token_endpoint_auth_method' },
    tokenEndpointAuthSigningAlg: { type: 'text', name: 'token_endpoint_auth_signing_alg', nullable: true },
    jwks: { type: 'jsonb', nullable: true },
    jwksUri: { type: 'text', name: 'jwks_uri', nullable: true },
    requirePkce: { type: 'boolean', name: 'require_pkce' },
    idTokenSignedResponseAlg: { type: 'text', name: 'id_token_signed_response_alg' },
    userinfoSignedResponseAlg: { type: 'text', name: 'userinfo_signed_response_alg', nullable: true },
    introspectionSignedResponseAlg: { type: 'text', name: 'introspection_signed_response_alg', nullable: true },
    subjectType: { type: 'text', name: 'subject_type', default: 'public' },
    sectorIdentifier: { type: 'text', name: 'sector_identifier', nullable: true },
    postLogoutRedirectUris: { type: 'text', name: 'post_logout_redirect_uris', array: true, default: () => "'{}'" },
    backchannelLogoutUri: { type: 'text', name: 'backchannel_logout_uri', nullable: true },
    backchannelLogoutSessionRequired: { type: 'boolean', name: 'backchannel_logout_session_required', default: false },
    defaultMaxAge: { type: 'integer', name: 'default_max_age', nullable: true },
    requireAuthTime: { type: 'boolean', name: 'require_auth_time', default: false },
    refreshTokenLifetimeSeconds: { type: 'integer', name: 'refresh_token_lifetime_seconds', nullable: true },
    refreshTokenIdleSeconds: { type: 'integer', name: 'refresh_token_idle_seconds', nullable: true },
    logoUri: { type: 'text', name: 'logo_uri', nullable: true },
    policyUri: { type: 'text', name: 'policy_uri', nullable: true },
    tosUri: { type: 'text', name: 'tos_uri', nullable: true },
    resourceServer: { type: 'text', name: 'resource_server', nullable: true },
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
  /** The secret itself under KEY_ENCRYPTION_KEY, for HS256. Null: only its digest is kept. */
  readonly sealed: string | null;
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
    sealed: { type: 'text', nullable: true },
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

/** Raised by the database itself with each change of the tables above, and of the issuer's generation. */
export interface RegistryRevisionRow {
  readonly onlyRow: boolean;
  /** A string: bigint. */
  readonly revision: string;
}

export const RegistryRevisionTable = new EntitySchema<RegistryRevisionRow>({
  name: 'RegistryRevision',
  tableName: 'registry_revision',
  schema: 'auth',
  columns: {
    onlyRow: { type: 'boolean', primary: true, name: 'only_row', default: true },
    revision: { type: 'bigint' },
  },
});
