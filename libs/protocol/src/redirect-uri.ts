/**
 * Owns the comparison of a redirect URI with those registered, and what is appended to it. Does not own which ones may be
 * registered (the admin API checks that).
 */
import type { Client } from './ports/client.js';

/**
 * RFC 9700 §2.1: "authorization servers MUST utilize exact string matching except for port numbers in localhost
 * redirection URIs of native apps"; RFC 8252 §7.3 names the loopback IP literals.
 */
export function redirectUriIsRegistered(client: Client, redirectUri: string): boolean {
  if (client.redirectUris.includes(redirectUri)) return true;
  if (client.applicationType !== 'native') return false;
  const wanted = withoutLoopbackPort(redirectUri);
  return wanted !== undefined && client.redirectUris.some((registered) => withoutLoopbackPort(registered) === wanted);
}

/** `http://127.0.0.1:51004/cb?x` → `http://127.0.0.1/cb?x`; undefined when the host is no loopback IP literal. */
function withoutLoopbackPort(uri: string): string | undefined {
  const match = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]))(?::([0-9]{1,5}))?((?:[/?][\x21\x23-\x7E]*)?)$/.exec(uri);
  const port = Number(match?.[2] ?? 80);
  return match === null || port < 1 || port > 65_535 ? undefined : `${match[1] ?? ''}${match[3] ?? ''}`;
}

/**
 * RFC 6749 §4.1.2: parameters are added "to the query component of the redirection URI"; §3.1.2: a query that it has
 * "MUST be retained when adding additional query parameters".
 */
export function redirectWith(redirectUri: string, parameters: Readonly<Record<string, string | undefined>>): string {
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${formText(parameters)}`;
}

/** RFC 6749 §4.2.2.1: parameters are added "to the fragment component of the redirection URI"; a registered one has none (§3.1.2). */
export const redirectWithFragment = (
  redirectUri: string,
  parameters: Readonly<Record<string, string | undefined>>,
): string => `${redirectUri}#${formText(parameters)}`;

function formText(parameters: Readonly<Record<string, string | undefined>>): string {
  const text = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) text.set(name, value);
  return text.toString();
}
