/**
 * Owns when a person must be asked, and for what: pure rules over what was allowed before. Does not own the page, nor what is
 * remembered (ports/consent).
 */
import type { AuthorizationRequest } from './authorization-request.js';
import { scopesOfClaims } from './claims-request.js';
import type { Client } from './ports/client.js';
import type { StandingConsent } from './ports/consent.js';

/**
 * What the person allows by saying yes: the requested scope, and for each claim that is asked for by itself the scope that holds
 * it. So the page names it in words, and what is remembered covers it; the tokens get no more than the requested scope.
 */
export const scopeToAllow = ({ requestedScope, claims }: AuthorizationRequest): readonly string[] => [
  ...new Set([...requestedScope, ...(claims === undefined ? [] : scopesOfClaims(claims))]),
];

/** Must the person be asked, although nothing else is left to do? */
export function mustAsk(request: AuthorizationRequest, client: Client, standing: StandingConsent): boolean {
  // OpenID Connect Core §3.1.2.1, prompt=consent: "SHOULD prompt the End-User for consent before returning information".
  if (request.prompt.includes('consent')) return true;
  // OpenID Connect Core §11: "the Authorization Server … MUST always obtain consent to returning a Refresh Token that enables
  // offline access", "A previously saved user consent is not always sufficient".
  if (request.requestedScope.includes('offline_access')) return true;
  if (anybodyMayPoseAs(client, request.redirectUri)) return true;
  const { scope } = standing;
  return scope === undefined || !scopeToAllow(request).every((name) => scope.includes(name));
}

/**
 * RFC 8252 §8.6: "authorization servers SHOULD NOT process authorization requests automatically without user consent or
 * interaction, except when the identity of the client can be assured. This includes the case where the user has previously
 * approved an authorization request for a given client id". It is by a secret, or by a host that only its owner has.
 */
function anybodyMayPoseAs(client: Client, redirectUri: string): boolean {
  if (client.tokenEndpointAuthMethod !== 'none') return false;
  const { protocol, hostname } = new URL(redirectUri);
  return protocol !== 'https:' || OF_THE_DEVICE.test(hostname);
}

/** RFC 6761 §6.3: "any names falling within '.localhost.'" are loopback addresses; so is all of 127.0.0.0/8 (RFC 1122 §3.2.1.3). */
const OF_THE_DEVICE = /^(?:(?:.+\.)?localhost\.?|127\..+|\[::1\])$/;
