/**
 * Owns which redirect URIs may be registered (admin-api.md A8; RFC 9700 §2.1 and §4.1, RFC 8252 §7 and §8), and which
 * other URLs of a client may be shown to people. Does not own how a request's URI is compared: the protocol does.
 */

export type ApplicationType = 'web' | 'native';

/** RFC 3986 §2: what a URI is written with; a per-cent sign only before two hex digits. */
const URI_CHARACTERS = /^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/;
const PARTS = /^([A-Za-z][A-Za-z0-9+.-]*):(?:\/\/([^/?#]*))?([^?#]*)/;

/**
 * RFC 8252 §7.3 names the loopback IP literals. `localhost` is allowed as well, for web applications on a developer's
 * machine and for native ones: §8.3 says that it "is NOT RECOMMENDED", not that it must be refused, and OpenID Connect
 * Registration §2 allows it. Only the literals match with any port.
 */
const LOOPBACK = /^(?:127\.0\.0\.1|\[::1\]|localhost)(?::[0-9]{1,5})?$/;

const HOST = /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/;

/** What we append ourselves (RFC 6749 §4.1.2, RFC 9207 §2): twice in one URL, nobody knows which is ours. */
const RESPONSE_PARAMETERS = ['code', 'state', 'iss', 'error', 'error_description', 'error_uri'];
/** OpenID Connect RP-Initiated Logout §3. */
const LOGOUT_RESPONSE_PARAMETERS = ['state'];

const isPrivateUse = (scheme: string): boolean => /^[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+$/.test(scheme);

/** What is wrong with this redirect URI, in one sentence; undefined when it may be registered. */
export const redirectUriFault = (uri: string, applicationType: ApplicationType): string | undefined =>
  returnFault(uri, applicationType, RESPONSE_PARAMETERS);

/** The same for a URI to which people are sent after a log-out. */
export const postLogoutRedirectUriFault = (uri: string, applicationType: ApplicationType): string | undefined =>
  returnFault(uri, applicationType, LOGOUT_RESPONSE_PARAMETERS);

function returnFault(
  uri: string,
  applicationType: ApplicationType,
  responseParameters: readonly string[],
): string | undefined {
  const parts = partsOf(uri);
  if (typeof parts === 'string') return parts;
  // RFC 9700 §4.1.3: "exact string matching"; what looks like a pattern would be taken for one.
  if (uri.includes('*')) return 'must not hold a wildcard: a redirect URI is compared as it stands';
  const query = new URLSearchParams(uri.split('?').slice(1).join('?'));
  if (responseParameters.some((name) => query.has(name)))
    return 'must not hold a parameter of the response in its query';
  if (parts.scheme === 'http' || parts.scheme === 'https') return webFault(uri, parts.scheme, parts.authority);
  // RFC 8252 §7.1: "apps MUST use a URI scheme based on a domain name under their control, expressed in reverse order";
  // §8.4: one "that doesn't contain a period character (".") SHOULD be rejected". So go javascript:, data: and file:.
  if (!isPrivateUse(parts.scheme)) {
    return 'must be https, http on a loopback address, or a private-use scheme in reverse domain notation (com.example.app:/…)';
  }
  if (applicationType !== 'native')
    return 'has a private-use scheme, which only clients of application_type native may have';
  if (parts.authority !== undefined && parts.authority.includes('@')) return 'must not hold a user name or password';
  return undefined;
}

/** The same for a URL that people are shown: logo, policy, terms. */
export function shownUrlFault(url: string): string | undefined {
  const parts = partsOf(url);
  if (typeof parts === 'string') return parts;
  if (parts.scheme !== 'http' && parts.scheme !== 'https') return 'must be https';
  return webFault(url, parts.scheme, parts.authority);
}

function partsOf(uri: string): string | { readonly scheme: string; readonly authority: string | undefined } {
  // RFC 6749 §3.1.2: "MUST be an absolute URI as defined by [RFC3986] Section 4.3", "MUST NOT include a fragment component".
  if (uri.includes('#')) return 'must not hold a fragment';
  if (!URI_CHARACTERS.test(uri)) return 'must be an absolute URI (RFC 3986), in ASCII';
  const match = PARTS.exec(uri);
  const scheme = match?.[1];
  if (scheme === undefined || !URL.canParse(uri)) return 'must be an absolute URI (RFC 3986)';
  if (scheme !== scheme.toLowerCase())
    return 'must have its scheme in lower case: a redirect URI is compared as it stands';
  return { scheme, authority: match?.[2] };
}

function webFault(uri: string, scheme: 'http' | 'https', authority: string | undefined): string | undefined {
  // A URL parser finds a host where RFC 3986 sees none (`https:example.com`, `https:///example.com`).
  if (authority === undefined || authority === '' || /^:/.test(authority)) return 'must name a host';
  if (authority.includes('@')) return 'must not hold a user name or password';
  // The host of a logo stands in a Content-Security-Policy, where other characters would be read as more of it.
  if (!HOST.test(authority)) return 'must name its host in letters, digits, dots and hyphens, or as an IPv6 literal';
  // RFC 9700 §2.6: "authorization servers MUST NOT allow redirection URIs that use the http scheme except for native clients
  // that use loopback interface redirection". A web application on a developer's own machine is the same interface.
  if (scheme === 'http' && !LOOPBACK.test(authority)) return 'must be https, or http on 127.0.0.1, [::1] or localhost';
  // RFC 3986 §6.2.2.3: dot segments, also encoded, would be taken out on the way, and then it is another URI.
  return /\/(?:\.|%2e){1,2}(?:\/|$)/i.test(PARTS.exec(uri)?.[3] ?? '')
    ? 'must not hold . or .. as a segment of its path'
    : undefined;
}
