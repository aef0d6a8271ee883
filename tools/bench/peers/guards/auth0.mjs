// Auth0's middleware for Express, as its README shows it, by RFC 9068 (strict) and with a required scope. What it asks of a request of
// Express is brought here at the least that it can cost. It knows of no revocation.
import { UseGuards } from '@nestjs/common';
import { auth, requiredScopes } from 'express-oauth2-jwt-bearer';
import { AUDIENCE, ISSUER, SCOPE, serve } from './serve.mjs';

const steps = [auth({ issuerBaseURL: ISSUER, audience: AUDIENCE, strict: true }), requiredScopes(SCOPE)];

class Auth0Guard {
  async canActivate(context) {
    const { method, headers, query, originalUrl } = context.switchToHttp().getRequest();
    const request = {
      ...{ method, headers, query, originalUrl, protocol: 'http' },
      get: (name) => headers[name.toLowerCase()],
      is: () => false,
    };
    for (const step of steps) {
      await new Promise((resolve, reject) => {
        step(request, undefined, (error) => (error === undefined ? resolve() : reject(error)));
      });
    }
    return true;
  }
}

await serve({ decorators: [UseGuards(Auth0Guard)] });
