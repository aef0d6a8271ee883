// A guard of one's own with jose, as its documentation shows it: createRemoteJWKSet and jwtVerify. It checks signature, type,
// issuer, audience and expiry; no scope, and it knows of no revocation.
import { UnauthorizedException, UseGuards } from '@nestjs/common';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { ALGORITHM, AUDIENCE, ISSUER, JWKS_URI, serve } from './serve.mjs';

const keys = createRemoteJWKSet(new URL(JWKS_URI));
const wanted = { issuer: ISSUER, audience: AUDIENCE, typ: 'at+jwt', algorithms: [ALGORITHM] };

class JoseGuard {
  async canActivate(context) {
    const request = context.switchToHttp().getRequest();
    const [scheme, token] = request.headers.authorization?.split(' ') ?? [];
    if (scheme !== 'Bearer' || token === undefined) throw new UnauthorizedException();
    try {
      request.user = (await jwtVerify(token, keys, wanted)).payload;
      return true;
    } catch {
      throw new UnauthorizedException();
    }
  }
}

await serve({ decorators: [UseGuards(JoseGuard)] });
