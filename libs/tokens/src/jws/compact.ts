/**
 * Owns the JWS compact serialization (RFC 7515 §7.1): taking a string apart strictly, and putting one together.
 * Does not own signatures (signature) nor what the payload must say (access-token/verify).
 */
import { isSigningAlgorithm, type SigningAlgorithm } from './algorithms.js';

/** A token of this house is about 1 KiB; whoever sends more than this pays for it, we do not. */
export const MAX_TOKEN_LENGTH = 8192;

export interface JwsHeader {
  readonly alg: SigningAlgorithm;
  readonly typ?: string;
  readonly kid?: string;
}

export interface CompactJws {
  readonly header: JwsHeader;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly signingInput: string;
  readonly signature: Buffer;
}

export type CompactFault = 'too_long' | 'malformed' | 'critical_header' | 'unknown_algorithm';

export type ParsedCompact =
  { readonly ok: true; readonly jws: CompactJws } | { readonly ok: false; readonly fault: CompactFault };

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** RFC 7515 §2: "Base64url Encoding […] with all trailing '=' characters omitted"; one string for each octet sequence. */
const decodeSegment = (segment: string): Buffer | undefined => {
  const octets = Buffer.from(segment, 'base64url');
  return octets.toString('base64url') === segment ? octets : undefined;
};

const decodeObject = (segment: string): Readonly<Record<string, unknown>> | undefined => {
  const octets = decodeSegment(segment);
  if (octets === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(utf8.decode(octets));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

const optionalString = (value: unknown): value is string | undefined =>
  value === undefined || typeof value === 'string';

const parseHeader = (header: Readonly<Record<string, unknown>>): JwsHeader | CompactFault => {
  // RFC 7515 §4.1.11: "If any of the listed extension Header Parameters are not understood and supported by the
  // recipient, then the JWS is invalid." We support none; an empty list is forbidden too.
  if ('crit' in header) return 'critical_header';
  const { alg, typ, kid } = header;
  // RFC 8725 §3.2: none, and whatever else is not in the table, does not exist.
  if (!isSigningAlgorithm(alg)) return 'unknown_algorithm';
  if (!optionalString(typ) || !optionalString(kid)) return 'malformed';
  return { alg, ...(typ === undefined ? {} : { typ }), ...(kid === undefined ? {} : { kid }) };
};

/**
 * Takes a compact JWS apart. The size is looked at before anything else. Header parameters that carry or point to a key
 * (jwk, jku, x5u, x5c) are not read at all: RFC 8725 §3.10.
 *
 * Not checked: the signature, and every claim.
 */
export const parseCompact = (token: string, maxLength = MAX_TOKEN_LENGTH): ParsedCompact => {
  if (token.length > maxLength) return { ok: false, fault: 'too_long' };
  const [protectedSegment, payloadSegment, signatureSegment, ...rest] = token.split('.');
  if (
    protectedSegment === undefined ||
    payloadSegment === undefined ||
    signatureSegment === undefined ||
    rest.length > 0
  ) {
    return { ok: false, fault: 'malformed' };
  }
  const headerObject = decodeObject(protectedSegment);
  if (headerObject === undefined) return { ok: false, fault: 'malformed' };
  const header = parseHeader(headerObject);
  if (typeof header === 'string') return { ok: false, fault: header };
  const payload = decodeObject(payloadSegment);
  const signature = decodeSegment(signatureSegment);
  if (payload === undefined || signature === undefined || signature.length === 0) {
    return { ok: false, fault: 'malformed' };
  }
  return { ok: true, jws: { header, payload, signingInput: `${protectedSegment}.${payloadSegment}`, signature } };
};

/** A segment: the JSON of it, base64url. */
export const encodeObject = (value: object): string => Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');

/** The JWS signing input of RFC 7515 §5.1: what a signer signs. */
export const signingInputOf = (header: JwsHeader, payload: object): string =>
  `${encodeObject(header)}.${encodeObject(payload)}`;

export const encodeCompact = (signingInput: string, signature: Buffer): string =>
  `${signingInput}.${signature.toString('base64url')}`;
