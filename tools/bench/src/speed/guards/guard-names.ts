/** Owns what the guards and their workloads are called, and what each guard does and does not. */
import type { Algorithm } from '../contenders/seed.js';

export const UNGUARDED = 'no guard';
export const RESOURCE_GUARD = '@latchkey/resource-guard';
export const PASSPORT_JWT = 'passport-jwt + jwks-rsa';
export const JOSE = 'jose';
export const AUTH0 = 'express-oauth2-jwt-bearer';

/** In the order in which the rows are shown. */
export const SHOWN = ['1 token', '1,000 tokens in turn', 'each token once'] as const;
export type Shown = (typeof SHOWN)[number];
export const guardedGet = (shown: Shown, algorithm: Algorithm): string => `guarded GET, ${shown}, ${algorithm}`;

export const GUARDS: Readonly<Record<string, string>> = {
  [UNGUARDED]: 'NestJS on Fastify with nothing before the route: what the others cost more than this is what they add.',
  [RESOURCE_GUARD]:
    'Its Nest module with a real feed on Redis: signature (remembered, at most 10,000), type, issuer, audience, expiry, required scope, and every revocation, asked at every request.',
  [PASSPORT_JWT]:
    '@nestjs/passport, passport-jwt and jwks-rsa as the README of jwks-rsa shows it (cache, rate limit): signature, issuer, audience, expiry. No type, no scope, no revocation.',
  [JOSE]:
    'A guard of ten lines with createRemoteJWKSet and jwtVerify: signature, type, issuer, audience, expiry. No scope, no revocation.',
  [AUTH0]:
    'express-oauth2-jwt-bearer of Auth0, its middleware called by a guard, strict and with requiredScopes: signature, type, issuer, audience, expiry, required scope. No revocation. It takes part in two workloads, beside those that goals are about.',
};
