/**
 * Owns the headers of every page: what a browser may load, who may frame it, where its form may lead. Does not own
 * cookies.
 */
import { SCRIPT_SOURCE } from './form-post.js';
import type { Page } from './page.js';

/** @param https true when the issuer is https */
export function pageHeaders(page: Page, https: boolean): Readonly<Record<string, string>> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': contentSecurityPolicy(page),
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    // For browsers that know no frame-ancestors. RFC 9700 §4.16: "MUST prevent clickjacking attacks".
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    // RFC 6797 §7.2: a host "MUST NOT" send it over non-secure transport.
    ...(https ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  };
}

function contentSecurityPolicy(page: Page): string {
  const logo = 'client' in page ? page.client?.logoUri : undefined;
  return [
    "default-src 'none'",
    "style-src 'self'",
    `img-src 'self'${logo === undefined ? '' : ` ${sourceOf(logo)}`}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
    `form-action ${formAction(page)}`,
    ...(page.template === 'form-post' ? [`script-src ${SCRIPT_SOURCE}`] : []),
  ].join('; ');
}

function formAction(page: Page): string {
  switch (page.template) {
    case 'problem':
    case 'signed-out':
      return "'none'";
    case 'account':
    case 'password':
      return "'self'";
    case 'logout':
      return page.returns === undefined ? "'self'" : `'self' ${schemeOf(page.returns.uri)}`;
    case 'form-post':
      return schemeOf(page.action);
    case 'login':
    case 'choose-account':
    case 'consent':
      return page.client === undefined ? "'self'" : `'self' ${schemeOf(page.client.redirectUri)}`;
  }
}

/** The logo's own host alone. CSP Level 3 §2.3.1 has no form for an IPv6 literal: there its scheme must do. */
function sourceOf(uri: string): string {
  const { origin, protocol, hostname } = new URL(uri);
  return hostname.startsWith('[') ? protocol : origin;
}

/**
 * Chromium holds form-action against every redirect that follows a POST: ours to the client, and the client's own, which
 * often leads from its API's host to its site's. With the origin alone such a person is stuck on a dead page after the code
 * was spent (seen in pages.browser.spec), so the scheme stands here. The price: an injected form could lead elsewhere; what
 * keeps forms from being injected is that every value is escaped.
 */
const schemeOf = (uri: string): string => new URL(uri).protocol;
