/**
 * Owns the headers of every page: what a browser may load, who may frame it, where its form may lead. Does not own
 * cookies.
 */
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
  const logo = page.template === 'problem' ? undefined : page.client.logoUri;
  return [
    "default-src 'none'",
    "style-src 'self'",
    `img-src 'self'${logo === undefined ? '' : ` ${sourceOf(logo)}`}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
    // Chromium holds form-action against the redirects that follow a POST, so the client's own place must stand here.
    page.template === 'problem' ? "form-action 'none'" : `form-action 'self' ${sourceOf(page.client.redirectUri)}`,
  ].join('; ');
}

/** Content Security Policy Level 3 §2.3.1: a host-source has no form for an IPv6 literal, and other schemes have no host. */
export function sourceOf(uri: string): string {
  const { protocol, host } = new URL(uri);
  const hasOrigin = (protocol === 'https:' || protocol === 'http:') && !host.startsWith('[');
  return hasOrigin ? `${protocol}//${host}` : protocol;
}
