/**
 * Owns the admin port: its own Fastify server, composed of plain parts. Does not own any rule of a resource, nor what is
 * behind its ports.
 */
import {
  answerUnreadable,
  ARRIVAL_MS,
  drainOnClose,
  keepCertificateCurrent,
  NO_SCHEMAS,
  nodeServerOptions,
  type Tls,
  tlsOptions,
} from '@latchkey/process';
import type { IdTokenAlgorithm } from '@latchkey/protocol';
import type { ReceiptDesk, SigningAlgorithm } from '@latchkey/tokens';
import type { KeyRotation } from '@latchkey/tokens/issuing';
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { WorkSlotLimits } from '../interaction/work-slots.js';
import type { Attempts } from '../limits/attempts.js';
import type { FailureAudit } from '../limits/failure-audit.js';
import { apiOperations } from './apis/api-operations.js';
import type { ApiChanges, ApiSecrets } from './apis/api-ports.js';
import { secretOperations } from './apis/secret-operations.js';
import { auditEventOperations } from './audit-events/audit-event-operations.js';
import type { AuditReader, AuditVerifier } from './audit-events/audit-ports.js';
import { clientOperations } from './clients/client-operations.js';
import type { ClientChanges, ClientRegistry } from './clients/client-ports.js';
import type { SealSecret } from './clients/client-resource.js';
import { AdminDoor, type AdminDoorParts } from './door.js';
import type { GrantRecords } from './grants/grant-ports.js';
import { grantOperations } from './grants/grant-operations.js';
import { addDocument, OPENAPI_PATH } from './docs/document-route.js';
import { addReferencePage, DOCS_PATHS } from './docs/reference-page.js';
import { guardOperations } from './guards/guard-operations.js';
import { Idempotency } from './http/idempotency.js';
import { documentation } from './http/openapi.js';
import { addRoutes, answerUnrouted, problemOf, readOnlyJson, sendProblem } from './http/routes.js';
import { Problem, PROBLEM_TYPE } from './http/problem.js';
import { keyOperations } from './keys/key-operations.js';
import { addMachinery, MACHINERY_PATHS, type Readiness } from './machinery.js';
import type { ApiRegistry, GuardRecords, KeptAnswers, RevocationRegister } from './ports.js';
import { revocationOperations } from './revocations/revocation-operations.js';
import { tokenOperations } from './tokens/explain-operation.js';
import type { TokenStandings } from './tokens/token-ports.js';
import { PasswordLane } from './users/password-lane.js';
import { userEndingOperations } from './users/user-ending-operations.js';
import { userOperations } from './users/user-operations.js';
import type { SessionRecords } from './sessions/session-ports.js';
import { sessionOperations } from './sessions/session-operations.js';
import { consentOperations } from './users/consent-operations.js';
import type { ConsentEndings, ConsentRegistry, UserEndings, UserRegistry } from './users/user-ports.js';

export interface AdminServerParts extends AdminDoorParts {
  readonly clients: ClientRegistry;
  readonly clientChanges: ClientChanges;
  readonly apis: ApiRegistry;
  readonly apiChanges: ApiChanges;
  /** Whatever was written may be remembered by this service: awaited before the answer is given. Never rejects. */
  readonly registryChanged: () => Promise<void>;
  readonly revocations: RevocationRegister;
  readonly grants: GrantRecords;
  readonly sessions: SessionRecords;
  readonly guards: GuardRecords;
  readonly users: UserRegistry;
  readonly userEndings: UserEndings;
  readonly consents: ConsentRegistry;
  readonly consentEndings: ConsentEndings;
  readonly desk: Pick<ReceiptDesk, 'wait' | 'onTheWire' | 'now' | 'present'>;
  readonly rotation: Pick<KeyRotation, 'list' | 'rotate' | 'kill'>;
  /** Those that APIs share. */
  readonly secrets: ApiSecrets;
  readonly standings: TokenStandings;
  /** What ID tokens can be signed with. */
  readonly idTokenAlgorithms: readonly IdTokenAlgorithm[];
  /** Makes the first key of this algorithm, unless there is one. Rejects when it cannot be told. */
  readonly ensureRing: (algorithm: SigningAlgorithm) => Promise<void>;
  /** Before any access token is valid for so many seconds. Rejects when it cannot be written. */
  readonly raiseLongestLifetime: (seconds: number) => Promise<void>;
  /** Before any refresh token lives for so many seconds. Rejects when it cannot be written. */
  readonly raiseLongestRefresh: (seconds: number) => Promise<void>;
  /** A client's secret as it is kept beside its digest. */
  readonly sealSecret: SealSecret;
  readonly kept: KeptAnswers;
  /** Under which bodies are remembered, 32 bytes each: that of now, then those of before. */
  readonly idempotencyMacKeys: readonly [Buffer, ...Buffer[]];
  readonly audit: AuditReader;
  readonly verifier: AuditVerifier;
  /** What was refused is recorded there, so many rows for each caller. */
  readonly refusals: Pick<FailureAudit, 'note'>;
  /** How often tokens may fail here. */
  readonly failures: Pick<Attempts, 'failed'>;
  /** How many passwords may wait to be hashed, and how long; as in production when left out. */
  readonly passwordWork?: WorkSlotLimits;
  readonly readiness: () => Promise<Readiness>;
  readonly metrics: Registry;
  readonly log: Logger;
  readonly tls?: Tls | undefined;
  readonly trustProxy?: string | undefined;
}

/** admin-api.md A7. */
const BODY_LIMIT_BYTES = 1024 * 1024;

/** In characters, of a parameter in a path: the id of an API is its identifier in base64url. */
const LONGEST_SEGMENT = 1000;

/** Composed; hooks may still be added. Listens when told to, on the admin port. */
export function adminServer(parts: AdminServerParts): FastifyInstance {
  const app = fastifyOf(parts, {
    bodyLimit: BODY_LIMIT_BYTES,
    schemaController: NO_SCHEMAS,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    requestTimeout: ARRIVAL_MS,
    ...(parts.trustProxy === undefined ? {} : { trustProxy: parts.trustProxy }),
    routerOptions: { maxParamLength: LONGEST_SEGMENT },
    frameworkErrors: (error, _request, reply) => void sendProblem(reply, problemOf(error, parts.log)),
  });
  answerUnreadable(app, ({ status, detail }) => ({
    type: PROBLEM_TYPE,
    body: JSON.stringify(new Problem(status, detail).document()),
  }));
  readOnlyJson(app);
  drainOnClose(app);
  keepCertificateCurrent(app, parts.tls, parts.log);
  const passwords = new PasswordLane(parts.passwordWork);
  const operations = [
    ...clientOperations(parts),
    ...apiOperations(parts),
    ...secretOperations(parts),
    ...grantOperations(parts),
    ...sessionOperations(parts),
    ...revocationOperations(parts),
    ...guardOperations(parts),
    ...userOperations({ ...parts, passwords }),
    ...userEndingOperations({ ...parts, passwords }),
    ...consentOperations(parts),
    ...keyOperations(parts),
    ...tokenOperations({ ...parts, stored: parts.rotation }),
    ...auditEventOperations(parts),
  ];
  const open = [...MACHINERY_PATHS, ...DOCS_PATHS, { method: 'GET', path: OPENAPI_PATH }];
  answerUnrouted(app, [...operations, ...open]);
  app.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store');
    void reply.header('x-content-type-options', 'nosniff');
  });
  const { kept, idempotencyMacKeys: macKeys, registryChanged, refusals, failures, log } = parts;
  const documented = documentation(app, operations, parts);
  const routes = {
    operations,
    documentation: documented,
    door: new AdminDoor(parts),
    idempotency: new Idempotency({ kept, macKeys }),
    ...{ registryChanged, refusals, failures, log },
  };
  // The plugin sees the routes that come after it.
  app.after(() => {
    addRoutes(app, routes);
  });
  addMachinery(app, parts.readiness, parts.metrics);
  addDocument(app, documented.document);
  addReferencePage(app);
  return app;
}

function fastifyOf({ tls }: AdminServerParts, options: FastifyServerOptions): FastifyInstance {
  const http = nodeServerOptions();
  return tls === undefined
    ? Fastify({ ...options, http })
    : Fastify({ ...options, ...{ https: { ...http, ...tlsOptions(tls) } } });
}
