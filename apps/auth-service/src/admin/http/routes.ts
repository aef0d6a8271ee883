/**
 * Owns the carrying of words between Fastify and operations: one route each, the manners of A4 and A7 that every answer
 * has. Does not own any rule of any resource.
 */
import { appliedWait, limitedFields, Unavailable, waitPreference, weightOf } from '@latchkey/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Attempts } from '../../limits/attempts.js';
import type { FailureAudit } from '../../limits/failure-audit.js';
import type { AdminDoor } from '../door.js';
import { readJson } from './json-body.js';
import type { Idempotency } from './idempotency.js';
import type { Documentation } from './openapi.js';
import { type Answer, type Caller, LackingScope, type Once, type Operation, type RawInput } from './operation.js';
import { entityTagOf, Precondition } from './precondition.js';
import { nothingHere, Problem, PROBLEM_TYPE } from './problem.js';
import { type RefusedCaller, Refusals } from './refusals.js';

/** RFC 8259 §11: "No "charset" parameter is defined for this registration." Fastify leaves bytes alone, and adds one to text. */
export const JSON_TYPE = 'application/json';
export const written = (value: unknown): Buffer => Buffer.from(JSON.stringify(value), 'utf8');

export interface RoutesParts {
  readonly operations: readonly Operation[];
  readonly door: AdminDoor;
  readonly documentation: Pick<Documentation, 'of'>;
  readonly idempotency: Idempotency;
  /** To be awaited before anything that may have changed what is registered is answered. Never rejects. */
  readonly registryChanged: () => Promise<void>;
  readonly refusals: Pick<FailureAudit, 'note'>;
  readonly failures: Pick<Attempts, 'failed'>;
  readonly log: Logger;
}

export function addRoutes(app: FastifyInstance, parts: RoutesParts): void {
  const { operations, documentation, door, idempotency, registryChanged, failures, log } = parts;
  const callers = new WeakMap<FastifyRequest, Caller>();
  const known = new WeakMap<FastifyRequest, RefusedCaller>();
  const refusals = new Refusals(parts.refusals);
  for (const operation of operations) {
    app.route({
      ...documentation.of(operation),
      method: operation.method,
      url: operation.path.replaceAll(/\{([a-z_]+)\}/g, ':$1'),
      // Before a byte of the body is read (admin-api.md A2).
      onRequest: async (request) => {
        const caller = await callerOf(request, { door, failures }, (refused) => known.set(request, refused));
        known.set(request, caller);
        if (!caller.grantedScope.has(operation.scope)) throw insufficientScope([operation.scope], door);
        callers.set(request, caller);
        if (weightOf(request.headers.accept, 'application/json') === 0)
          throw new Problem(406, 'the answer can only be application/json');
      },
      handler: async (request, reply) => {
        const caller = callers.get(request);
        if (caller === undefined) throw new Error('a request came past the door');
        const precondition = new Precondition({
          ifMatch: operation.tagged === true ? joined(request, 'if-match') : undefined,
          ifNoneMatch: operation.tagged === true ? joined(request, 'if-none-match') : undefined,
        });
        const once = onceIfAsked(operation, request, caller, idempotency);
        const input = inputOf(request, caller, precondition, once);
        const answer = await operation
          .answer(input)
          .catch((error: unknown) => {
            throw error instanceof LackingScope ? insufficientScope(error.scope, door) : error;
          })
          // admin-api.md A9: in force here before it is said to be done; and when it failed, it may be done all the same.
          .finally(() => (operation.method === 'GET' ? undefined : registryChanged()));
        return send(reply, operation, answer, precondition);
      },
      errorHandler: (error, request, reply) => {
        const problem = problemOf(error, log);
        void refusals.note(operation, request, known.get(request), problem).then(() => sendProblem(reply, problem));
      },
    });
  }
  app.setErrorHandler(async (error, _request, reply) => sendProblem(reply, problemOf(error, log)));
}

const inputOf = (
  request: FastifyRequest,
  caller: Caller,
  precondition: Precondition,
  once: Once | undefined,
): RawInput => ({
  params: { ...asRecord(request.params) },
  query: { ...asRecord(request.query) },
  ...{ body: request.body, caller, precondition, once },
  waitSeconds: waitPreference(valuesOf(request, 'prefer').join(', ')),
});

/** The Idempotency-Key of a request that creates is honoured; elsewhere it is nothing that we know (RFC 9110 §5.1). */
function onceIfAsked(
  operation: Operation,
  request: FastifyRequest,
  { clientId }: Caller,
  idempotency: Idempotency,
): Once | undefined {
  const field = valuesOf(request, 'idempotency-key');
  const { method, howAgain } = operation;
  if (operation.once === undefined || field.length === 0) return undefined;
  return (meant, effect) => idempotency.answer({ clientId, method, field, ...meant }, { howAgain, once: effect });
}

function send(reply: FastifyReply, operation: Operation, answer: Answer, precondition: Precondition): FastifyReply {
  const { status, body, location, waitedSeconds, representation = body } = answer;
  if (operation.tagged === true) void reply.header('etag', entityTagOf(representation));
  if (operation.tagged === true && operation.method === 'GET' && precondition.isNotModified(representation)) {
    return reply.status(304).send();
  }
  if (location !== undefined) void reply.header('location', location);
  if (waitedSeconds !== undefined) void reply.header('preference-applied', appliedWait(waitedSeconds));
  return reply.status(status).type(JSON_TYPE).send(written(body));
}

const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? '';
const joined = (request: FastifyRequest, name: string): string | undefined => {
  const lines = valuesOf(request, name);
  return lines.length === 0 ? undefined : lines.join(', ');
};

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};

async function callerOf(
  request: FastifyRequest,
  { door, failures }: Pick<RoutesParts, 'door' | 'failures'>,
  onKnown: (refused: RefusedCaller) => void,
): Promise<Caller> {
  const mark = request.url.indexOf('?');
  const admittance = await door.admit({
    authorization: valuesOf(request, 'authorization'),
    query: mark < 0 ? '' : request.url.slice(mark + 1),
    requiredScope: [],
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
      // Whoever shows no token, or shows it in two places, has not failed to prove anything.
      const proves = status === 401 && admittance.reason !== 'no_token';
      const limit = proves ? await failures.failed(admittance.knownClient, request.ip) : undefined;
      // A good token has been let in by now: whoever else fails here shuts out no operator.
      if (limit !== undefined) {
        throw new Problem(429, 'too many tokens were refused; try again later', limitedFields(limit));
      }
      if (admittance.knownClient !== undefined) onKnown({ clientId: admittance.knownClient, address: request.ip });
      const detail = body.error_description ?? 'an access token of this issuer for the admin API is needed';
      throw new Problem(status, detail, { 'www-authenticate': challenge });
    }
    case 'cannot-tell':
      throw new Unavailable(admittance.reason);
  }
}

const insufficientScope = (missing: readonly string[], door: AdminDoor): Problem =>
  new Problem(403, `not granted to you: ${missing.join(' ')}`, {
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
  // 414: a segment that is longer than any name of ours.
  if (status === 404 || status === 414) return nothingHere();
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new Problem(status, DETAILS[status] ?? 'the request could not be read');
  }
  log.error({ err: error }, 'answered 500');
  return new Problem(500, 'something went wrong here');
}

/** RFC 7396 §4. */
const MERGE_PATCH_TYPE = 'application/merge-patch+json';
const isMergePatch = (type: string | undefined): boolean =>
  type?.split(';', 1)[0]?.trim().toLowerCase() === MERGE_PATCH_TYPE;
const ONLY_JSON = 'the body must be application/json';

const DETAILS: Readonly<Record<number, string>> = {
  413: 'the body must not be larger than 1 MiB',
  415: ONLY_JSON,
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
  const types = ['application/json', MERGE_PATCH_TYPE];
  app.addContentTypeParser(types, { parseAs: 'buffer' }, (request, body, done) => {
    try {
      if (request.method !== 'PATCH' && isMergePatch(request.headers['content-type']))
        throw new Problem(415, ONLY_JSON);
      // admin-api.md A9: "actions and DELETE take an empty or `{}` body". Where one is needed, none is a fault of its form.
      done(null, body.length === 0 ? undefined : readJson(Buffer.from(body)));
    } catch (error) {
      done(error instanceof Error ? error : new Error('unreadable'));
    }
  });
}

/**
 * Answers for paths and methods that no route has, before any body is read: 405 with Allow, or 404. A path without parameters
 * is itself, whatever pattern it would fit: `GET /keys/rotate` asks for no key.
 */
export function answerUnrouted(app: FastifyInstance, paths: readonly { method: string; path: string }[]): void {
  const fixed = new Map<string, string[]>();
  for (const { method, path } of paths) {
    if (!path.includes('{')) fixed.set(path, [...(fixed.get(path) ?? []), method]);
  }
  const patterns = paths.map(({ method, path }) => ({
    method,
    pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{[a-z_]+\}/g, '[^/]+')}$`),
  }));
  const methodsAt = (path: string): readonly string[] => {
    const found = fixed.get(path) ?? patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    return [...new Set(found.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))];
  };
  app.addHook('onRequest', (request, _reply, done) => {
    const path = pathOf(request);
    const isElsewhere = fixed.has(path) && !methodsAt(path).includes(request.method);
    done(request.is404 || isElsewhere ? unrouted(methodsAt(path)) : undefined);
  });
}

const unrouted = (methods: readonly string[]): Problem => {
  if (methods.length === 0) return nothingHere();
  // RFC 9110 §15.5.6: "The origin server MUST generate an Allow header field in a 405 response".
  const allowed = methods.join(', ');
  return new Problem(405, `only ${allowed} may be asked for here`, { allow: allowed });
};
