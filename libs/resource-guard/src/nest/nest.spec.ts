import 'reflect-metadata';
import { createServer, request as httpRequest, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, Module, Req, UseGuards, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthGuard, PassportStrategy } from '@nestjs/passport';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { accessTokenClaims, mintAccessToken, testKeys, until } from '@latchkey/tokens/testing';
import jsonwebtoken from 'jsonwebtoken';
import passport from 'passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { testIssuer, type TestIssuer } from '../testing.js';
import {
  AccessToken,
  LatchkeyModule,
  LatchkeyStrategy,
  MaxStaleness,
  NotAdmitted,
  Public,
  RequiredScope,
  type AccessTokenClaims,
} from './index.js';

const SECRET = 'a secret of the ordinary strategy beside ours';

@Injectable()
class OrdinaryStrategy extends PassportStrategy(Strategy, 'jwt') {
  constructor() {
    super({ jwtFromRequest: ExtractJwt.fromHeader('x-session'), secretOrKey: SECRET });
  }
  validate(payload: { sub: string }): { sub: string } {
    return { sub: payload.sub };
  }
}

@Controller()
class Routes {
  @Get('closed')
  closed(@AccessToken() token: AccessTokenClaims): { sub: string } {
    return { sub: token.sub };
  }
  @Get('open')
  @Public()
  open(): { open: boolean } {
    return { open: true };
  }
  @Get('scoped')
  @RequiredScope('notes:read', 'notes:write')
  scoped(): { ok: boolean } {
    return { ok: true };
  }
  /** Takes what it is given for its own. */
  @Get('greedy')
  greedy(@Req() request: { user: object; authInfo: { grantedScope: Set<string> } }): { changed: boolean } {
    request.authInfo.grantedScope.add('notes:write');
    const changed =
      Reflect.set(request.user, 'scope', 'notes:read notes:write') || Reflect.set(request.user, 'sub', 'mallory');
    return { changed };
  }
  @Get('strict')
  @MaxStaleness(400)
  strict(): { ok: boolean } {
    return { ok: true };
  }
  @Get('ordinary')
  @Public()
  @UseGuards(AuthGuard('jwt'))
  ordinary(@AccessToken() user: { sub: string }): { sub: string } {
    return { sub: user.sub };
  }
}

/** One handler, with a requirement of its own in each controller that inherits it. */
class Inherited {
  @Get()
  read(@Req() request: { readonly authInfo: { readonly grantedScope: ReadonlySet<string> } }): string[] {
    return [...request.authInfo.grantedScope];
  }
}

@Controller('any')
class AnyToken extends Inherited {}

@Controller('writers')
@RequiredScope('notes:write')
class Writers extends Inherited {}

@Controller('contradiction')
@Public()
class HalfOpen {
  @Get()
  @RequiredScope('notes:read')
  read(): { ok: boolean } {
    return { ok: true };
  }
}

@Controller()
class Impatient {
  @Get('impatient')
  @MaxStaleness(399)
  read(): string {
    return '';
  }
}

const platforms = { Fastify: () => new FastifyAdapter(), Express: () => new ExpressAdapter() };

describe.each(Object.entries(platforms))('the Nest module on %s', (_, adapter) => {
  let issuer: TestIssuer;
  let app: INestApplication;
  let url: string;

  beforeAll(async () => {
    issuer = await testIssuer({ audience: 'http://localhost:4002/v1' });
    const { keys } = issuer;
    @Module({
      imports: [
        LatchkeyModule.forRootAsync({
          useFactory: () => ({
            ...{ issuer: issuer.issuer, audience: issuer.audience, keys, feed: issuer.feed(), maxStalenessMs: 3000 },
            ...{ resourceName: 'Notes', scopesSupported: ['notes:read'] },
          }),
        }),
      ],
      controllers: [Routes, HalfOpen, AnyToken, Writers],
      providers: [OrdinaryStrategy],
    })
    class App {}
    app = await NestFactory.create(App, adapter(), { logger: false });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });
  afterAll(async () => {
    await app.close();
    issuer.close();
  });

  const get = (path: string, token?: string): Promise<Response> =>
    fetch(`${url}${path}`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
  const metadata = 'resource_metadata="http://localhost:4002/.well-known/oauth-protected-resource/v1"';

  it('RFC 6750 §3.1 answers a route without marks with 401 and a bare challenge when there is no token', async () => {
    const response = await get('/closed');
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe(`Bearer ${metadata}`);
    expect(await response.json()).toEqual({});
  });

  it('RFC 6750 §2 does not take a token from the query', async () => {
    expect((await get(`/closed?access_token=${issuer.mint()}`)).status).toBe(401);
  });

  it('RFC 6750 §2 refuses a token in two places with 400', async () => {
    const response = await get(`/closed?access_token=${issuer.mint()}`, issuer.mint());
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_request' });
  });

  it('RFC 6750 §2 refuses two Authorization headers with 400', async () => {
    const headers = ['Authorization', `Bearer ${issuer.mint()}`, 'authorization', `Bearer ${issuer.mint()}`];
    const status = await new Promise<number | undefined>((resolve, reject) => {
      httpRequest(`${url}/closed`, { headers: ['Host', 'localhost', ...headers] }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(400);
  });

  it.each([
    ['a wrong audience', { aud: 'http://localhost:4003' }],
    ['a wrong issuer', { iss: 'http://localhost:4009' }],
    ['no exp', { exp: undefined }],
    ['an exp that has passed', { exp: 1_700_000_000 }],
  ])('RFC 9068 §4 refuses %s with 401 invalid_token', async (__, claims) => {
    const response = await get('/closed', issuer.mint(claims));
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe(
      `Bearer error="invalid_token", error_description="the access token is not valid", ${metadata}`,
    );
    expect(await response.json()).toEqual({
      error: 'invalid_token',
      error_description: 'the access token is not valid',
    });
  });

  it('RFC 9068 §4 refuses a signature by another key', async () => {
    const forged = mintAccessToken(
      { ...accessTokenClaims(), iss: issuer.issuer, aud: issuer.audience },
      { signer: testKeys().signer, header: { kid: issuer.kid } },
    );
    expect((await get('/closed', forged)).status).toBe(401);
  });

  it('RFC 6750 §3.1 answers too little scope with 403 and what is missing', async () => {
    const response = await get('/scoped', issuer.mint({ scope: 'notes:read' }));
    expect(response.status).toBe(403);
    expect(response.headers.get('www-authenticate')).toContain('error_description="not granted: notes:write"');
    expect(await response.json()).toMatchObject({ error: 'insufficient_scope' });
  });

  it('keeps a route with a requirement closed although its controller is public', async () => {
    expect((await get('/contradiction')).status).toBe(401);
  });

  it('V11 refuses a token from the moment that it is revoked', async () => {
    const token = issuer.mint({ jti: 'doomed' });
    expect((await get('/closed', token)).status).toBe(200);
    await issuer.revoke('token', 'doomed');
    expect((await get('/closed', token)).status).toBe(401);
  });

  it('V12 answers 503 with Retry-After while it cannot tell, and serves again by itself', async () => {
    issuer.silence();
    const deadline = performance.now() + 30_000;
    let strict: Response;
    do strict = await get('/strict', issuer.mint());
    while (strict.status === 200 && performance.now() < deadline);
    expect(strict.status).toBe(503);
    expect(strict.headers.get('retry-after')).toBe('1');
    expect(strict.headers.get('www-authenticate')).toBeNull();
    expect((await get('/open')).status).toBe(200);
    await issuer.resume();
    // Each answer in its turn may come later than the bound of this route after the watermark before it.
    await until(async () => (await get('/strict', issuer.mint())).status === 200, 'it serves again');
  });

  it('admits a good token and hands over its claims', async () => {
    const response = await get('/closed', issuer.mint({ sub: 'alice' }));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ sub: 'alice' });
    expect((await get('/scoped', issuer.mint())).status).toBe(200);
    expect((await get('/open')).status).toBe(200);
  });

  it('V15 a handler changes neither claims nor scope of a token that comes again', async () => {
    const token = issuer.mint({ sub: 'alice', scope: 'notes:read' });
    for (let call = 0; call < 2; call += 1) {
      const greedy = await get('/greedy', token);
      expect([greedy.status, await greedy.json()]).toEqual([200, { changed: false }]);
      expect((await get('/scoped', token)).status).toBe(403);
      expect(await (await get('/closed', token)).json()).toEqual({ sub: 'alice' });
      expect(await (await get('/any', token)).json()).toEqual(['notes:read']);
    }
  });

  it('asks of an inherited handler what each of its controllers says, and leaves the granted scope as authInfo', async () => {
    const reader = issuer.mint({ scope: 'notes:read' });
    for (let call = 0; call < 2; call += 1) {
      const any = await get('/any', reader);
      expect([any.status, await any.json()]).toEqual([200, ['notes:read']]);
      expect((await get('/writers', reader)).status).toBe(403);
      expect((await get('/writers', issuer.mint({ scope: 'notes:write' }))).status).toBe(200);
    }
  });

  it('is a strategy of passport-jwt, which gives the same answers where passport itself runs it', async () => {
    const strategy = app.get(LatchkeyStrategy, { strict: false });
    expect(strategy).toBeInstanceOf(Strategy);
    const options = { session: false, requirement: { requiredScope: ['notes:read', 'notes:write'] } };
    const server = createServer((incoming, response) => {
      const answered = (error: unknown, claims: unknown, info: unknown, status?: number): void => {
        const said = info instanceof NotAdmitted ? info.getResponse() : claims;
        response.writeHead(error === null ? (status ?? 200) : 500).end(JSON.stringify(said));
      };
      const middleware = passport.authenticate(strategy.name, options, answered) as RequestListener;
      middleware(incoming, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const credentials = ['', issuer.mint({ sub: 'alice' }), issuer.mint({ scope: 'notes:read' }), 'junk', 'two words'];
    const statuses: number[] = [];
    for (const token of credentials) {
      const headers = token === '' ? {} : { headers: { authorization: `Bearer ${token}` } };
      const byPassport = await fetch(`http://127.0.0.1:${port}`, headers);
      const byGuard = await fetch(`${url}/scoped`, headers);
      expect(byPassport.status).toBe(byGuard.status);
      const [said, answer]: unknown[] = [await byPassport.json(), await byGuard.json()];
      if (byGuard.status === 200) expect(said).toMatchObject({ sub: 'alice' });
      else expect(said).toEqual(answer);
      statuses.push(byGuard.status);
    }
    expect(statuses).toEqual([401, 200, 403, 401, 400]);
    await new Promise((resolve) => server.close(resolve));
  });

  it('leaves an ordinary passport-jwt strategy beside ours as it was', async () => {
    const session = jsonwebtoken.sign({ sub: 'bob' }, SECRET);
    const ask = (headers: Record<string, string>): Promise<Response> => fetch(`${url}/ordinary`, { headers });
    expect((await ask({})).status).toBe(401);
    expect((await ask({ authorization: `Bearer ${issuer.mint()}` })).status).toBe(401);
    expect((await ask({ 'x-session': jsonwebtoken.sign({ sub: 'bob' }, 'another secret') })).status).toBe(401);
    const good = await ask({ 'x-session': session });
    expect([good.status, await good.json()]).toEqual([200, { sub: 'bob' }]);
    expect((await get('/closed', session)).status).toBe(401);
  });

  it('RFC 9728 §3 serves its metadata at the one address that its identifier gives', async () => {
    const response = await get('/.well-known/oauth-protected-resource/v1');
    expect(await response.json()).toEqual({
      resource: 'http://localhost:4002/v1',
      authorization_servers: ['http://localhost:4000'],
      scopes_supported: ['notes:read'],
      bearer_methods_supported: ['header'],
      resource_name: 'Notes',
    });
    expect((await get('/.well-known/oauth-protected-resource')).status).toBe(404);
    expect((await get('/.well-known/oauth-protected-resource/v2')).status).toBe(404);
  });

  it('V12 refuses to start with a bound under four watermark intervals, and names the route', async () => {
    @Module({
      imports: [
        LatchkeyModule.forRoot({ issuer: issuer.issuer, audience: 'a', keys: issuer.keys, feed: issuer.feed() }),
      ],
      controllers: [Impatient],
    })
    class App {}
    const impatient = await NestFactory.create(App, adapter(), { logger: false, abortOnError: false });
    await expect(impatient.init()).rejects.toThrow('@MaxStaleness on Impatient.read is 399 ms');
    await impatient.close();
  });
});
