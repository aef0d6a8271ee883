/**
 * Owns the carrying of words between Fastify and operations: one route each, the manners of A4 and A7 that every answer
 * has. Does not own any rule of any resource.
 */
import { appliedWait, Unavailable, waitPreference } from '@latchkey/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { AdminDoor } from '../door.js';
import { acceptsJson } from './accepts-json.js';
import { readJson } from './json-body.js';
import { documentOf } from './openapi.js';
import { type Caller, LackingScope, type Operation } from './operation.js';
import { nothingHere, Problem, PROBLEM_TYPE } from './problem.js';

/** RFC 8259 §11: "No "charset" parameter is defined for this registration." Fastify leaves bytes alone, and adds one to text. */
export const JSON_TYPE = 'application/json';
export const written = (value: unknown): Buffer => Buffer.from(JSON.stringify(value), 'utf8');

export interface RoutesParts {
  readonly operations: readonly Operation[];
  readonly door: AdminDoor;
  readonly log: Logger;
}

export function addRoutes(app: FastifyInstance, { operations, door, log }: RoutesParts): void {
  const callers = new WeakMap<FastifyRequest, Caller>();
  for (const operation of operations) {
    app.route({
      method: operation.method,
      url: operation.path.replaceAll(/\{([a-z_]+)\}/g, ':$1'),
      schema: documentOf(operation),
      // Before a byte of the body is read (admin-api.md A2).
      onRequest: async (request) => {
        callers.set(request, await callerOf(request, operation, door));
        if (!acceptsJson(request.headers.accept)) throw new Problem(406, 'the answer can only be application/json');
      },
      handler: async (request, reply) => {
        const caller = callers.get(request);
        if (caller === undefined) throw new Error('a request came past the door');
        const { params, body } = request;
        const waitSeconds = waitPreference(valuesOf(request, 'prefer').join(', '));
        const answer = await operation
          .answer({ params: { ...asRecord(params) }, query: { ...asRecord(request.query) }, body, caller, waitSeconds })
          .catch((error: unknown) => {
            throw error instanceof LackingScope ? insufficientScope(error.scope, door) : error;
          });
        if (answer.location !== undefined) void reply.header('location', answer.location);
        if (answer.waitedSeconds !== undefined)
          void reply.header('preference-applied', appliedWait(answer.waitedSeconds));
        return reply.status(answer.status).type(JSON_TYPE).send(written(answer.body));
      },
    });
  }
  app.setErrorHandler(async (error, _request, reply) => sendProblem(reply, problemOf(error, log)));
}

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};

async function callerOf(request: FastifyRequest, operation: Operation, door: AdminDoor): Promise<Caller> {
  const mark = request.url.indexOf('?');
  const admittance = await door.admit({
    authorization: valuesOf(request, 'authorization'),
    query: mark < 0 ? '' : request.url.slice(mark + 1),
    requiredScope: [operation.scope],
  });
  switch (admittance.answer) {
    case 'admit':
      return {
        clientId: admittance.claims.client_id,
        grantedScope: admittance.grantedScope,
        address: request.ip,
      };
    case 'refuse': {
      const { status, challenge, body } = admittance.refusal;
      const detail = body.error_description ?? 'an access token of this issuer for the admin API is needed';
      throw new Problem(status, detail, { 'www-authenticate': challenge });
    }
    case 'cannot-tell':
      throw new Unavailable(admittance.reason);
  }
}

const insufficientScope = (missing: readonly string[], door: AdminDoor): Problem =>
  new Problem(403, `not granted to you, so not yours to give: ${missing.join(' ')}`, {
    'www-authenticate': door.challengeFor(missing),
  });

/** Every line of a header: Node keeps only the first of several Authorization headers; the guard refuses several. */
const valuesOf = ({ raw: { rawHeaders } }: FastifyRequest, name: string): readonly string[] =>
  rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);

/** Everything that can go wrong, in the words of A4. What is said of a bug is nothing. */
export function problemOf(error: unknown, log: Logger): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof Unavailable) {
    log.error(
      { what: error.what, cause: error.cause instanceof Error ? error.cause.message : undefined },
      'answered 503',
    );
    return new Problem(503, 'something that is needed does not answer; try again in a moment', { 'retry-after': '1' });
  }
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  if (status === 404) return nothingHere();
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new Problem(status, DETAILS[status] ?? 'the request could not be read');
  }
  log.error({ err: error }, 'answered 500');
  return new Problem(500, 'something went wrong here');
}

const DETAILS: Readonly<Record<number, string>> = {
  413: 'the body must not be larger than 1 MiB',
  415: 'the body must be application/json',
};

export async function sendProblem(reply: FastifyReply, problem: Problem): Promise<FastifyReply> {
  return reply
    .status(problem.status)
    .headers({ ...problem.headers, 'cache-control': 'no-store' })
    .type(PROBLEM_TYPE)
    .send(written(problem.document()));
}

/** JSON and nothing else, and the faults of a body in our own words. */
export function readOnlyJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      // admin-api.md A9: "actions and DELETE take an empty or `{}` body". Where one is needed, none is a fault of its form.
      done(null, body.length === 0 ? undefined : readJson(Buffer.from(body)));
    } catch (error) {
      done(error instanceof Error ? error : new Error('unreadable'));
    }
  });
}

/** Answers for paths and methods that no route has, before any body is read: 405 with Allow, or 404. */
export function answerUnrouted(app: FastifyInstance, paths: readonly { method: string; path: string }[]): void {
  const patterns = paths.map(({ method, path }) => ({
    method,
    pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{[a-z_]+\}/g, '[^/]+')}$`),
  }));
  app.addHook('onRequest', (request, _reply, done) => {
    done(request.is404 ? unrouted(request.url.split('?', 1)[0] ?? '') : undefined);
  });

  const unrouted = (path: string): Problem => {
    const methods = patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    if (methods.length === 0) return nothingHere();
    // RFC 9110 §15.5.6: "The origin server MUST generate an Allow header field in a 405 response".
    const allowed = [...new Set(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))].join(
      ', ',
    );
    return new Problem(405, `only ${allowed} may be asked for here`, { allow: allowed });
  };
}
