/**
 * Owns the protected resource metadata of RFC 9728: the document and the address where it stands.
 * Does not own how it is served.
 */

/** RFC 9728 §2; the names on the wire. */
export interface ResourceMetadata {
  readonly resource: string;
  readonly authorization_servers: readonly string[];
  readonly bearer_methods_supported: readonly ['header'];
  readonly scopes_supported?: readonly string[];
  readonly resource_name?: string;
}

export interface ResourceDescription {
  /** The identifier of the API, as it stands in `aud`. */
  readonly resource: string;
  readonly issuer: string;
  readonly scopesSupported?: readonly string[] | undefined;
  /** Human-readable. */
  readonly resourceName?: string | undefined;
}

export const resourceMetadata = (description: ResourceDescription): ResourceMetadata => ({
  resource: description.resource,
  authorization_servers: [description.issuer],
  bearer_methods_supported: ['header'],
  ...(description.scopesSupported === undefined ? {} : { scopes_supported: description.scopesSupported }),
  ...(description.resourceName === undefined ? {} : { resource_name: description.resourceName }),
});

export const WELL_KNOWN_PATH = '/.well-known/oauth-protected-resource';

/**
 * Where the metadata of this resource stand; undefined when the identifier is no http(s) URL and so has no such place.
 *
 * RFC 9728 §3.1: "inserting the well-known URI string into the protected resource's resource identifier between the host
 * component and the path and/or query components, if any"; "any terminating slash following the host component MUST be
 * removed before inserting".
 */
export function resourceMetadataUrl(resource: string): URL | undefined {
  const identifier = URL.canParse(resource) ? new URL(resource) : undefined;
  if (identifier === undefined || !/^https?:$/.test(identifier.protocol)) return undefined;
  const path = identifier.pathname === '/' ? '' : identifier.pathname;
  return new URL(`${WELL_KNOWN_PATH}${path}${identifier.search}`, identifier.origin);
}
