// @nestjs/passport + passport-jwt + jwks-rsa, as the README of jwks-rsa shows it for passport: cache on, rate limit on. It checks
// signature, issuer, audience and expiry; neither the type of the token nor a scope, and it knows of no revocation.
import { UseGuards } from '@nestjs/common';
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport';
import jwksRsa from 'jwks-rsa';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { ALGORITHM, AUDIENCE, ISSUER, JWKS_URI, serve } from './serve.mjs';

class JwtStrategy extends PassportStrategy(Strategy) {
  constructor() {
    super({
      secretOrKeyProvider: jwksRsa.passportJwtSecret({
        cache: true,
        rateLimit: true,
        jwksRequestsPerMinute: 5,
        jwksUri: JWKS_URI,
      }),
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      audience: AUDIENCE,
      issuer: ISSUER,
      algorithms: [ALGORITHM],
    });
  }

  validate(payload) {
    return payload;
  }
}

await serve({
  imports: [PassportModule],
  providers: [JwtStrategy],
  decorators: [UseGuards(AuthGuard('jwt'))],
});
