/**
 * Owns which endpoints a script of another origin may use, and the headers that tell its browser so (Fetch standard, "CORS
 * protocol"). Does not own whose origins those are. The documents (/jwks, metadata) are for everybody and say so themselves.
 */
import { isWebOrigin } from '@latchkey/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RememberedOrigins } from './remembered-origins.js';

/**
 * What a client calls itself. RFC 9700 §2.6: "CORS MUST NOT be supported at the authorization endpoint, as the client does
 * not access this endpoint directly"; so it is with /logout and the pages. Whoever asks /introspect is no script.
 */
const METHODS: Readonly<Record<string, string>> = {
  '/token': 'POST',
  '/revoke': 'POST',
  '/userinfo': 'GET, POST',
};

/** Fetch, "CORS protocol and HTTP caches": an answer that depends on Origin says so, also where there was none. */
const VARY = { vary: 'origin' } as const;

/** What stands in an answer at this path where there was no Origin. */
export const withoutOrigin = (path: string): Readonly<Record<string, string>> =>
  METHODS[path] === undefined ? {} : VARY;

const ALLOWED_HEADERS = 'authorization, content-type';
const EXPOSED_HEADERS = 'www-authenticate, retry-after, ratelimit, ratelimit-policy';

/** A browser need not ask again for so long. The answer itself is judged anew each time. */
const PREFLIGHT_MAX_AGE_SECONDS = '600';

/**
 * Before anything else is done with the request, so that whatever it is answered, also by the framework or in a broken world,
 * can be read. An origin that is nobody's is answered as if there were no browser, without the headers.
 */
export function answerAcrossOrigins(instance: FastifyInstance, origins: RememberedOrigins): void {
  instance.addHook('onRequest', (request, reply, done) => {
    const methods = METHODS[request.routeOptions.url ?? ''];
    if (methods === undefined) {
      done();
      return;
    }
    void reply.headers(VARY);
    const { origin } = request.headers;
    if (origin === undefined || !isWebOrigin(origin)) {
      done();
      return;
    }
    const asked = isPreflight(request) ? 'beforehand' : 'with-the-request';
    isRegistered(origins, origin, asked, reply).then((registered) => {
      if (registered) allow(reply, origin);
      if (registered && asked === 'beforehand') answerPreflight(reply, methods);
      else done();
    }, done);
  });
}

const answerPreflight = (reply: FastifyReply, methods: string): void => {
  void reply
    .status(204)
    .headers({
      'access-control-allow-methods': methods,
      'access-control-allow-headers': ALLOWED_HEADERS,
      'access-control-max-age': PREFLIGHT_MAX_AGE_SECONDS,
    })
    .send();
};

/**
 * When it cannot be told, nothing has been done and nothing is: the 503 that follows says nothing about anybody, so that
 * every script may read it and come again.
 */
async function isRegistered(
  origins: RememberedOrigins,
  origin: string,
  asked: 'beforehand' | 'with-the-request',
  reply: FastifyReply,
): Promise<boolean> {
  try {
    return await origins.isRegistered(origin, asked);
  } catch (error) {
    allow(reply, origin);
    throw error;
  }
}

/** Never with Access-Control-Allow-Credentials: no cookie counts at these endpoints. */
function allow(reply: FastifyReply, origin: string): void {
  void reply.headers({ 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED_HEADERS });
}

const isPreflight = ({ method, headers }: FastifyRequest): boolean =>
  method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
