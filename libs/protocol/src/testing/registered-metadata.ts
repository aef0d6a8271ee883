/**
 * Owns the members of a server's metadata that are registered, each with its type, for specs: the IANA registry "OAuth
 * Authorization Server Metadata" (RFC 8414 §7.1), of which OpenID Connect Discovery §3 is a part. Does not own which are said.
 */

export type MetadataType = 'text' | 'url' | 'texts' | 'boolean' | 'object';

const named = (type: MetadataType, ...names: readonly string[]): (readonly [string, MetadataType])[] =>
  names.map((name) => [name, type]);

/** Those that a server without federation, CIBA and encryption may ever say. */
export const REGISTERED_METADATA: ReadonlyMap<string, MetadataType> = new Map([
  ...named('url', 'issuer', 'authorization_endpoint', 'token_endpoint', 'userinfo_endpoint', 'jwks_uri'),
  ...named('url', 'registration_endpoint', 'revocation_endpoint', 'introspection_endpoint', 'end_session_endpoint'),
  ...named('url', 'device_authorization_endpoint', 'pushed_authorization_request_endpoint', 'check_session_iframe'),
  ...named('url', 'service_documentation', 'op_policy_uri', 'op_tos_uri'),
  ...named(
    'texts',
    'scopes_supported',
    'response_types_supported',
    'response_modes_supported',
    'grant_types_supported',
  ),
  ...named('texts', 'acr_values_supported', 'subject_types_supported', 'id_token_signing_alg_values_supported'),
  ...named('texts', 'userinfo_signing_alg_values_supported', 'request_object_signing_alg_values_supported'),
  ...named('texts', 'token_endpoint_auth_methods_supported', 'token_endpoint_auth_signing_alg_values_supported'),
  ...named('texts', 'revocation_endpoint_auth_methods_supported'),
  ...named('texts', 'revocation_endpoint_auth_signing_alg_values_supported'),
  ...named('texts', 'introspection_endpoint_auth_methods_supported'),
  ...named('texts', 'introspection_endpoint_auth_signing_alg_values_supported'),
  ...named('texts', 'introspection_signing_alg_values_supported', 'authorization_signing_alg_values_supported'),
  ...named('texts', 'dpop_signing_alg_values_supported', 'code_challenge_methods_supported', 'prompt_values_supported'),
  ...named('texts', 'display_values_supported', 'claim_types_supported', 'claims_supported'),
  ...named('texts', 'claims_locales_supported', 'ui_locales_supported', 'authorization_details_types_supported'),
  ...named('texts', 'protected_resources'),
  ...named('boolean', 'claims_parameter_supported', 'request_parameter_supported', 'request_uri_parameter_supported'),
  ...named('boolean', 'require_request_uri_registration', 'require_signed_request_object'),
  ...named('boolean', 'require_pushed_authorization_requests', 'authorization_response_iss_parameter_supported'),
  ...named('boolean', 'tls_client_certificate_bound_access_tokens', 'backchannel_logout_supported'),
  ...named('boolean', 'backchannel_logout_session_supported', 'frontchannel_logout_supported'),
  ...named('boolean', 'frontchannel_logout_session_supported'),
  ...named('object', 'mtls_endpoint_aliases'),
]);
