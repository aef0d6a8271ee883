/**
 * Owns the operations of the admin API and the forms of what they take and answer. Made from its OpenAPI document by
 * `npm run docs`; not written by hand.
 */
import { type AdminClientOptions, type Answered, type RequestOptions, type Route, Sender } from './sender.js';

/** OpenID Connect Core §5.1.1. */
export interface Address {
  /** The whole, as it is written on a letter. */
  readonly formatted?: string;
  /** House, street, box. */
  readonly street_address?: string;
  /** City. */
  readonly locality?: string;
  /** State, province, prefecture. */
  readonly region?: string;
  /** Zip or postal code. */
  readonly postal_code?: string;
  /** Country. */
  readonly country?: string;
}

export interface Api {
  /** The identifier in base64url (RFC 4648 §5), without padding: a URI is no segment of a path, since proxies and libraries decode %2F on the way. */
  readonly id: string;
  /** The audience of its access tokens, compared letter by letter. */
  readonly identifier: string;
  /** What people are shown. The identifier if absent. */
  readonly name: string;
  /** In the order in which people read them. */
  readonly scopes: readonly {
    /** Belongs to this API alone, and to no other. */
    readonly name: string;
    /** What people read when they are asked for it. */
    readonly description: string;
  }[];
  /** How long its access tokens are valid. ACCESS_TOKEN_LIFETIME_SECONDS of the server if absent. */
  readonly access_token_lifetime_seconds?: number;
  /** How its access tokens are signed (RFC 7518 §3.1). HS256: with a secret that it shares with the issuer and with no other API; such a token is for this API alone, and can be introspected by it alone. */
  readonly access_token_signing_alg: 'ES256' | 'RS256' | 'PS256' | 'EdDSA' | 'HS256';
}

export interface ApiPatch {
  /** What people are shown. The identifier if absent. */
  readonly name?: string | null;
  /** In the order in which people read them. */
  readonly scopes?:
    | readonly {
        /** Belongs to this API alone, and to no other. */
        readonly name: string;
        /** What people read when they are asked for it. */
        readonly description: string;
      }[]
    | null;
  /** How long its access tokens are valid. ACCESS_TOKEN_LIFETIME_SECONDS of the server if absent. */
  readonly access_token_lifetime_seconds?: number | null;
  /** How its access tokens are signed (RFC 7518 §3.1). HS256: with a secret that it shares with the issuer and with no other API; such a token is for this API alone, and can be introspected by it alone. */
  readonly access_token_signing_alg?: 'ES256' | 'RS256' | 'PS256' | 'EdDSA' | 'HS256' | null;
}

export interface AuditEvent {
  /** Grows with the order of writing. */
  readonly id: string;
  /** Seconds since 1970. */
  readonly at: number;
  /** Who did it: a client_id, a sub, or system. */
  readonly actor: string;
  /** What was done, as client.created. */
  readonly kind: string;
  /** What it was done to. */
  readonly target: string;
  /** refused: nothing was changed. */
  readonly outcome: 'done' | 'refused';
  /** From where; null when that is not known, or was erased. */
  readonly address: string | null;
  /** What else is known; it names no person and holds no secret. */
  readonly detail: Readonly<Record<string, unknown>>;
  /** What names a person; null when there was nothing, or it was erased. */
  readonly personal: Readonly<Record<string, unknown>> | null;
  /** It is under a seal of the chain: within a second or two of being written. */
  readonly sealed: boolean;
}

export interface AuditVerification {
  /** Nothing that is sealed was changed, and the given head is in the chain. */
  readonly valid: boolean;
  /** Of the last seal up to which nothing is wrong; null when nothing is sealed. */
  readonly head: string | null;
  /** How many seals were walked. */
  readonly seals: number;
  /** How many events are under them. */
  readonly events: number;
  /** Whether the given head is in the chain; null when none was given. */
  readonly contains_head: boolean | null;
  /** The first fault; null when valid. */
  readonly broken: {
    /** Under which seal. */
    readonly seal: number | null;
    /** Which event, where that can be told. */
    readonly event: string | null;
    /** What is wrong there. */
    readonly detail: string;
  } | null;
}

export interface ChangedApi {
  /** The identifier in base64url (RFC 4648 §5), without padding: a URI is no segment of a path, since proxies and libraries decode %2F on the way. */
  readonly id: string;
  /** The audience of its access tokens, compared letter by letter. */
  readonly identifier: string;
  /** What people are shown. The identifier if absent. */
  readonly name: string;
  /** In the order in which people read them. */
  readonly scopes: readonly {
    /** Belongs to this API alone, and to no other. */
    readonly name: string;
    /** What people read when they are asked for it. */
    readonly description: string;
  }[];
  /** How long its access tokens are valid. ACCESS_TOKEN_LIFETIME_SECONDS of the server if absent. */
  readonly access_token_lifetime_seconds?: number;
  /** How its access tokens are signed (RFC 7518 §3.1). HS256: with a secret that it shares with the issuer and with no other API; such a token is for this API alone, and can be introspected by it alone. */
  readonly access_token_signing_alg: 'ES256' | 'RS256' | 'PS256' | 'EdDSA' | 'HS256';
  /** What was taken away by this, in the same transaction; null when there was nothing. */
  readonly revocation: RevocationOutcome | null;
}

export interface ChangedClient {
  /** Given by the server. */
  readonly client_id: string;
  /** Seconds since 1970 (RFC 7591 §3.2.1). */
  readonly client_id_issued_at: number;
  /** False: it gets no tokens. */
  readonly enabled: boolean;
  /** What people are shown. The client_id if absent. */
  readonly client_name: string;
  /** Native clients may use private-use schemes. */
  readonly application_type: 'web' | 'native';
  /** Where people are sent back to, compared letter by letter (RFC 9700 §2.1). */
  readonly redirect_uris: readonly string[];
  /** At least one; none only for an API that does nothing but ask about tokens (resource_server). */
  readonly grant_types: readonly ('authorization_code' | 'refresh_token' | 'client_credentials')[];
  /** Follows from grant_types: [code] with the code grant, else []. */
  readonly response_types: readonly 'code'[];
  /** The scope that this client may ever be granted: names, separated by spaces. */
  readonly scope: string;
  /** How it authenticates at /token and /revoke; none: a public client. */
  readonly token_endpoint_auth_method: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | 'none';
  /** RFC 7636. False only for a confidential client. */
  readonly require_pkce: boolean;
  /** How its ID tokens are signed; HS256: with its own secret. */
  readonly id_token_signed_response_alg: 'RS256' | 'PS256' | 'ES256' | 'EdDSA' | 'HS256';
  /** pairwise: people have another sub at every host (OpenID Connect Core §8); its redirect URIs are of one host. */
  readonly subject_type: 'public' | 'pairwise';
  /** Where people are sent after a log-out that it asked for, compared letter by letter. */
  readonly post_logout_redirect_uris: readonly string[];
  /** Whether its logout tokens must name the session. */
  readonly backchannel_logout_session_required: boolean;
  /** Whether each of its ID tokens holds auth_time. */
  readonly require_auth_time: boolean;
  /** A picture for the consent page. */
  readonly logo_uri?: string;
  /** How the client treats personal data. */
  readonly policy_uri?: string;
  /** Its terms of service. */
  readonly tos_uri?: string;
  /** The identifier of the API that this client is, which may then ask about its tokens (RFC 7662). */
  readonly resource_server?: string;
  /** For private_key_jwt: how its assertions are signed. Absent: as its keys allow. */
  readonly token_endpoint_auth_signing_alg?: 'RS256' | 'PS256' | 'ES256' | 'EdDSA';
  /** For private_key_jwt: its public keys. Not together with jwks_uri. */
  readonly jwks?: {
    /** RSA of 2048 bits or more, P-256, Ed25519; each with a kid, if there are several. */
    readonly keys: readonly Readonly<Record<string, unknown>>[];
  };
  /** For private_key_jwt: where its public keys are read, by https and as OUTBOUND_ALLOW says. */
  readonly jwks_uri?: string;
  /** How userinfo is signed for it. Absent: plain JSON. */
  readonly userinfo_signed_response_alg?: 'RS256' | 'PS256' | 'ES256' | 'EdDSA' | 'HS256';
  /** How the answer of introspection is signed when it asks for a JWT (RFC 9701). Absent: RS256. */
  readonly introspection_signed_response_alg?: 'RS256' | 'PS256' | 'ES256' | 'EdDSA';
  /** Where logout tokens are sent (OpenID Connect Back-Channel Logout §2.2). */
  readonly backchannel_logout_uri?: string;
  /** Seconds. After how long people log in again, where a request names no max_age. */
  readonly default_max_age?: number;
  /** How long it may refresh what it was granted, if the server is not set to less. Absent: as the server is set. Shortened, it binds what is granted already. */
  readonly refresh_token_lifetime_seconds?: number;
  /** How long a refresh token may lie unused, by what stands here when it is used. Absent: as long as it may be refreshed. */
  readonly refresh_token_idle_seconds?: number;
  /** What was taken away by this, in the same transaction; null when there was nothing. */
  readonly revocation: RevocationOutcome | null;
}

export interface Client {
  /** Given by the server. */
  readonly client_id: string;
  /** Seconds since 1970 (RFC 7591 §3.2.1). */
  readonly client_id_issued_at: number;
  /** False: it gets no tokens. */
  readonly enabled: boolean;
  /** What people are shown. The client_id if absent. */
  readonly client_name: string;
  /** Native clients may use private-use schemes. */
  readonly application_type: 'web' | 'native';
  /** Where people are sent back to, compared letter by letter (RFC 9700 §2.1). */
  readonly redirect_uris: readonly string[];
  /** At least one; none only for an API that does nothing but ask about tokens (resource_server). */
  readonly grant_types: readonly ('authorization_code' | 'refresh_token' | 'client_credentials')[];
  /** Follows from grant_types: [code] with the code grant, else []. */
  readonly response_types: readonly 'code'[];
  /** The scope that this client may ever be granted: names, separated by spaces. */
  readonly scope: string;
  /** How it authenticates at /token and /revoke; none: a public client. */
  readonly token_endpoint_auth_method: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | 'none';
  /** RFC 7636. False only for a confidential client. */
  readonly require_pkce: boolean;
  /** How its ID tokens are signed; HS256: with its own secret. */
  readonly id_token_signed_response_alg: 'RS256' | 'PS256' | 'ES256' | 'EdDSA' | 'HS256';
  /** pairwise: people have another sub at every host (OpenID Connect Core §8); its redirect URIs are of one host. */
  readonly subject_type: 'public' | 'pairwise';
  /** Where people are sent after a log-out that it asked for, compared letter by letter. */
  readonly post_logout_redirect_uris: readonly string[];
  /** Whether its logout tokens must name the session. */
  readonly backchannel_logout_session_required: boolean;
  /** Whether each of its ID tokens holds auth_time. */
  readonly require_auth_time: boolean;
  /** A picture for the consent page. */
  readonly logo_uri?: string;
  /** How the client treats personal data. */
  readonly policy_uri?: string;
  /** Its terms of service. */
  readonly tos_uri?: string;
  /** The identifier of the API that this client is, which may then ask about its tokens (RFC 7662). */
  readonly resource_server?: string;
  /** For private_key_jwt: how its assertions are signed. Absent: as its keys allow. */
  readonly token_endpoint_auth_signing_alg?: 'RS256' | 'PS256' | 'ES256' | 'EdDSA';
  /** For private_key_jwt: its public keys. Not together with jwks_uri. */
  readonly jwks?: {
    /** RSA of 2048 bits or more, P-256, Ed25519; each with a kid, if there are several. */
    readonly keys: readonly Readonly<Record<string, unknown>>[];
  };
  /** For private_key_jwt: where its public keys are read, by https and as OUTBOUND_ALLOW says. */
  readonly jwks_uri?: string;
  /** How userinfo is signed for it. Absent: plain JSON. */
  readonly userinfo_signed_response_alg?: 'RS256' | 'PS256' | 'ES256' | 'EdDSA' | 'HS256';
  /** How the answer of introspection is signed when it asks for a JWT (RFC 9701). Absent: RS256. */
  readonly introspection_signed_response_alg?: 'RS256' | 'PS256' | 'ES256' | 'EdDSA';
  /** Where logout tokens are sent (OpenID Connect Back-Channel Logout §2.2). */
  readonly backchannel_logout_uri?: string;
  /** Seconds. After how long people log in again, where a request names no max_age. */
  readonly default_max_age?: number;
  /** How long it may refresh what it was granted, if the server is not set to less. Absent: as the server is set. Shortened, it binds what is granted already. */
  readonly refresh_token_lifetime_seconds?: number;
  /** How long a refresh token may lie unused, by what stands here when it is used. Absent: as long as it may be refreshed. */
  readonly refresh_token_idle_seconds?: number;
}

export interface ClientPatch {
  /** What people are shown. The client_id if absent. */
  readonly client_name?: string | null;
  /** Native clients may use private-use schemes. */
  readonly application_type?: 'web' | 'native' | null;
  /** Where people are sent back to, compared letter by letter (RFC 9700 §2.1). */
  readonly redirect_uris?: readonly string[] | null;
  /** At least one; none only for an API that does nothing but ask about tokens (resource_server). */
  readonly grant_types?: readonly ('authorization_code' | 'refresh_token' | 'client_credentials')[] | null;
  /** Follows from grant_types: [code] with the code grant, else []. */
  readonly response_types?: readonly 'code'[] | null;
  /** The scope that this client may ever be granted: names, separated by spaces. */
  readonly scope?: string | null;
  /** How it authenticates at /token and /revoke; none: a public client. */
  readonly token_endpoint_auth_method?:
    'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | 'none' | null;
  /** RFC 7636. False only for a confidential client. */
  readonly require_pkce?: boolean | null;
  /** How its ID tokens are signed; HS256: with its own secret. */
  readonly id_token_signed_response_alg?: 'RS256' | 'PS256' | 'ES256' | 'EdDSA' | 'HS256' | null;
  /** pairwise: people have another sub at every host (OpenID Connect Core §8); its redirect URIs are of one host. */
  readonly subject_type?: 'public' | 'pairwise' | null;
  /** Where people are sent after a log-out that it asked for, compared letter by letter. */
  readonly post_logout_redirect_uris?: readonly string[] | null;
  /** Whether its logout tokens must name the session. */
  readonly backchannel_logout_session_required?: boolean | null;
  /** Whether each of its ID tokens holds auth_time. */
  readonly require_auth_time?: boolean | null;
  /** A picture for the consent page. */
  readonly logo_uri?: string | null;
  /** How the client treats personal data. */
  readonly policy_uri?: string | null;
  /** Its terms of service. */
  readonly tos_uri?: string | null;
  /** The identifier of the API that this client is, which may then ask about its tokens (RFC 7662). */
  readonly resource_server?: string | null;
  /** For private_key_jwt: how its assertions are signed. Absent: as its keys allow. */
  readonly token_endpoint_auth_signing_alg?: 'RS256' | 'PS256' | 'ES256' | 'EdDSA' | null;
  /** For private_key_jwt: its public keys. Not together with jwks_uri. */
  readonly jwks?: {
    /** RSA of 2048 bits or more, P-256, Ed25519; each with a kid, if there are several. */
    readonly keys?: readonly Readonly<Record<string, unknown>>[] | null;
  } | null;
  /** For private_key_jwt: where its public keys are read, by https and as OUTBOUND_ALLOW says. */
  readonly jwks_uri?: string | null;
  /** How userinfo is signed for it. Absent: plain JSON. */
  readonly userinfo_signed_response_alg?: 'RS256' | 'PS256' | 'ES256' | 'EdDSA' | 'HS256' | null;
  /** How the answer of introspection is signed when it asks for a JWT (RFC 9701). Absent: RS256. */
  readonly introspection_signed_response_alg?: 'RS256' | 'PS256' | 'ES256' | 'EdDSA' | null;
  /** Where logout tokens are sent (OpenID Connect Back-Channel Logout §2.2). */
  readonly backchannel_logout_uri?: string | null;
  /** Seconds. After how long people log in again, where a request names no max_age. */
  readonly default_max_age?: number | null;
  /** How long it may refresh what it was granted, if the server is not set to less. Absent: as the server is set. Shortened, it binds what is granted already. */
  readonly refresh_token_lifetime_seconds?: number | null;
  /** How long a refresh token may lie unused, by what stands here when it is used. Absent: as long as it may be refreshed. */
  readonly refresh_token_idle_seconds?: number | null;
}

export interface ClientSecret {
  /** Names it; tells nothing of it. */
  readonly secret_id: string;
  /** Seconds since 1970. */
  readonly created_at: number;
}

export interface Consent {
  /** The client that was allowed it. */
  readonly client_id: string;
  /** Every scope that was allowed in any authorization since it was last taken back, separated by spaces. */
  readonly scope: string;
  /** When it was last allowed, in seconds since 1970. */
  readonly granted_at: number;
}

export interface ConsentAndRevocation {
  /** The client that was allowed it. */
  readonly client_id: string;
  /** Every scope that was allowed in any authorization since it was last taken back, separated by spaces. */
  readonly scope: string;
  /** When it was last allowed, in seconds since 1970. */
  readonly granted_at: number;
  /** What was taken away by this, in the same transaction; null when there was nothing. */
  readonly revocation: RevocationOutcome | null;
}

export interface CreatedApi {
  /** The identifier in base64url (RFC 4648 §5), without padding: a URI is no segment of a path, since proxies and libraries decode %2F on the way. */
  readonly id: string;
  /** The audience of its access tokens, compared letter by letter. */
  readonly identifier: string;
  /** What people are shown. The identifier if absent. */
  readonly name: string;
  /** In the order in which people read them. */
  readonly scopes: readonly {
    /** Belongs to this API alone, and to no other. */
    readonly name: string;
    /** What people read when they are asked for it. */
    readonly description: string;
  }[];
  /** How long its access tokens are valid. ACCESS_TOKEN_LIFETIME_SECONDS of the server if absent. */
  readonly access_token_lifetime_seconds?: number;
  /** How its access tokens are signed (RFC 7518 §3.1). HS256: with a secret that it shares with the issuer and with no other API; such a token is for this API alone, and can be introspected by it alone. */
  readonly access_token_signing_alg: 'ES256' | 'RS256' | 'PS256' | 'EdDSA' | 'HS256';
  /** 32 random bytes in base64url, without padding. Shown here and nowhere else. */
  readonly shared_secret?: string;
  /** The kid of the tokens that it signs. */
  readonly shared_secret_kid?: string;
}

export interface CreatedClient {
  /** Given by the server. */
  readonly client_id: string;
  /** Seconds since 1970 (RFC 7591 §3.2.1). */
  readonly client_id_issued_at: number;
  /** False: it gets no tokens. */
  readonly enabled: boolean;
  /** What people are shown. The client_id if absent. */
  readonly client_name: string;
  /** Native clients may use private-use schemes. */
  readonly application_type: 'web' | 'native';
  /** Where people are sent back to, compared letter by letter (RFC 9700 §2.1). */
  readonly redirect_uris: readonly string[];
  /** At least one; none only for an API that does nothing but ask about tokens (resource_server). */
  readonly grant_types: readonly ('authorization_code' | 'refresh_token' | 'client_credentials')[];
  /** Follows from grant_types: [code] with the code grant, else []. */
  readonly response_types: readonly 'code'[];
  /** The scope that this client may ever be granted: names, separated by spaces. */
  readonly scope: string;
  /** How it authenticates at /token and /revoke; none: a public client. */
  readonly token_endpoint_auth_method: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | 'none';
  /** RFC 7636. False only for a confidential client. */
  readonly require_pkce: boolean;
  /** How its ID tokens are signed; HS256: with its own secret. */
  readonly id_token_signed_response_alg: 'RS256' | 'PS256' | 'ES256' | 'EdDSA' | 'HS256';
  /** pairwise: people have another sub at every host (OpenID Connect Core §8); its redirect URIs are of one host. */
  readonly subject_type: 'public' | 'pairwise';
  /** Where people are sent after a log-out that it asked for, compared letter by letter. */
  readonly post_logout_redirect_uris: readonly string[];
  /** Whether its logout tokens must name the session. */
  readonly backchannel_logout_session_required: boolean;
  /** Whether each of its ID tokens holds auth_time. */
  readonly require_auth_time: boolean;
  /** A picture for the consent page. */
  readonly logo_uri?: string;
  /** How the client treats personal data. */
  readonly policy_uri?: string;
  /** Its terms of service. */
  readonly tos_uri?: string;
  /** The identifier of the API that this client is, which may then ask about its tokens (RFC 7662). */
  readonly resource_server?: string;
  /** For private_key_jwt: how its assertions are signed. Absent: as its keys allow. */
  readonly token_endpoint_auth_signing_alg?: 'RS256' | 'PS256' | 'ES256' | 'EdDSA';
  /** For private_key_jwt: its public keys. Not together with jwks_uri. */
  readonly jwks?: {
    /** RSA of 2048 bits or more, P-256, Ed25519; each with a kid, if there are several. */
    readonly keys: readonly Readonly<Record<string, unknown>>[];
  };
  /** For private_key_jwt: where its public keys are read, by https and as OUTBOUND_ALLOW says. */
  readonly jwks_uri?: string;
  /** How userinfo is signed for it. Absent: plain JSON. */
  readonly userinfo_signed_response_alg?: 'RS256' | 'PS256' | 'ES256' | 'EdDSA' | 'HS256';
  /** How the answer of introspection is signed when it asks for a JWT (RFC 9701). Absent: RS256. */
  readonly introspection_signed_response_alg?: 'RS256' | 'PS256' | 'ES256' | 'EdDSA';
  /** Where logout tokens are sent (OpenID Connect Back-Channel Logout §2.2). */
  readonly backchannel_logout_uri?: string;
  /** Seconds. After how long people log in again, where a request names no max_age. */
  readonly default_max_age?: number;
  /** How long it may refresh what it was granted, if the server is not set to less. Absent: as the server is set. Shortened, it binds what is granted already. */
  readonly refresh_token_lifetime_seconds?: number;
  /** How long a refresh token may lie unused, by what stands here when it is used. Absent: as long as it may be refreshed. */
  readonly refresh_token_idle_seconds?: number;
  /** Shown here and nowhere else; none for a public client. */
  readonly client_secret?: string;
  /** 0: never (RFC 7591 §3.2.1). */
  readonly client_secret_expires_at?: number;
}

export interface CreatedClientSecret {
  /** Names it; tells nothing of it. */
  readonly secret_id: string;
  /** Seconds since 1970. */
  readonly created_at: number;
  /** Shown here and nowhere else. */
  readonly client_secret: string;
  /** 0: never (RFC 7591 §3.2.1). */
  readonly client_secret_expires_at: number;
}

export interface CreatedSecret {
  /** Under which a token names it (RFC 7515 §4.1.4). */
  readonly kid: string;
  /** What it signs with (RFC 7518 §3.1); refresh: the MAC of refresh tokens, which no JWK Set shows. */
  readonly algorithm: 'ES256' | 'RS256' | 'PS256' | 'EdDSA' | 'HS256' | 'refresh';
  /** The API that shares the secret of an HS256 key; null for any other. */
  readonly audience: string | null;
  /** announced: in the JWK Set (save HS256 and refresh, which never are), and signs nothing yet. active: signs. retired: verifies what it has signed. dropped: verifies nothing. */
  readonly state: 'announced' | 'active' | 'retired' | 'dropped';
  /** Seconds since 1970: when it was made. */
  readonly announced_at: number;
  /** Seconds since 1970: before it, it does not sign. Null: until somebody says so. */
  readonly active_from: number | null;
  /** Seconds since 1970: since when it has signed; null before that. */
  readonly active_at: number | null;
  /** Seconds since 1970: since when it has not signed any more; null before that. */
  readonly retired_at: number | null;
  /** Seconds since 1970: since when it has not verified any more; null before that. */
  readonly dropped_at: number | null;
  /** Whether everything that it signed is refused everywhere, for ever. */
  readonly killed: boolean;
  /** 32 random bytes in base64url, without padding. Shown here and nowhere else. */
  readonly shared_secret: string;
}

export interface DeletedClientSecret {
  /** Names it; tells nothing of it. */
  readonly secret_id: string;
  /** Seconds since 1970. */
  readonly created_at: number;
  /** What was taken away by this, in the same transaction; null when there was nothing. */
  readonly revocation: RevocationOutcome | null;
}

export interface EndedSession {
  /** The sid of the tokens that end with it. */
  readonly sid: string;
  /** Who is logged in. */
  readonly sub: string;
  /** Seconds since 1970: when the person logged in, and it began. */
  readonly auth_time: number;
  /** How (RFC 8176). */
  readonly amr: readonly string[];
  /** Seconds since 1970. */
  readonly expires_at: number;
  /** Seconds since 1970: by a log-out, by an operator, or by another person in the same browser. */
  readonly ended_at: number | null;
  /** The sid of the session that took its place when the person logged in again in the same browser. Its grants go on, and both end together. */
  readonly replaced_by: string | null;
  /** Whether its cookie still logs the person in. False as well when the person, or everything, was taken away. */
  readonly active: boolean;
  /** What was taken away by this, in the same transaction; null when there was nothing. */
  readonly revocation: RevocationOutcome | null;
}

/** One thing that is not right. */
export interface Fault {
  /** Where: a JSON Pointer (RFC 6901) into the body, or /name of a parameter. */
  readonly pointer: string;
  /** What is wrong there. */
  readonly detail: string;
}

export interface Grant {
  /** The grant_id of its access tokens. */
  readonly grant_id: string;
  /** To whom. */
  readonly client_id: string;
  /** The UUID of the person, also where tokens say another sub. */
  readonly sub: string;
  /** What was granted, separated by spaces (RFC 6749 §3.3). */
  readonly scope: string;
  /** The API that it was limited to (RFC 8707). */
  readonly resource?: string;
  /** Seconds since 1970. When the person logged in. */
  readonly auth_time: number;
  /** How (RFC 8176). */
  readonly amr: readonly string[];
  /** The login session in which it was given. */
  readonly sid: string;
  /** False for offline access. */
  readonly ends_with_session: boolean;
  /** Seconds since 1970. When its code was redeemed. */
  readonly created_at: number;
  /** Seconds since 1970. No refresh after that. */
  readonly expires_at: number;
  /** Seconds since 1970. When it was revoked by itself; null when it was not. */
  readonly revoked_at: number | null;
  /** Seconds since 1970. The start of the span, some ten seconds wide, in which its refresh token was last rotated; null when never. */
  readonly last_refreshed_at: number | null;
  /** Whether it can still give tokens. False as well when its client, its person, its session or everything was taken away, when it has expired, or when it lay unused for longer than its client may let it. */
  readonly active: boolean;
}

export interface Guard {
  /** Of one process. */
  readonly guard_id: string;
  /** What it guards; its own doors are auth-service. */
  readonly service: string;
  /** allow: it admits whatever it does not know to be revoked, however old its knowledge is. */
  readonly on_stale: 'refuse' | 'allow';
  /** How long it may admit without the issuer hearing of it. */
  readonly lease_ms: number;
  /** Seconds since 1970. */
  readonly registered_at: number;
  /** Whether it was heard of within lease_ms; null while Redis is silent. */
  readonly lease_stands: boolean | null;
  /** The epoch of the stream that it reads; null while its lease says nothing. */
  readonly epoch: number | null;
  /** How far it has applied the stream; null while its lease says nothing. */
  readonly position: string | null;
  /** Age of its knowledge; null while nobody can say. */
  readonly age_ms: number | null;
  /** Whether it admits nothing for now; null while nobody can say. */
  readonly fenced: boolean | null;
  /** Revocations that it holds; null while its lease says nothing. */
  readonly entries: number | null;
}

export interface Key {
  /** Under which a token names it (RFC 7515 §4.1.4). */
  readonly kid: string;
  /** What it signs with (RFC 7518 §3.1); refresh: the MAC of refresh tokens, which no JWK Set shows. */
  readonly algorithm: 'ES256' | 'RS256' | 'PS256' | 'EdDSA' | 'HS256' | 'refresh';
  /** The API that shares the secret of an HS256 key; null for any other. */
  readonly audience: string | null;
  /** announced: in the JWK Set (save HS256 and refresh, which never are), and signs nothing yet. active: signs. retired: verifies what it has signed. dropped: verifies nothing. */
  readonly state: 'announced' | 'active' | 'retired' | 'dropped';
  /** Seconds since 1970: when it was made. */
  readonly announced_at: number;
  /** Seconds since 1970: before it, it does not sign. Null: until somebody says so. */
  readonly active_from: number | null;
  /** Seconds since 1970: since when it has signed; null before that. */
  readonly active_at: number | null;
  /** Seconds since 1970: since when it has not signed any more; null before that. */
  readonly retired_at: number | null;
  /** Seconds since 1970: since when it has not verified any more; null before that. */
  readonly dropped_at: number | null;
  /** Whether everything that it signed is refused everywhere, for ever. */
  readonly killed: boolean;
}

export interface KilledKey {
  /** Under which a token names it (RFC 7515 §4.1.4). */
  readonly kid: string;
  /** What it signs with (RFC 7518 §3.1); refresh: the MAC of refresh tokens, which no JWK Set shows. */
  readonly algorithm: 'ES256' | 'RS256' | 'PS256' | 'EdDSA' | 'HS256' | 'refresh';
  /** The API that shares the secret of an HS256 key; null for any other. */
  readonly audience: string | null;
  /** announced: in the JWK Set (save HS256 and refresh, which never are), and signs nothing yet. active: signs. retired: verifies what it has signed. dropped: verifies nothing. */
  readonly state: 'announced' | 'active' | 'retired' | 'dropped';
  /** Seconds since 1970: when it was made. */
  readonly announced_at: number;
  /** Seconds since 1970: before it, it does not sign. Null: until somebody says so. */
  readonly active_from: number | null;
  /** Seconds since 1970: since when it has signed; null before that. */
  readonly active_at: number | null;
  /** Seconds since 1970: since when it has not signed any more; null before that. */
  readonly retired_at: number | null;
  /** Seconds since 1970: since when it has not verified any more; null before that. */
  readonly dropped_at: number | null;
  /** Whether everything that it signed is refused everywhere, for ever. */
  readonly killed: boolean;
  /** What is refused from now on. */
  readonly revocation: {
    /** Of /admin/v1/revocations/{id}. */
    readonly id: string;
    /** As on /admin/v1/revocations. */
    readonly kind: 'key';
    /** As on /admin/v1/revocations. */
    readonly state: 'committed' | 'partial' | 'applied';
    readonly receipt?: Receipt;
  };
  /** Who has signed in its place since this request. Null: it did not sign, or was killed before, or it is the only secret of an API, which gets no tokens until it is given another. */
  readonly successor: Successor | null;
}

export interface ListedRevocation {
  /** Given by the server. */
  readonly id: string;
  /** token: a jti; grant: a grant_id; session: a sid; subject: the UUID of a person, or any sub that its grants carry; client: a client_id; issuer: everything, without a value; key: a kid. */
  readonly kind: 'token' | 'grant' | 'session' | 'subject' | 'client' | 'issuer' | 'key';
  /** null for issuer. */
  readonly value: string | null;
  /** Why; null when nobody said. */
  readonly reason: string | null;
  /** Seconds since 1970. */
  readonly created_at: number;
  /** Seconds since 1970, when nothing is left that it could match; null: never. */
  readonly expires_at: number | null;
  /** committed: it stands and is on its way, and nobody waited. partial: some guard may not have it yet, or Redis is down. applied: it is in force everywhere. */
  readonly state: 'committed' | 'partial' | 'applied';
}

export interface NewApi {
  /** The audience of its access tokens, compared letter by letter: an absolute URI without fragment. */
  readonly identifier: string;
  /** What people are shown. The identifier if absent. */
  readonly name?: string;
  /** In the order in which people read them. */
  readonly scopes?: readonly {
    /** Belongs to this API alone, and to no other. */
    readonly name: string;
    /** What people read when they are asked for it. */
    readonly description: string;
  }[];
  /** How long its access tokens are valid. ACCESS_TOKEN_LIFETIME_SECONDS of the server if absent. */
  readonly access_token_lifetime_seconds?: number;
  /** How its access tokens are signed (RFC 7518 §3.1). HS256: with a secret that it shares with the issuer and with no other API; such a token is for this API alone, and can be introspected by it alone. */
  readonly access_token_signing_alg?: 'ES256' | 'RS256' | 'PS256' | 'EdDSA' | 'HS256';
}

export interface NewClient {
  /** What people are shown. The client_id if absent. */
  readonly client_name?: string;
  /** Native clients may use private-use schemes. */
  readonly application_type?: 'web' | 'native';
  /** Where people are sent back to, compared letter by letter (RFC 9700 §2.1). */
  readonly redirect_uris?: readonly string[];
  /** At least one; none only for an API that does nothing but ask about tokens (resource_server). */
  readonly grant_types?: readonly ('authorization_code' | 'refresh_token' | 'client_credentials')[];
  /** Follows from grant_types: [code] with the code grant, else []. */
  readonly response_types?: readonly 'code'[];
  /** The scope that this client may ever be granted: names, separated by spaces. */
  readonly scope?: string;
  /** How it authenticates at /token and /revoke; none: a public client. */
  readonly token_endpoint_auth_method?: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | 'none';
  /** RFC 7636. False only for a confidential client. */
  readonly require_pkce?: boolean;
  /** How its ID tokens are signed; HS256: with its own secret. */
  readonly id_token_signed_response_alg?: 'RS256' | 'PS256' | 'ES256' | 'EdDSA' | 'HS256';
  /** pairwise: people have another sub at every host (OpenID Connect Core §8); its redirect URIs are of one host. */
  readonly subject_type?: 'public' | 'pairwise';
  /** Where people are sent after a log-out that it asked for, compared letter by letter. */
  readonly post_logout_redirect_uris?: readonly string[];
  /** Whether its logout tokens must name the session. */
  readonly backchannel_logout_session_required?: boolean;
  /** Whether each of its ID tokens holds auth_time. */
  readonly require_auth_time?: boolean;
  /** A picture for the consent page. */
  readonly logo_uri?: string;
  /** How the client treats personal data. */
  readonly policy_uri?: string;
  /** Its terms of service. */
  readonly tos_uri?: string;
  /** The identifier of the API that this client is, which may then ask about its tokens (RFC 7662). */
  readonly resource_server?: string;
  /** For private_key_jwt: how its assertions are signed. Absent: as its keys allow. */
  readonly token_endpoint_auth_signing_alg?: 'RS256' | 'PS256' | 'ES256' | 'EdDSA';
  /** For private_key_jwt: its public keys. Not together with jwks_uri. */
  readonly jwks?: {
    /** RSA of 2048 bits or more, P-256, Ed25519; each with a kid, if there are several. */
    readonly keys: readonly Readonly<Record<string, unknown>>[];
  };
  /** For private_key_jwt: where its public keys are read, by https and as OUTBOUND_ALLOW says. */
  readonly jwks_uri?: string;
  /** How userinfo is signed for it. Absent: plain JSON. */
  readonly userinfo_signed_response_alg?: 'RS256' | 'PS256' | 'ES256' | 'EdDSA' | 'HS256';
  /** How the answer of introspection is signed when it asks for a JWT (RFC 9701). Absent: RS256. */
  readonly introspection_signed_response_alg?: 'RS256' | 'PS256' | 'ES256' | 'EdDSA';
  /** Where logout tokens are sent (OpenID Connect Back-Channel Logout §2.2). */
  readonly backchannel_logout_uri?: string;
  /** Seconds. After how long people log in again, where a request names no max_age. */
  readonly default_max_age?: number;
  /** How long it may refresh what it was granted, if the server is not set to less. Absent: as the server is set. Shortened, it binds what is granted already. */
  readonly refresh_token_lifetime_seconds?: number;
  /** How long a refresh token may lie unused, by what stands here when it is used. Absent: as long as it may be refreshed. */
  readonly refresh_token_idle_seconds?: number;
}

export interface NewPassword {
  /** What is typed at log-in: its length is the only rule, 1 to 1024 bytes of UTF-8 after NFC. It is hashed (argon2id) and shown nowhere. */
  readonly password: string;
}

export interface NewRevocation {
  /** token: a jti; grant: a grant_id; session: a sid; subject: the UUID of a person, or any sub that its grants carry; client: a client_id; issuer: everything, without a value */
  readonly kind: 'token' | 'grant' | 'session' | 'subject' | 'client' | 'issuer';
  /** What is revoked. None for issuer. */
  readonly value?: string;
  /** Why, for whoever reads it later. */
  readonly reason?: string;
}

export interface NewUser {
  /** What is typed at log-in, of which upper and lower case, and forms of one letter (NFKC), are the same. Nobody else has it; a deleted person has it no more. */
  readonly username: string;
  /** What is typed at log-in: its length is the only rule, 1 to 1024 bytes of UTF-8 after NFC. It is hashed (argon2id) and shown nowhere. */
  readonly password: string;
  /** The whole name, as it is displayed. */
  readonly name?: string;
  /** Given names or first names. */
  readonly given_name?: string;
  /** Surnames or last names. */
  readonly family_name?: string;
  /** Middle names. */
  readonly middle_name?: string;
  /** A casual name. */
  readonly nickname?: string;
  /** How the person wants to be called. It is no key: neither unique nor what is typed at log-in. */
  readonly preferred_username?: string;
  /** Of a page about the person. */
  readonly profile?: string;
  /** Of an image of the person. */
  readonly picture?: string;
  /** Of a page of the person. */
  readonly website?: string;
  /** The preferred address (RFC 5322 addr-spec). Not unique. */
  readonly email?: string;
  /** You say that the person has shown to hold this email. Falls when email changes. */
  readonly email_verified?: boolean;
  /** female, male, or another word. */
  readonly gender?: string;
  /** YYYY-MM-DD, 0000-MM-DD without the year, or YYYY. */
  readonly birthdate?: string;
  /** A time zone of the IANA database: Europe/Paris. */
  readonly zoneinfo?: string;
  /** A language tag (BCP 47): fr-CA. */
  readonly locale?: string;
  /** E.164, with blanks and brackets as people write them; an extension as in RFC 3966: +1 (604) 555-1234;ext=5678. */
  readonly phone_number?: string;
  /** You say that the person has shown to hold this number. Falls when phone_number changes. */
  readonly phone_number_verified?: boolean;
  readonly address?: Address;
}

/** Problem details (RFC 9457). */
export interface Problem {
  /** about:blank: the status says which kind of problem it is. */
  readonly type: string;
  /** The phrase of the status. */
  readonly title: string;
  /** The status of the answer. */
  readonly status: number;
  /** For whoever reads it. */
  readonly detail: string;
  /** Every fault of the request, at once. */
  readonly errors?: readonly Fault[];
}

/** Which guards have applied it by now. */
export interface Receipt {
  /** applied: it is in force at every guard that could still admit. */
  readonly state: 'applied' | 'partial';
  /** Guards on the register. */
  readonly live: number;
  /** How many of them are applied or fenced. */
  readonly confirmed: number;
  /** The longest after_ms. */
  readonly slowest_ms: number | null;
  /** Each of them. */
  readonly guards: readonly {
    /** As on /admin/v1/guards. */
    readonly guard_id: string;
    /** What it guards. */
    readonly service: string;
    /** fenced: its lease is over, so it can admit nothing. silent: nobody can say. */
    readonly state: 'applied' | 'fenced' | 'silent';
    /** From the commit until this was seen; null where nobody waited. */
    readonly after_ms: number | null;
  }[];
}

export interface RemovedSecret {
  /** Under which a token names it (RFC 7515 §4.1.4). */
  readonly kid: string;
  /** What it signs with (RFC 7518 §3.1); refresh: the MAC of refresh tokens, which no JWK Set shows. */
  readonly algorithm: 'ES256' | 'RS256' | 'PS256' | 'EdDSA' | 'HS256' | 'refresh';
  /** The API that shares the secret of an HS256 key; null for any other. */
  readonly audience: string | null;
  /** announced: in the JWK Set (save HS256 and refresh, which never are), and signs nothing yet. active: signs. retired: verifies what it has signed. dropped: verifies nothing. */
  readonly state: 'announced' | 'active' | 'retired' | 'dropped';
  /** Seconds since 1970: when it was made. */
  readonly announced_at: number;
  /** Seconds since 1970: before it, it does not sign. Null: until somebody says so. */
  readonly active_from: number | null;
  /** Seconds since 1970: since when it has signed; null before that. */
  readonly active_at: number | null;
  /** Seconds since 1970: since when it has not signed any more; null before that. */
  readonly retired_at: number | null;
  /** Seconds since 1970: since when it has not verified any more; null before that. */
  readonly dropped_at: number | null;
  /** Whether everything that it signed is refused everywhere, for ever. */
  readonly killed: boolean;
  /** The kid of the secret that signs from now on; null if another one signs as before. */
  readonly successor: string | null;
}

export interface ReplacedClient {
  /** What people are shown. The client_id if absent. */
  readonly client_name?: string;
  /** Native clients may use private-use schemes. */
  readonly application_type?: 'web' | 'native';
  /** Where people are sent back to, compared letter by letter (RFC 9700 §2.1). */
  readonly redirect_uris?: readonly string[];
  /** At least one; none only for an API that does nothing but ask about tokens (resource_server). */
  readonly grant_types?: readonly ('authorization_code' | 'refresh_token' | 'client_credentials')[];
  /** Follows from grant_types: [code] with the code grant, else []. */
  readonly response_types?: readonly 'code'[];
  /** The scope that this client may ever be granted: names, separated by spaces. */
  readonly scope?: string;
  /** How it authenticates at /token and /revoke; none: a public client. */
  readonly token_endpoint_auth_method?: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | 'none';
  /** RFC 7636. False only for a confidential client. */
  readonly require_pkce?: boolean;
  /** How its ID tokens are signed; HS256: with its own secret. */
  readonly id_token_signed_response_alg?: 'RS256' | 'PS256' | 'ES256' | 'EdDSA' | 'HS256';
  /** pairwise: people have another sub at every host (OpenID Connect Core §8); its redirect URIs are of one host. */
  readonly subject_type?: 'public' | 'pairwise';
  /** Where people are sent after a log-out that it asked for, compared letter by letter. */
  readonly post_logout_redirect_uris?: readonly string[];
  /** Whether its logout tokens must name the session. */
  readonly backchannel_logout_session_required?: boolean;
  /** Whether each of its ID tokens holds auth_time. */
  readonly require_auth_time?: boolean;
  /** A picture for the consent page. */
  readonly logo_uri?: string;
  /** How the client treats personal data. */
  readonly policy_uri?: string;
  /** Its terms of service. */
  readonly tos_uri?: string;
  /** The identifier of the API that this client is, which may then ask about its tokens (RFC 7662). */
  readonly resource_server?: string;
  /** For private_key_jwt: how its assertions are signed. Absent: as its keys allow. */
  readonly token_endpoint_auth_signing_alg?: 'RS256' | 'PS256' | 'ES256' | 'EdDSA';
  /** For private_key_jwt: its public keys. Not together with jwks_uri. */
  readonly jwks?: {
    /** RSA of 2048 bits or more, P-256, Ed25519; each with a kid, if there are several. */
    readonly keys: readonly Readonly<Record<string, unknown>>[];
  };
  /** For private_key_jwt: where its public keys are read, by https and as OUTBOUND_ALLOW says. */
  readonly jwks_uri?: string;
  /** How userinfo is signed for it. Absent: plain JSON. */
  readonly userinfo_signed_response_alg?: 'RS256' | 'PS256' | 'ES256' | 'EdDSA' | 'HS256';
  /** How the answer of introspection is signed when it asks for a JWT (RFC 9701). Absent: RS256. */
  readonly introspection_signed_response_alg?: 'RS256' | 'PS256' | 'ES256' | 'EdDSA';
  /** Where logout tokens are sent (OpenID Connect Back-Channel Logout §2.2). */
  readonly backchannel_logout_uri?: string;
  /** Seconds. After how long people log in again, where a request names no max_age. */
  readonly default_max_age?: number;
  /** How long it may refresh what it was granted, if the server is not set to less. Absent: as the server is set. Shortened, it binds what is granted already. */
  readonly refresh_token_lifetime_seconds?: number;
  /** How long a refresh token may lie unused, by what stands here when it is used. Absent: as long as it may be refreshed. */
  readonly refresh_token_idle_seconds?: number;
}

export interface Revocation {
  /** Given by the server. */
  readonly id: string;
  /** token: a jti; grant: a grant_id; session: a sid; subject: the UUID of a person, or any sub that its grants carry; client: a client_id; issuer: everything, without a value; key: a kid. */
  readonly kind: 'token' | 'grant' | 'session' | 'subject' | 'client' | 'issuer' | 'key';
  /** null for issuer. */
  readonly value: string | null;
  /** Why; null when nobody said. */
  readonly reason: string | null;
  /** Seconds since 1970. */
  readonly created_at: number;
  /** Seconds since 1970, when nothing is left that it could match; null: never. */
  readonly expires_at: number | null;
  /** committed: it stands and is on its way, and nobody waited. partial: some guard may not have it yet, or Redis is down. applied: it is in force everywhere. */
  readonly state: 'committed' | 'partial' | 'applied';
  readonly receipt?: Receipt;
}

/** What is refused from now on. */
export interface RevocationOutcome {
  /** To be found at /admin/v1/revocations/{id}. */
  readonly id: string;
  /** As on /admin/v1/revocations. */
  readonly kind: 'token' | 'grant' | 'session' | 'subject' | 'client' | 'issuer' | 'key';
  /** committed: it stands, and nobody waited. partial: waited in vain for some. applied: everywhere. */
  readonly state: 'committed' | 'partial' | 'applied';
  readonly receipt?: Receipt;
}

export interface RevokedGrant {
  /** The grant_id of its access tokens. */
  readonly grant_id: string;
  /** To whom. */
  readonly client_id: string;
  /** The UUID of the person, also where tokens say another sub. */
  readonly sub: string;
  /** What was granted, separated by spaces (RFC 6749 §3.3). */
  readonly scope: string;
  /** The API that it was limited to (RFC 8707). */
  readonly resource?: string;
  /** Seconds since 1970. When the person logged in. */
  readonly auth_time: number;
  /** How (RFC 8176). */
  readonly amr: readonly string[];
  /** The login session in which it was given. */
  readonly sid: string;
  /** False for offline access. */
  readonly ends_with_session: boolean;
  /** Seconds since 1970. When its code was redeemed. */
  readonly created_at: number;
  /** Seconds since 1970. No refresh after that. */
  readonly expires_at: number;
  /** Seconds since 1970. When it was revoked by itself; null when it was not. */
  readonly revoked_at: number | null;
  /** Seconds since 1970. The start of the span, some ten seconds wide, in which its refresh token was last rotated; null when never. */
  readonly last_refreshed_at: number | null;
  /** Whether it can still give tokens. False as well when its client, its person, its session or everything was taken away, when it has expired, or when it lay unused for longer than its client may let it. */
  readonly active: boolean;
  /** What was taken away by this, in the same transaction; null when there was nothing. */
  readonly revocation: RevocationOutcome | null;
}

export interface Rotation {
  /** Of each algorithm the key that signs next, at its active_from: guards have fetched it by then. */
  readonly successors: readonly Key[];
}

export interface Session {
  /** The sid of the tokens that end with it. */
  readonly sid: string;
  /** Who is logged in. */
  readonly sub: string;
  /** Seconds since 1970: when the person logged in, and it began. */
  readonly auth_time: number;
  /** How (RFC 8176). */
  readonly amr: readonly string[];
  /** Seconds since 1970. */
  readonly expires_at: number;
  /** Seconds since 1970: by a log-out, by an operator, or by another person in the same browser. */
  readonly ended_at: number | null;
  /** The sid of the session that took its place when the person logged in again in the same browser. Its grants go on, and both end together. */
  readonly replaced_by: string | null;
  /** Whether its cookie still logs the person in. False as well when the person, or everything, was taken away. */
  readonly active: boolean;
}

export interface Successor {
  /** Of the successor. */
  readonly kid: string;
  /** How long it had stood in the JWK Set when it began to sign. */
  readonly announced_for_seconds: number;
  /** False: it signs earlier than it should, and a verifier that fetches keys seldom may not know it. */
  readonly announced_whole_span: boolean;
}

export interface TokenExplanation {
  /** What a guard of its audience says that knows everything that was revoked. */
  readonly verdict: 'admitted' | 'refused';
  /** What it is, by its form. Only an access token is admitted. */
  readonly token_type: 'access_token' | 'id_token' | 'refresh_token' | 'unknown';
  /** Every rule, always in the same order. */
  readonly rules: readonly TokenRule[];
  /** What it says, if it has the claims of an access token. Believe it only if signature has passed. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

export interface TokenRule {
  /** What was looked at. */
  readonly rule:
    | 'form'
    | 'typ'
    | 'kid'
    | 'alg'
    | 'signature'
    | 'claims'
    | 'iss'
    | 'aud'
    | 'exp'
    | 'iat'
    | 'nbf'
    | 'lifetime'
    | 'revocation_token'
    | 'revocation_grant'
    | 'revocation_session'
    | 'revocation_subject'
    | 'revocation_client'
    | 'revocation_issuer'
    | 'revocation_key'
    | 'generations'
    | 'client'
    | 'person'
    | 'cnf'
    | 'staleness';
  /** not_judged: no guard judges by it, or another rule failed on which it depends. */
  readonly outcome: 'passed' | 'failed' | 'not_judged';
  /** Why, in words. */
  readonly detail: string;
  /** By which entry it is refused. */
  readonly revocation?: {
    /** To be found at /admin/v1/revocations/{id}. */
    readonly id: string;
    /** As on /admin/v1/revocations. */
    readonly kind: 'token' | 'grant' | 'session' | 'subject' | 'client' | 'issuer' | 'key';
    /** Why it was written: the act that took it away. */
    readonly cause: string;
    /** Seconds since 1970. */
    readonly created_at: number;
  };
}

export interface TokenToExplain {
  /** Any string. It is judged, and neither kept nor logged. */
  readonly token: string;
}

export interface User {
  /** Names the person for ever: a UUID, chosen here. */
  readonly sub: string;
  /** What is typed at log-in, of which upper and lower case, and forms of one letter (NFKC), are the same. Nobody else has it; a deleted person has it no more. */
  readonly username: string;
  /** Whoever is not can neither log in nor be spoken for by any token. */
  readonly enabled: boolean;
  /** When the person was created, in seconds since 1970. */
  readonly created_at: number;
  /** When username or a claim was last changed: the claim of that name (OpenID Connect Core §5.1), in seconds since 1970. */
  readonly updated_at: number;
  /** The whole name, as it is displayed. */
  readonly name?: string;
  /** Given names or first names. */
  readonly given_name?: string;
  /** Surnames or last names. */
  readonly family_name?: string;
  /** Middle names. */
  readonly middle_name?: string;
  /** A casual name. */
  readonly nickname?: string;
  /** How the person wants to be called. It is no key: neither unique nor what is typed at log-in. */
  readonly preferred_username?: string;
  /** Of a page about the person. */
  readonly profile?: string;
  /** Of an image of the person. */
  readonly picture?: string;
  /** Of a page of the person. */
  readonly website?: string;
  /** The preferred address (RFC 5322 addr-spec). Not unique. */
  readonly email?: string;
  /** You say that the person has shown to hold this email. Falls when email changes. */
  readonly email_verified?: boolean;
  /** female, male, or another word. */
  readonly gender?: string;
  /** YYYY-MM-DD, 0000-MM-DD without the year, or YYYY. */
  readonly birthdate?: string;
  /** A time zone of the IANA database: Europe/Paris. */
  readonly zoneinfo?: string;
  /** A language tag (BCP 47): fr-CA. */
  readonly locale?: string;
  /** E.164, with blanks and brackets as people write them; an extension as in RFC 3966: +1 (604) 555-1234;ext=5678. */
  readonly phone_number?: string;
  /** You say that the person has shown to hold this number. Falls when phone_number changes. */
  readonly phone_number_verified?: boolean;
  readonly address?: Address;
}

export interface UserAndRevocation {
  /** Names the person for ever: a UUID, chosen here. */
  readonly sub: string;
  /** What is typed at log-in, of which upper and lower case, and forms of one letter (NFKC), are the same. Nobody else has it; a deleted person has it no more. */
  readonly username: string;
  /** Whoever is not can neither log in nor be spoken for by any token. */
  readonly enabled: boolean;
  /** When the person was created, in seconds since 1970. */
  readonly created_at: number;
  /** When username or a claim was last changed: the claim of that name (OpenID Connect Core §5.1), in seconds since 1970. */
  readonly updated_at: number;
  /** The whole name, as it is displayed. */
  readonly name?: string;
  /** Given names or first names. */
  readonly given_name?: string;
  /** Surnames or last names. */
  readonly family_name?: string;
  /** Middle names. */
  readonly middle_name?: string;
  /** A casual name. */
  readonly nickname?: string;
  /** How the person wants to be called. It is no key: neither unique nor what is typed at log-in. */
  readonly preferred_username?: string;
  /** Of a page about the person. */
  readonly profile?: string;
  /** Of an image of the person. */
  readonly picture?: string;
  /** Of a page of the person. */
  readonly website?: string;
  /** The preferred address (RFC 5322 addr-spec). Not unique. */
  readonly email?: string;
  /** You say that the person has shown to hold this email. Falls when email changes. */
  readonly email_verified?: boolean;
  /** female, male, or another word. */
  readonly gender?: string;
  /** YYYY-MM-DD, 0000-MM-DD without the year, or YYYY. */
  readonly birthdate?: string;
  /** A time zone of the IANA database: Europe/Paris. */
  readonly zoneinfo?: string;
  /** A language tag (BCP 47): fr-CA. */
  readonly locale?: string;
  /** E.164, with blanks and brackets as people write them; an extension as in RFC 3966: +1 (604) 555-1234;ext=5678. */
  readonly phone_number?: string;
  /** You say that the person has shown to hold this number. Falls when phone_number changes. */
  readonly phone_number_verified?: boolean;
  readonly address?: Address;
  /** What was taken away by this, in the same transaction; null when there was nothing. */
  readonly revocation: RevocationOutcome | null;
}

export interface UserPatch {
  /** What is typed at log-in, of which upper and lower case, and forms of one letter (NFKC), are the same. Nobody else has it; a deleted person has it no more. */
  readonly username?: string | null;
  /** The whole name, as it is displayed. */
  readonly name?: string | null;
  /** Given names or first names. */
  readonly given_name?: string | null;
  /** Surnames or last names. */
  readonly family_name?: string | null;
  /** Middle names. */
  readonly middle_name?: string | null;
  /** A casual name. */
  readonly nickname?: string | null;
  /** How the person wants to be called. It is no key: neither unique nor what is typed at log-in. */
  readonly preferred_username?: string | null;
  /** Of a page about the person. */
  readonly profile?: string | null;
  /** Of an image of the person. */
  readonly picture?: string | null;
  /** Of a page of the person. */
  readonly website?: string | null;
  /** The preferred address (RFC 5322 addr-spec). Not unique. */
  readonly email?: string | null;
  /** You say that the person has shown to hold this email. Falls when email changes. */
  readonly email_verified?: boolean | null;
  /** female, male, or another word. */
  readonly gender?: string | null;
  /** YYYY-MM-DD, 0000-MM-DD without the year, or YYYY. */
  readonly birthdate?: string | null;
  /** A time zone of the IANA database: Europe/Paris. */
  readonly zoneinfo?: string | null;
  /** A language tag (BCP 47): fr-CA. */
  readonly locale?: string | null;
  /** E.164, with blanks and brackets as people write them; an extension as in RFC 3966: +1 (604) 555-1234;ext=5678. */
  readonly phone_number?: string | null;
  /** You say that the person has shown to hold this number. Falls when phone_number changes. */
  readonly phone_number_verified?: boolean | null;
  /** OpenID Connect Core §5.1.1. */
  readonly address?: {
    /** The whole, as it is written on a letter. */
    readonly formatted?: string | null;
    /** House, street, box. */
    readonly street_address?: string | null;
    /** City. */
    readonly locality?: string | null;
    /** State, province, prefecture. */
    readonly region?: string | null;
    /** Zip or postal code. */
    readonly postal_code?: string | null;
    /** Country. */
    readonly country?: string | null;
  } | null;
}

export interface CreateClientInput extends RequestOptions {
  readonly body: NewClient;
  /** One effect, however often it is sent: the same key and body give the same answer. */
  readonly idempotencyKey?: string;
}

export interface ListClientsInput extends RequestOptions {
  /** How many at most, from 1 to 200; 50 if absent. */
  readonly limit?: number;
  /** What the page before gave as next. */
  readonly after?: string;
}

export interface GetClientInput extends RequestOptions {
  /** Of the client. */
  readonly client_id: string;
}

export interface ReplaceClientInput extends RequestOptions {
  /** Of the client. */
  readonly client_id: string;
  readonly body: ReplacedClient;
  /** In seconds: to be answered when every guard has applied it, or after so long. */
  readonly waitSeconds?: number;
  /** The ETag that was read: nothing is changed if it is another by now. */
  readonly ifMatch?: string;
}

export interface PatchClientInput extends RequestOptions {
  /** Of the client. */
  readonly client_id: string;
  readonly body: ClientPatch;
  /** In seconds: to be answered when every guard has applied it, or after so long. */
  readonly waitSeconds?: number;
  /** The ETag that was read: nothing is changed if it is another by now. */
  readonly ifMatch?: string;
}

export interface DeleteClientInput extends RequestOptions {
  /** Of the client. */
  readonly client_id: string;
  /** In seconds: to be answered when every guard has applied it, or after so long. */
  readonly waitSeconds?: number;
  /** The ETag that was read: nothing is changed if it is another by now. */
  readonly ifMatch?: string;
}

export interface DisableClientInput extends RequestOptions {
  /** Of the client. */
  readonly client_id: string;
  /** In seconds: to be answered when every guard has applied it, or after so long. */
  readonly waitSeconds?: number;
  /** The ETag that was read: nothing is changed if it is another by now. */
  readonly ifMatch?: string;
}

export interface EnableClientInput extends RequestOptions {
  /** Of the client. */
  readonly client_id: string;
  /** In seconds: to be answered when every guard has applied it, or after so long. */
  readonly waitSeconds?: number;
  /** The ETag that was read: nothing is changed if it is another by now. */
  readonly ifMatch?: string;
}

export interface CreateClientSecretInput extends RequestOptions {
  /** Of the client. */
  readonly client_id: string;
  /** One effect, however often it is sent: the same key and body give the same answer. */
  readonly idempotencyKey?: string;
}

export interface ListClientSecretsInput extends RequestOptions {
  /** Of the client. */
  readonly client_id: string;
  /** How many at most, from 1 to 200; 50 if absent. */
  readonly limit?: number;
  /** What the page before gave as next. */
  readonly after?: string;
}

export interface DeleteClientSecretInput extends RequestOptions {
  /** Of the client. */
  readonly client_id: string;
  /** Of the secret. */
  readonly secret_id: string;
  /** In seconds: to be answered when every guard has applied it, or after so long. */
  readonly waitSeconds?: number;
  /** The ETag that was read: nothing is changed if it is another by now. */
  readonly ifMatch?: string;
}

export interface CreateApiInput extends RequestOptions {
  readonly body: NewApi;
  /** One effect, however often it is sent: the same key and body give the same answer. */
  readonly idempotencyKey?: string;
}

export interface ListApisInput extends RequestOptions {
  /** How many at most, from 1 to 200; 50 if absent. */
  readonly limit?: number;
  /** What the page before gave as next. */
  readonly after?: string;
}

export interface GetApiInput extends RequestOptions {
  /** The identifier in base64url (RFC 4648 §5), without padding: a URI is no segment of a path, since proxies and libraries decode %2F on the way. */
  readonly id: string;
}

export interface ChangeApiInput extends RequestOptions {
  /** The identifier in base64url (RFC 4648 §5), without padding: a URI is no segment of a path, since proxies and libraries decode %2F on the way. */
  readonly id: string;
  readonly body: ApiPatch;
  /** In seconds: to be answered when every guard has applied it, or after so long. */
  readonly waitSeconds?: number;
  /** The ETag that was read: nothing is changed if it is another by now. */
  readonly ifMatch?: string;
}

export interface DeleteApiInput extends RequestOptions {
  /** The identifier in base64url (RFC 4648 §5), without padding: a URI is no segment of a path, since proxies and libraries decode %2F on the way. */
  readonly id: string;
  /** In seconds: to be answered when every guard has applied it, or after so long. */
  readonly waitSeconds?: number;
  /** The ETag that was read: nothing is changed if it is another by now. */
  readonly ifMatch?: string;
}

export interface CreateSecretInput extends RequestOptions {
  /** The identifier in base64url (RFC 4648 §5), without padding: a URI is no segment of a path, since proxies and libraries decode %2F on the way. */
  readonly id: string;
  /** One effect, however often it is sent: the same key and body give the same answer. */
  readonly idempotencyKey?: string;
}

export interface ListSecretsInput extends RequestOptions {
  /** The identifier in base64url (RFC 4648 §5), without padding: a URI is no segment of a path, since proxies and libraries decode %2F on the way. */
  readonly id: string;
  /** How many at most, from 1 to 200; 50 if absent. */
  readonly limit?: number;
  /** What the page before gave as next. */
  readonly after?: string;
}

export interface GetSecretInput extends RequestOptions {
  /** The identifier in base64url (RFC 4648 §5), without padding: a URI is no segment of a path, since proxies and libraries decode %2F on the way. */
  readonly id: string;
  /** Of the key. */
  readonly kid: string;
}

export interface DeleteSecretInput extends RequestOptions {
  /** The identifier in base64url (RFC 4648 §5), without padding: a URI is no segment of a path, since proxies and libraries decode %2F on the way. */
  readonly id: string;
  /** Of the key. */
  readonly kid: string;
  /** The ETag that was read: nothing is changed if it is another by now. */
  readonly ifMatch?: string;
}

export interface ListGrantsInput extends RequestOptions {
  /** How many at most, from 1 to 200; 50 if absent. */
  readonly limit?: number;
  /** What the page before gave as next. */
  readonly after?: string;
  /** Of this person alone. */
  readonly sub?: string;
  /** To this client alone. */
  readonly client_id?: string;
}

export interface GetGrantInput extends RequestOptions {
  /** Of the grant. */
  readonly grant_id: string;
}

export interface DeleteGrantInput extends RequestOptions {
  /** Of the grant. */
  readonly grant_id: string;
  /** In seconds: to be answered when every guard has applied it, or after so long. */
  readonly waitSeconds?: number;
  /** The ETag that was read: nothing is changed if it is another by now. */
  readonly ifMatch?: string;
}

export interface ListSessionsInput extends RequestOptions {
  /** How many at most, from 1 to 200; 50 if absent. */
  readonly limit?: number;
  /** What the page before gave as next. */
  readonly after?: string;
  /** Of this person alone. */
  readonly sub?: string;
}

export interface GetSessionInput extends RequestOptions {
  /** Of the session. */
  readonly sid: string;
}

export interface DeleteSessionInput extends RequestOptions {
  /** Of the session. */
  readonly sid: string;
  /** In seconds: to be answered when every guard has applied it, or after so long. */
  readonly waitSeconds?: number;
  /** The ETag that was read: nothing is changed if it is another by now. */
  readonly ifMatch?: string;
}

export interface CreateRevocationInput extends RequestOptions {
  readonly body: NewRevocation;
  /** In seconds: to be answered when every guard has applied it, or after so long. */
  readonly waitSeconds?: number;
  /** One effect, however often it is sent: the same key and body give the same answer. */
  readonly idempotencyKey?: string;
}

export interface ListRevocationsInput extends RequestOptions {
  /** How many at most, from 1 to 200; 50 if absent. */
  readonly limit?: number;
  /** What the page before gave as next. */
  readonly after?: string;
}

export interface GetRevocationInput extends RequestOptions {
  /** Of the revocation. */
  readonly id: string;
}

export interface ListGuardsInput extends RequestOptions {
  /** How many at most, from 1 to 200; 50 if absent. */
  readonly limit?: number;
  /** What the page before gave as next. */
  readonly after?: string;
}

export interface GetGuardInput extends RequestOptions {
  /** Of the guard. */
  readonly guard_id: string;
}

export interface RemoveGuardInput extends RequestOptions {
  /** Of the guard. */
  readonly guard_id: string;
  /** The ETag that was read: nothing is changed if it is another by now. */
  readonly ifMatch?: string;
}

export interface CreateUserInput extends RequestOptions {
  readonly body: NewUser;
  /** One effect, however often it is sent: the same key and body give the same answer. */
  readonly idempotencyKey?: string;
}

export interface ListUsersInput extends RequestOptions {
  /** How the username begins, compared as at log-in. The list is then in the order of usernames. */
  readonly prefix?: string;
  /** How many at most, from 1 to 200; 50 if absent. */
  readonly limit?: number;
  /** What the page before gave as next. */
  readonly after?: string;
}

export interface GetUserInput extends RequestOptions {
  /** Names the person for ever: a UUID, chosen here. */
  readonly sub: string;
}

export interface PatchUserInput extends RequestOptions {
  /** Names the person for ever: a UUID, chosen here. */
  readonly sub: string;
  readonly body: UserPatch;
  /** The ETag that was read: nothing is changed if it is another by now. */
  readonly ifMatch?: string;
}

export interface DeleteUserInput extends RequestOptions {
  /** Names the person for ever: a UUID, chosen here. */
  readonly sub: string;
  /** In seconds: to be answered when every guard has applied it, or after so long. */
  readonly waitSeconds?: number;
  /** The ETag that was read: nothing is changed if it is another by now. */
  readonly ifMatch?: string;
}

export interface DisableUserInput extends RequestOptions {
  /** Names the person for ever: a UUID, chosen here. */
  readonly sub: string;
  /** In seconds: to be answered when every guard has applied it, or after so long. */
  readonly waitSeconds?: number;
  /** The ETag that was read: nothing is changed if it is another by now. */
  readonly ifMatch?: string;
}

export interface EnableUserInput extends RequestOptions {
  /** Names the person for ever: a UUID, chosen here. */
  readonly sub: string;
  /** The ETag that was read: nothing is changed if it is another by now. */
  readonly ifMatch?: string;
}

export interface PutPasswordInput extends RequestOptions {
  /** Names the person for ever: a UUID, chosen here. */
  readonly sub: string;
  readonly body: NewPassword;
  /** In seconds: to be answered when every guard has applied it, or after so long. */
  readonly waitSeconds?: number;
  /** The ETag that was read: nothing is changed if it is another by now. */
  readonly ifMatch?: string;
}

export interface ListConsentsInput extends RequestOptions {
  /** The person who allowed it. */
  readonly sub: string;
  /** How many at most, from 1 to 200; 50 if absent. */
  readonly limit?: number;
  /** What the page before gave as next. */
  readonly after?: string;
}

export interface GetConsentInput extends RequestOptions {
  /** The person who allowed it. */
  readonly sub: string;
  /** The client that was allowed it. */
  readonly client_id: string;
}

export interface WithdrawConsentInput extends RequestOptions {
  /** The person who allowed it. */
  readonly sub: string;
  /** The client that was allowed it. */
  readonly client_id: string;
  /** In seconds: to be answered when every guard has applied it, or after so long. */
  readonly waitSeconds?: number;
  /** The ETag that was read: nothing is changed if it is another by now. */
  readonly ifMatch?: string;
}

export interface ListKeysInput extends RequestOptions {
  /** How many at most, from 1 to 200; 50 if absent. */
  readonly limit?: number;
  /** What the page before gave as next. */
  readonly after?: string;
}

export interface GetKeyInput extends RequestOptions {
  /** Of the key. */
  readonly kid: string;
}

export interface KillKeyInput extends RequestOptions {
  /** Of the key. */
  readonly kid: string;
  /** In seconds: to be answered when every guard has applied it, or after so long. */
  readonly waitSeconds?: number;
  /** The ETag that was read: nothing is changed if it is another by now. */
  readonly ifMatch?: string;
}

export type RotateKeysInput = RequestOptions;

export interface ExplainTokenInput extends RequestOptions {
  readonly body: TokenToExplain;
}

export interface ListAuditEventsInput extends RequestOptions {
  /** How many at most, from 1 to 200; 50 if absent. */
  readonly limit?: number;
  /** What the page before gave as next. */
  readonly after?: string;
  /** From this second on, since 1970. */
  readonly since?: number;
  /** Before this second, since 1970. */
  readonly until?: number;
  /** Who did it: a client_id, a sub, or system. */
  readonly actor?: string;
  /** What was done, as client.created. */
  readonly kind?: string;
  /** What it was done to. */
  readonly target?: string;
}

export interface VerifyAuditEventsInput extends RequestOptions {
  /** A head that the log has told: it must be in the chain. */
  readonly head?: string;
  /** Only what comes after this seal, for whoever has verified up to it. */
  readonly after_seal?: number;
}

export interface GetAuditEventInput extends RequestOptions {
  /** Of the event. */
  readonly id: string;
}

export class AdminClient {
  readonly #sender: Sender;
  constructor(options: AdminClientOptions) {
    this.#sender = new Sender(options);
  }
  /** Register a client. Needs the scope `clients:write`. The answer holds the client_secret, and nothing else ever does. Admin scopes only as far as you hold them. */
  readonly createClient = (input: CreateClientInput): Promise<Answered<CreatedClient>> => {
    const route: Route<CreatedClient> = {
      method: 'POST',
      path: '/admin/v1/clients',
      query: [],
      bodyType: 'application/json',
    };
    return this.#sender.send(route, input);
  };

  /** List the clients, oldest first. Needs the scope `clients:read`. */
  readonly listClients = (
    input: ListClientsInput = {},
  ): Promise<
    Answered<{
      /** In the order of the list. */
      readonly items: readonly Client[];
      /** To be sent as after; null on the last page. */
      readonly next: string | null;
    }>
  > => {
    const route: Route<{
      /** In the order of the list. */
      readonly items: readonly Client[];
      /** To be sent as after; null on the last page. */
      readonly next: string | null;
    }> = { method: 'GET', path: '/admin/v1/clients', query: ['limit', 'after'] };
    return this.#sender.send(route, input);
  };

  /** See one client. Needs the scope `clients:read`. */
  readonly getClient = (input: GetClientInput): Promise<Answered<Client>> => {
    const route: Route<Client> = { method: 'GET', path: '/admin/v1/clients/{client_id}', query: [] };
    return this.#sender.send(route, input);
  };

  /** Replace what is registered of a client. Needs the scope `clients:write`. A member that is left out gets its default, as when a client is registered. What takes something away (a scope, a grant type, the authentication method, the sub of its people) ends every token and every grant of this client in the same transaction: revocation says so, and is null when nothing was taken. A redirect URI that is taken out ends no token; a code that was sent to it is not redeemed. A public client has no secret: the ones there were are gone, and one that becomes confidential is given its first at /secrets. */
  readonly replaceClient = (input: ReplaceClientInput): Promise<Answered<ChangedClient>> => {
    const route: Route<ChangedClient> = {
      method: 'PUT',
      path: '/admin/v1/clients/{client_id}',
      query: [],
      bodyType: 'application/json',
    };
    return this.#sender.send(route, input);
  };

  /** Change some of what is registered of a client. Needs the scope `clients:write`. A JSON Merge Patch (RFC 7396): null takes a member out, and it gets its default. What takes something away (a scope, a grant type, the authentication method, the sub of its people) ends every token and every grant of this client in the same transaction: revocation says so, and is null when nothing was taken. A redirect URI that is taken out ends no token; a code that was sent to it is not redeemed. A public client has no secret: the ones there were are gone, and one that becomes confidential is given its first at /secrets. */
  readonly patchClient = (input: PatchClientInput): Promise<Answered<ChangedClient>> => {
    const route: Route<ChangedClient> = {
      method: 'PATCH',
      path: '/admin/v1/clients/{client_id}',
      query: [],
      bodyType: 'application/merge-patch+json',
    };
    return this.#sender.send(route, input);
  };

  /** Delete a client. Needs the scope `clients:write`. Every token and every grant of it ends in the same transaction. From then on it is not there, for anybody; its client_id is never given again. */
  readonly deleteClient = (input: DeleteClientInput): Promise<Answered<ChangedClient>> => {
    const route: Route<ChangedClient> = { method: 'DELETE', path: '/admin/v1/clients/{client_id}', query: [] };
    return this.#sender.send(route, input);
  };

  /** Let a client do nothing until it is enabled again. Needs the scope `clients:write`. Every token and every grant of it ends in the same transaction, and none of them comes back when it is enabled. Disabling what is disabled changes nothing, and tells what stands. */
  readonly disableClient = (input: DisableClientInput): Promise<Answered<ChangedClient>> => {
    const route: Route<ChangedClient> = { method: 'POST', path: '/admin/v1/clients/{client_id}/disable', query: [] };
    return this.#sender.send(route, input);
  };

  /** Let a client work again. Needs the scope `clients:write`. It asks for new tokens; what it was given before stays revoked. Its revocation is null. */
  readonly enableClient = (input: EnableClientInput): Promise<Answered<ChangedClient>> => {
    const route: Route<ChangedClient> = { method: 'POST', path: '/admin/v1/clients/{client_id}/enable', query: [] };
    return this.#sender.send(route, input);
  };

  /** Give a client another secret. Needs the scope `clients:write`. The answer holds it, and nothing else ever does. Two live at once: make the new one, let the client use it, delete the old one. */
  readonly createClientSecret = (input: CreateClientSecretInput): Promise<Answered<CreatedClientSecret>> => {
    const route: Route<CreatedClientSecret> = {
      method: 'POST',
      path: '/admin/v1/clients/{client_id}/secrets',
      query: [],
    };
    return this.#sender.send(route, input);
  };

  /** List the secrets of a client, oldest first, without what is secret in them. Needs the scope `clients:read`. */
  readonly listClientSecrets = (
    input: ListClientSecretsInput,
  ): Promise<
    Answered<{
      /** In the order of the list. */
      readonly items: readonly ClientSecret[];
      /** To be sent as after; null on the last page. */
      readonly next: string | null;
    }>
  > => {
    const route: Route<{
      /** In the order of the list. */
      readonly items: readonly ClientSecret[];
      /** To be sent as after; null on the last page. */
      readonly next: string | null;
    }> = { method: 'GET', path: '/admin/v1/clients/{client_id}/secrets', query: ['limit', 'after'] };
    return this.#sender.send(route, input);
  };

  /** Let a client prove itself with a secret no more. Needs the scope `clients:write`. Every token and every grant of the client ends in the same transaction: nothing of a token says by which secret it was asked for. The client asks for new ones with the secret that is left. Without one it can ask for nothing until it is given another. */
  readonly deleteClientSecret = (input: DeleteClientSecretInput): Promise<Answered<DeletedClientSecret>> => {
    const route: Route<DeletedClientSecret> = {
      method: 'DELETE',
      path: '/admin/v1/clients/{client_id}/secrets/{secret_id}',
      query: [],
    };
    return this.#sender.send(route, input);
  };

  /** Register a protected API. Needs the scope `apis:write`. With HS256 the answer holds the secret that the API shares, and nothing else ever does. If that answer is lost, its secrets take a second one. */
  readonly createApi = (input: CreateApiInput): Promise<Answered<CreatedApi>> => {
    const route: Route<CreatedApi> = {
      method: 'POST',
      path: '/admin/v1/apis',
      query: [],
      bodyType: 'application/json',
    };
    return this.#sender.send(route, input);
  };

  /** List the protected APIs, oldest first. Needs the scope `apis:read`. The admin API is none of them: it is fixed. */
  readonly listApis = (
    input: ListApisInput = {},
  ): Promise<
    Answered<{
      /** In the order of the list. */
      readonly items: readonly Api[];
      /** To be sent as after; null on the last page. */
      readonly next: string | null;
    }>
  > => {
    const route: Route<{
      /** In the order of the list. */
      readonly items: readonly Api[];
      /** To be sent as after; null on the last page. */
      readonly next: string | null;
    }> = { method: 'GET', path: '/admin/v1/apis', query: ['limit', 'after'] };
    return this.#sender.send(route, input);
  };

  /** See one protected API. Needs the scope `apis:read`. */
  readonly getApi = (input: GetApiInput): Promise<Answered<Api>> => {
    const route: Route<Api> = { method: 'GET', path: '/admin/v1/apis/{id}', query: [] };
    return this.#sender.send(route, input);
  };

  /** Change a protected API. Needs the scope `apis:write`. RFC 7396. The identifier stays. A scope that is removed leaves every client and every remembered consent, and each of these clients is revoked, whatever else it was given. Another algorithm revokes every client that may have a token of the old one; leaving HS256 kills the secrets instead. For HS256 its /secrets must hold one already, so that the API knows it before the first token is signed with it, and no answer but that of a POST holds a secret. */
  readonly changeApi = (input: ChangeApiInput): Promise<Answered<ChangedApi>> => {
    const route: Route<ChangedApi> = {
      method: 'PATCH',
      path: '/admin/v1/apis/{id}',
      query: [],
      bodyType: 'application/merge-patch+json',
    };
    return this.#sender.send(route, input);
  };

  /** Remove a protected API: nothing that was given for it survives. Needs the scope `apis:write`. Its scopes leave every client and every remembered consent, each of these clients is revoked, and its secrets are killed. The same identifier and the same scopes can be registered again: nobody has anything of them. */
  readonly deleteApi = (input: DeleteApiInput): Promise<Answered<ChangedApi>> => {
    const route: Route<ChangedApi> = { method: 'DELETE', path: '/admin/v1/apis/{id}', query: [] };
    return this.#sender.send(route, input);
  };

  /** Make a secret for an API that shares one. Needs the scope `apis:write`. The answer holds it, and nothing else ever does. The only one signs at once. A second one is announced: give it to every process of the API, then delete the first, and the second signs. Two may live at once. For an API whose algorithm is another it is prepared: it signs nothing until that is changed to HS256. */
  readonly createSecret = (input: CreateSecretInput): Promise<Answered<CreatedSecret>> => {
    const route: Route<CreatedSecret> = { method: 'POST', path: '/admin/v1/apis/{id}/secrets', query: [] };
    return this.#sender.send(route, input);
  };

  /** List the secrets of an API that still verify, oldest first, without what is secret in them. Needs the scope `apis:read`. */
  readonly listSecrets = (
    input: ListSecretsInput,
  ): Promise<
    Answered<{
      /** In the order of the list. */
      readonly items: readonly Key[];
      /** To be sent as after; null on the last page. */
      readonly next: string | null;
    }>
  > => {
    const route: Route<{
      /** In the order of the list. */
      readonly items: readonly Key[];
      /** To be sent as after; null on the last page. */
      readonly next: string | null;
    }> = { method: 'GET', path: '/admin/v1/apis/{id}/secrets', query: ['limit', 'after'] };
    return this.#sender.send(route, input);
  };

  /** See one secret of an API, without what is secret in it. Needs the scope `apis:read`. */
  readonly getSecret = (input: GetSecretInput): Promise<Answered<Key>> => {
    const route: Route<Key> = { method: 'GET', path: '/admin/v1/apis/{id}/secrets/{kid}', query: [] };
    return this.#sender.send(route, input);
  };

  /** Let a secret sign no more. Needs the scope `apis:write`. If it signed, the other one signs from now on; what it has signed stays good until it ends, and so must the API know it until then. One that has leaked is killed instead: DELETE /admin/v1/keys/{kid}. */
  readonly deleteSecret = (input: DeleteSecretInput): Promise<Answered<RemovedSecret>> => {
    const route: Route<RemovedSecret> = { method: 'DELETE', path: '/admin/v1/apis/{id}/secrets/{kid}', query: [] };
    return this.#sender.send(route, input);
  };

  /** List what people have allowed to clients, newest first. Needs the scope `grants:read`. One for each redeemed code, of one person, of one client, or of both. Those that were revoked are shown until no token of theirs can be left. */
  readonly listGrants = (
    input: ListGrantsInput = {},
  ): Promise<
    Answered<{
      /** In the order of the list. */
      readonly items: readonly Grant[];
      /** To be sent as after; null on the last page. */
      readonly next: string | null;
    }>
  > => {
    const route: Route<{
      /** In the order of the list. */
      readonly items: readonly Grant[];
      /** To be sent as after; null on the last page. */
      readonly next: string | null;
    }> = { method: 'GET', path: '/admin/v1/grants', query: ['limit', 'after', 'sub', 'client_id'] };
    return this.#sender.send(route, input);
  };

  /** See one grant. Needs the scope `grants:read`. */
  readonly getGrant = (input: GetGrantInput): Promise<Answered<Grant>> => {
    const route: Route<Grant> = { method: 'GET', path: '/admin/v1/grants/{grant_id}', query: [] };
    return this.#sender.send(route, input);
  };

  /** Revoke one grant. Needs the scope `grants:write`. Its refresh token is good for nothing any more, and its access tokens are refused everywhere. It is still shown, with revoked_at, until none of them can be left. Revoking what was revoked before answers what stands. */
  readonly deleteGrant = (input: DeleteGrantInput): Promise<Answered<RevokedGrant>> => {
    const route: Route<RevokedGrant> = { method: 'DELETE', path: '/admin/v1/grants/{grant_id}', query: [] };
    return this.#sender.send(route, input);
  };

  /** List who is logged in, newest first. Needs the scope `sessions:read`. Those that have ended or were replaced are shown until no token of theirs can be left: grants name them. */
  readonly listSessions = (
    input: ListSessionsInput = {},
  ): Promise<
    Answered<{
      /** In the order of the list. */
      readonly items: readonly Session[];
      /** To be sent as after; null on the last page. */
      readonly next: string | null;
    }>
  > => {
    const route: Route<{
      /** In the order of the list. */
      readonly items: readonly Session[];
      /** To be sent as after; null on the last page. */
      readonly next: string | null;
    }> = { method: 'GET', path: '/admin/v1/sessions', query: ['limit', 'after', 'sub'] };
    return this.#sender.send(route, input);
  };

  /** See one login session. Needs the scope `sessions:read`. */
  readonly getSession = (input: GetSessionInput): Promise<Answered<Session>> => {
    const route: Route<Session> = { method: 'GET', path: '/admin/v1/sessions/{sid}', query: [] };
    return this.#sender.send(route, input);
  };

  /** End one login session. Needs the scope `sessions:write`. The person has to log in again in that browser; what was granted until the end of the session is refreshed no more, and its access tokens are refused everywhere. Offline access goes on. Sessions that it has replaced, or that have replaced it, end with it, whichever of them is named. Ending what has ended answers what stands. */
  readonly deleteSession = (input: DeleteSessionInput): Promise<Answered<EndedSession>> => {
    const route: Route<EndedSession> = { method: 'DELETE', path: '/admin/v1/sessions/{sid}', query: [] };
    return this.#sender.send(route, input);
  };

  /** Revoke a token, a grant, a session, a person, a client, or everything. Needs the scope `revocations:write`. The answer means committed: nothing loses it. Revoking what was revoked before answers what stands; subject, client and issuer are revoked anew. With Prefer: wait=N the answer comes when every guard that could still admit has applied it, or after N seconds, and holds a receipt. */
  readonly createRevocation = (input: CreateRevocationInput): Promise<Answered<Revocation>> => {
    const route: Route<Revocation> = {
      method: 'POST',
      path: '/admin/v1/revocations',
      query: [],
      bodyType: 'application/json',
    };
    return this.#sender.send(route, input);
  };

  /** List what was revoked and is still remembered, newest first. Needs the scope `revocations:read`. */
  readonly listRevocations = (
    input: ListRevocationsInput = {},
  ): Promise<
    Answered<{
      /** In the order of the list. */
      readonly items: readonly ListedRevocation[];
      /** To be sent as after; null on the last page. */
      readonly next: string | null;
    }>
  > => {
    const route: Route<{
      /** In the order of the list. */
      readonly items: readonly ListedRevocation[];
      /** To be sent as after; null on the last page. */
      readonly next: string | null;
    }> = { method: 'GET', path: '/admin/v1/revocations', query: ['limit', 'after'] };
    return this.#sender.send(route, input);
  };

  /** See one revocation, and who has applied it by now. Needs the scope `revocations:read`. */
  readonly getRevocation = (input: GetRevocationInput): Promise<Answered<Revocation>> => {
    const route: Route<Revocation> = { method: 'GET', path: '/admin/v1/revocations/{id}', query: [] };
    return this.#sender.send(route, input);
  };

  /** List every process that guards, longest registered first. Needs the scope `guards:read`. The doors of the auth-services are among them. What a lease says is null while Redis does not answer; the register itself is in PostgreSQL. */
  readonly listGuards = (
    input: ListGuardsInput = {},
  ): Promise<
    Answered<{
      /** In the order of the list. */
      readonly items: readonly Guard[];
      /** To be sent as after; null on the last page. */
      readonly next: string | null;
    }>
  > => {
    const route: Route<{
      /** In the order of the list. */
      readonly items: readonly Guard[];
      /** To be sent as after; null on the last page. */
      readonly next: string | null;
    }> = { method: 'GET', path: '/admin/v1/guards', query: ['limit', 'after'] };
    return this.#sender.send(route, input);
  };

  /** See one guard. Needs the scope `guards:read`. */
  readonly getGuard = (input: GetGuardInput): Promise<Answered<Guard>> => {
    const route: Route<Guard> = { method: 'GET', path: '/admin/v1/guards/{guard_id}', query: [] };
    return this.#sender.send(route, input);
  };

  /** Strike a guard off that will not come back. Needs the scope `guards:write`. For one with on_stale allow that has died: no receipt says applied before it was struck off. If it lives after all, it goes on admitting by what it knows, and no receipt counts it until it registers again. */
  readonly removeGuard = (input: RemoveGuardInput): Promise<Answered<Guard>> => {
    const route: Route<Guard> = { method: 'DELETE', path: '/admin/v1/guards/{guard_id}', query: [] };
    return this.#sender.send(route, input);
  };

  /** Create a person who can log in. Needs the scope `users:write`. The sub is chosen here, and stays theirs whatever else changes. The claims are those of OpenID Connect Core §5.1. Passwords are hashed one after the other, so that people who log in meanwhile are not slowed down: of very many at once some are answered 503 with Retry-After, and nothing was done for them. */
  readonly createUser = (input: CreateUserInput): Promise<Answered<User>> => {
    const route: Route<User> = { method: 'POST', path: '/admin/v1/users', query: [], bodyType: 'application/json' };
    return this.#sender.send(route, input);
  };

  /** List people, oldest first, or search them by the beginning of their username. Needs the scope `users:read`. With prefix the list holds whoever’s username begins so, in the order of usernames as they are compared at log-in, code point by code point. Disabled people are in both. */
  readonly listUsers = (
    input: ListUsersInput = {},
  ): Promise<
    Answered<{
      /** In the order of the list. */
      readonly items: readonly User[];
      /** To be sent as after; null on the last page. */
      readonly next: string | null;
    }>
  > => {
    const route: Route<{
      /** In the order of the list. */
      readonly items: readonly User[];
      /** To be sent as after; null on the last page. */
      readonly next: string | null;
    }> = { method: 'GET', path: '/admin/v1/users', query: ['prefix', 'limit', 'after'] };
    return this.#sender.send(route, input);
  };

  /** See one person. Needs the scope `users:read`. */
  readonly getUser = (input: GetUserInput): Promise<Answered<User>> => {
    const route: Route<User> = { method: 'GET', path: '/admin/v1/users/{sub}', query: [] };
    return this.#sender.send(route, input);
  };

  /** Change username and claims of a person. Needs the scope `users:write`. A merge patch (RFC 7396): null removes a claim, and address merges by its own members. Nothing that was given ends: the next ID token and the next answer of /userinfo say what is true then. When email changes, email_verified falls unless the same patch speaks of it; so it is with phone_number. A patch that changes nothing writes nothing. The password, enabling and disabling have paths of their own. */
  readonly patchUser = (input: PatchUserInput): Promise<Answered<User>> => {
    const route: Route<User> = {
      method: 'PATCH',
      path: '/admin/v1/users/{sub}',
      query: [],
      bodyType: 'application/merge-patch+json',
    };
    return this.#sender.send(route, input);
  };

  /** Delete a person for ever. Needs the scope `users:write`. Ends every login session, code, refresh token and access token of theirs, at every client, at once, and erases username, password, claims, what they allowed, and what names them beside the audit trail. There is nothing here afterwards, and the username is free: whoever gets it is somebody else, with another sub. */
  readonly deleteUser = (input: DeleteUserInput): Promise<Answered<UserAndRevocation>> => {
    const route: Route<UserAndRevocation> = { method: 'DELETE', path: '/admin/v1/users/{sub}', query: [] };
    return this.#sender.send(route, input);
  };

  /** Disable a person. Needs the scope `users:write`. Ends every login session, code, refresh token and access token of theirs, at every client, at once; nobody can log in as them until they are enabled. Again, it answers what stands. */
  readonly disableUser = (input: DisableUserInput): Promise<Answered<UserAndRevocation>> => {
    const route: Route<UserAndRevocation> = { method: 'POST', path: '/admin/v1/users/{sub}/disable', query: [] };
    return this.#sender.send(route, input);
  };

  /** Enable a person. Needs the scope `users:write`. They can log in again. Whatever ended when they were disabled stays ended. Again, it changes nothing. */
  readonly enableUser = (input: EnableUserInput): Promise<Answered<UserAndRevocation>> => {
    const route: Route<UserAndRevocation> = { method: 'POST', path: '/admin/v1/users/{sub}/enable', query: [] };
    return this.#sender.send(route, input);
  };

  /** Give a person another password. Needs the scope `users:write`. An operator does so when the old one is known to somebody else. So it ends every login session, code, refresh token and access token of theirs, at every client, at once: whoever came in by the old password is out, and the person logs in anew. The old one fails at once, on every instance. Sent again, it does so again. A disabled person stays disabled. */
  readonly putPassword = (input: PutPasswordInput): Promise<Answered<UserAndRevocation>> => {
    const route: Route<UserAndRevocation> = {
      method: 'PUT',
      path: '/admin/v1/users/{sub}/password',
      query: [],
      bodyType: 'application/json',
    };
    return this.#sender.send(route, input);
  };

  /** List what a person has allowed to which clients. Needs the scope `users:read`. By client_id. A consent is recorded when its code is redeemed, and holds until it is taken back, however long a grant lives. The person is asked each time all the same. */
  readonly listConsents = (
    input: ListConsentsInput,
  ): Promise<
    Answered<{
      /** In the order of the list. */
      readonly items: readonly Consent[];
      /** To be sent as after; null on the last page. */
      readonly next: string | null;
    }>
  > => {
    const route: Route<{
      /** In the order of the list. */
      readonly items: readonly Consent[];
      /** To be sent as after; null on the last page. */
      readonly next: string | null;
    }> = { method: 'GET', path: '/admin/v1/users/{sub}/consents', query: ['limit', 'after'] };
    return this.#sender.send(route, input);
  };

  /** See what a person has allowed a client. Needs the scope `users:read`. */
  readonly getConsent = (input: GetConsentInput): Promise<Answered<Consent>> => {
    const route: Route<Consent> = { method: 'GET', path: '/admin/v1/users/{sub}/consents/{client_id}', query: [] };
    return this.#sender.send(route, input);
  };

  /** Take back what a person has allowed a client. Needs the scope `users:write`. Revokes each grant of the two, with its access and refresh tokens. An authorization code that was allowed before and is not redeemed yet gives nothing any more. The person stays logged in, and may allow the client anew. revocation tells of the first grant; all of them are waited for; it is null when none was living. */
  readonly withdrawConsent = (input: WithdrawConsentInput): Promise<Answered<ConsentAndRevocation>> => {
    const route: Route<ConsentAndRevocation> = {
      method: 'DELETE',
      path: '/admin/v1/users/{sub}/consents/{client_id}',
      query: [],
    };
    return this.#sender.send(route, input);
  };

  /** List the keys, oldest first. Needs the scope `keys:read`. Those that are dropped stand here as long as a log-in that knows them can last, and those that were killed for ever. */
  readonly listKeys = (
    input: ListKeysInput = {},
  ): Promise<
    Answered<{
      /** In the order of the list. */
      readonly items: readonly Key[];
      /** To be sent as after; null on the last page. */
      readonly next: string | null;
    }>
  > => {
    const route: Route<{
      /** In the order of the list. */
      readonly items: readonly Key[];
      /** To be sent as after; null on the last page. */
      readonly next: string | null;
    }> = { method: 'GET', path: '/admin/v1/keys', query: ['limit', 'after'] };
    return this.#sender.send(route, input);
  };

  /** See one key. Needs the scope `keys:read`. */
  readonly getKey = (input: GetKeyInput): Promise<Answered<Key>> => {
    const route: Route<Key> = { method: 'GET', path: '/admin/v1/keys/{kid}', query: [] };
    return this.#sender.send(route, input);
  };

  /** Kill a key that has leaked: everything that it signed is refused everywhere, for ever. Needs the scope `keys:write`. The answer means committed: nothing loses it, and if it was the key that signs, another one has signed since. Killing what was killed before answers what stands. With Prefer: wait=N the answer comes when every guard that could still admit has applied it, or after N seconds, and holds a receipt. */
  readonly killKey = (input: KillKeyInput): Promise<Answered<KilledKey>> => {
    const route: Route<KilledKey> = { method: 'DELETE', path: '/admin/v1/keys/{kid}', query: [] };
    return this.#sender.send(route, input);
  };

  /** Let a successor of each key sign as soon as it was announced for its whole span. Needs the scope `keys:write`. Without haste: a successor is announced for its whole span before it signs, so no token is refused. Asked again meanwhile, it is the same one. Secrets that are shared with an API are not rotated: people must carry them there. */
  readonly rotateKeys = (input: RotateKeysInput = {}): Promise<Answered<Rotation>> => {
    const route: Route<Rotation> = { method: 'POST', path: '/admin/v1/keys/rotate', query: [] };
    return this.#sender.send(route, input);
  };

  /** What a guard would say of this token now, rule by rule, and why. Needs the scope `revocations:read`. Any string has an explanation. The token is neither kept nor logged; what it says is looked up only if its signature verifies. A token under a secret that an API shares (HS256) is explained too. */
  readonly explainToken = (input: ExplainTokenInput): Promise<Answered<TokenExplanation>> => {
    const route: Route<TokenExplanation> = {
      method: 'POST',
      path: '/admin/v1/tokens/explain',
      query: [],
      bodyType: 'application/json',
    };
    return this.#sender.send(route, input);
  };

  /** List who did what, newest first. Needs the scope `audit:read`. Everything that was changed, and every change that was refused to a known client. What is asked for holds together: by time, actor, kind and target. An event is listed as soon as its cause is committed. */
  readonly listAuditEvents = (
    input: ListAuditEventsInput = {},
  ): Promise<
    Answered<{
      /** In the order of the list. */
      readonly items: readonly AuditEvent[];
      /** To be sent as after; null on the last page. */
      readonly next: string | null;
    }>
  > => {
    const route: Route<{
      /** In the order of the list. */
      readonly items: readonly AuditEvent[];
      /** To be sent as after; null on the last page. */
      readonly next: string | null;
    }> = {
      method: 'GET',
      path: '/admin/v1/audit-events',
      query: ['limit', 'after', 'since', 'until', 'actor', 'kind', 'target'],
    };
    return this.#sender.send(route, input);
  };

  /** Say whether anything that was sealed has been changed. Needs the scope `audit:read`. Walks the whole chain, or what comes after a seal, and ends at the first fault. That the end was cut off shows when a head is given that the log has told before: every seal is logged with its head. One walk at a time in each instance: who asks the same shares it, who asks something else meanwhile is answered 503. */
  readonly verifyAuditEvents = (input: VerifyAuditEventsInput = {}): Promise<Answered<AuditVerification>> => {
    const route: Route<AuditVerification> = {
      method: 'GET',
      path: '/admin/v1/audit-events/verify',
      query: ['head', 'after_seal'],
    };
    return this.#sender.send(route, input);
  };

  /** See one event. Needs the scope `audit:read`. */
  readonly getAuditEvent = (input: GetAuditEventInput): Promise<Answered<AuditEvent>> => {
    const route: Route<AuditEvent> = { method: 'GET', path: '/admin/v1/audit-events/{id}', query: [] };
    return this.#sender.send(route, input);
  };
}
