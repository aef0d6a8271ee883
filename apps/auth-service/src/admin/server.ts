/**
 * Owns the admin port: its own Fastify server, composed of plain parts. Does not own any rule of a resource, nor what is
 * behind its ports.
 */
import swagger from '@fastify/swagger';
import { drainOnClose } from '@latchkey/process';
import type { ReceiptDesk, SigningAlgorithm } from '@latchkey/tokens';
import type { KeyRotation } from '@latchkey/tokens/issuing';
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { apiOperations } from './apis/api-operations.js';
import { secretOperations } from './apis/secret-operations.js';
import { clientOperations } from './clients/client-operations.js';
import { AdminDoor, type AdminDoorParts } from './door.js';
import { guardOperations } from './guards/guard-operations.js';
import { openapiOptions } from './http/openapi.js';
import { ProblemSchema } from './http/problem.js';
import { addRoutes, answerUnrouted, JSON_TYPE, problemOf, readOnlyJson, sendProblem, written } from './http/routes.js';
import { keyOperations } from './keys/key-operations.js';
import { addMachinery, MACHINERY_PATHS, type Readiness } from './machinery.js';
import type { ApiRegistry, ClientRegistry, GuardRecords, RevocationRegister } from './ports.js';
import { revocationOperations } from './revocations/revocation-operations.js';

export interface AdminServerParts extends AdminDoorParts {
  readonly clients: ClientRegistry;
  readonly apis: ApiRegistry;
  readonly revocations: RevocationRegister;
  readonly guards: GuardRecords;
  readonly desk: Pick<ReceiptDesk, 'wait' | 'onTheWire' | 'now' | 'present'>;
  readonly rotation: Pick<KeyRotation, 'list' | 'rotate' | 'kill'>;
  /** Those that APIs share. */
  readonly secrets: Pick<KeyRotation, 'list' | 'addSecret' | 'removeSecret'>;
  /** What ID tokens can be signed with. */
  readonly idTokenAlgorithms: readonly SigningAlgorithm[];
  /** Makes the first key of this algorithm, unless there is one. Rejects when it cannot be told. */
  readonly ensureRing: (algorithm: SigningAlgorithm) => Promise<void>;
  /** Before any access token is valid for so many seconds. Rejects when it cannot be written. */
  readonly raiseLongestLifetime: (seconds: number) => Promise<void>;
  readonly readiness: () => Promise<Readiness>;
  readonly metrics: Registry;
  readonly log: Logger;
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  readonly trustProxy?: string | undefined;
}

/** admin-api.md A7. */
const BODY_LIMIT_BYTES = 1024 * 1024;

/** In characters, of a parameter in a path: the id of an API is its identifier in base64url. */
const LONGEST_SEGMENT = 1000;

const OPENAPI_PATH = '/admin/openapi.json';

/** Composed; hooks may still be added. Listens when told to, on the admin port. */
export async function adminServer(parts: AdminServerParts): Promise<FastifyInstance> {
  const app = fastifyOf(parts, {
    bodyLimit: BODY_LIMIT_BYTES,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    // Fastify's default waits for a slow body for ever.
    requestTimeout: 30_000,
    ...(parts.trustProxy === undefined ? {} : { trustProxy: parts.trustProxy }),
    routerOptions: { maxParamLength: LONGEST_SEGMENT },
    frameworkErrors: (error, _request, reply) => void sendProblem(reply, problemOf(error, parts.log)),
  });
  // The operation judges and writes by itself: the schemas of a route are its document.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (body) => JSON.stringify(body));
  app.addSchema(ProblemSchema);
  readOnlyJson(app);
  drainOnClose(app);
  const operations = [
    ...clientOperations(parts),
    ...apiOperations(parts),
    ...secretOperations(parts),
    ...revocationOperations(parts),
    ...guardOperations(parts),
    ...keyOperations(parts),
  ];
  const open = [...MACHINERY_PATHS, { method: 'GET', path: OPENAPI_PATH }];
  answerUnrouted(app, [...operations, ...open]);
  app.addHook('onSend', async (_request, reply) => {
    void reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  });
  await app.register(swagger, openapiOptions(parts.adminUrl, parts.issuer));
  addRoutes(app, { operations, door: new AdminDoor(parts), log: parts.log });
  addMachinery(app, parts.readiness, parts.metrics);
  app.get(OPENAPI_PATH, { schema: { hide: true } }, async (_request, reply) =>
    reply.type(JSON_TYPE).send(written(app.swagger())),
  );
  return app;
}

function fastifyOf({ tls }: AdminServerParts, options: FastifyServerOptions): FastifyInstance {
  return Fastify({ ...options, ...(tls === undefined ? {} : { https: { ...tls, minVersion: 'TLSv1.2' } }) });
}
