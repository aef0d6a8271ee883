/**
 * Owns the authentication context class that a log-in here has (OpenID Connect Core §2, `acr`). Does not own the log-in.
 */

const OVER_TLS = 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport';
const IN_THE_CLEAR = 'urn:oasis:names:tc:SAML:2.0:ac:classes:Password';

/**
 * OpenID Connect Core §2: "An absolute URI or an RFC 6711 registered name SHOULD be used as the acr value". Every log-in is
 * by password; the scheme of the issuer says whether the password came over a protected transport.
 */
export const acrOf = (issuer: string): string => (issuer.startsWith('https:') ? OVER_TLS : IN_THE_CLEAR);
