/**
 * Owns the parser of an access token's payload: unknown goes in, typed claims come out.
 * Does not own whether the claims are true for us (verify): issuer, audience and time are judged there.
 */
import { isRecord } from '../jws/compact.js';
import type { AccessTokenClaims, GenerationStamp } from './claims.js';

type Payload = Readonly<Record<string, unknown>>;

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);
/** RFC 7519 §2: NumericDate. Fractions are allowed there; infinity and NaN cannot come from JSON. */
const isDate = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isGeneration = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

const parseStamp = (value: unknown): GenerationStamp | undefined => {
  if (!isRecord(value)) return undefined;
  const { iss, cli, sub } = value;
  if (!isGeneration(iss) || !isGeneration(cli)) return undefined;
  if (sub === undefined) return { iss, cli };
  return isGeneration(sub) ? { iss, cli, sub } : undefined;
};

/** The claims that may be absent, each with its shape. */
const optionalClaims = (payload: Payload): Partial<AccessTokenClaims> | undefined => {
  const { scope, auth_time, acr, amr, grant_id, sid, cnf } = payload;
  if (scope !== undefined && typeof scope !== 'string') return undefined;
  if (auth_time !== undefined && !isDate(auth_time)) return undefined;
  if (acr !== undefined && !isText(acr)) return undefined;
  if (amr !== undefined && !isTexts(amr)) return undefined;
  if (grant_id !== undefined && !isText(grant_id)) return undefined;
  if (sid !== undefined && !isText(sid)) return undefined;
  if (cnf !== undefined && (!isRecord(cnf) || (cnf['jkt'] !== undefined && !isText(cnf['jkt'])))) return undefined;
  return {
    ...(scope === undefined ? {} : { scope }),
    ...(auth_time === undefined ? {} : { auth_time }),
    ...(acr === undefined ? {} : { acr }),
    ...(amr === undefined ? {} : { amr }),
    ...(grant_id === undefined ? {} : { grant_id }),
    ...(sid === undefined ? {} : { sid }),
    // The whole of cnf is kept: a method that we do not know must be seen by whoever checks it (RFC 7800 §3.1).
    ...(cnf === undefined ? {} : { cnf }),
  };
};

/**
 * RFC 9068 §2.2: iss, exp, aud, sub, client_id, iat and jti are REQUIRED; `gen` is ours. Undefined when one is missing
 * or has another shape. Claims that are not ours are dropped.
 */
export const parseClaims = (payload: Payload): AccessTokenClaims | undefined => {
  const { iss, sub, aud, exp, iat, jti, client_id } = payload;
  if (!isText(iss) || !isText(sub) || !isText(jti) || !isText(client_id)) return undefined;
  if (!isText(aud) && !(isTexts(aud) && aud.length > 0)) return undefined;
  if (!isDate(exp) || !isDate(iat)) return undefined;
  const gen = parseStamp(payload['gen']);
  const optional = optionalClaims(payload);
  if (gen === undefined || optional === undefined) return undefined;
  return { iss, sub, aud, exp, iat, jti, client_id, gen, ...optional };
};
