/**
 * Owns the two ports and what stands behind each: the endpoints and pages of the issuer, and the admin API. Does not own an endpoint,
 * a page or an operation.
 */
import { type AuthorizationServer, ID_TOKEN_ALGORITHMS } from '@latchkey/protocol';
import type { Logger } from 'pino';
import { type AdminServerParts, adminServer } from './admin/server.js';
import type { BackchannelLogout } from './backchannel/backchannel-logout.js';
import { ToldEndings } from './backchannel/told-endings.js';
import type { AuthServiceConfig } from './config.js';
import { RememberedOrigins } from './http/remembered-origins.js';
import { interactionModule } from './interaction/interaction.module.js';
import type { LongestLifetimes } from './lifetimes.js';
import type { Limits } from './limits/limits.js';
import { machineClock } from './machine-clock.js';
import { PostgresApiSecrets } from './persistence/postgres/api-secrets.js';
import { PostgresAuditVerifier } from './persistence/postgres/audit-verifier.js';
import type { Stores } from './persistence/postgres/stores.js';
import { createPublicApp, type PublicApp } from './public-app.js';
import type { Registry } from './registry/registry.js';
import type { Revocation } from './revocation.js';
import type { Secrets } from './secrets.js';
import { interactionSettings } from './settings.js';
import type { Wires } from './wires.js';

export interface DoorsParts {
  readonly config: AuthServiceConfig;
  readonly stores: Stores;
  readonly secrets: Secrets;
  readonly wires: Pick<Wires, 'ephemeral'>;
  readonly registry: Pick<Registry, 'changed'>;
  readonly revocation: Pick<Revocation, 'membership' | 'desk'>;
  readonly lifetimes: LongestLifetimes;
  readonly limits: Limits;
  readonly server: AuthorizationServer;
  readonly backchannel: BackchannelLogout;
  readonly watched: Pick<AdminServerParts, 'readiness' | 'metrics'>;
  readonly log: Logger;
}

export interface Doors {
  /** The public port first. */
  listen(): Promise<void>;
  /** Answers what was accepted, then closes both. */
  close(): Promise<void>;
}

export async function openDoors(parts: DoorsParts): Promise<Doors> {
  const { config, log } = parts;
  const front = frontOf(config, log);
  const publicApp = await publicDoor(parts, front);
  const admin = adminServer({ ...front, ...adminParts(parts) });
  return {
    listen: async () => {
      await publicApp.listen(config.port, config.host);
      await admin.listen({ port: config.adminPort, host: config.host });
    },
    close: async () => {
      await Promise.all([publicApp.close(), admin.close()]);
    },
  };
}

const frontOf = (config: AuthServiceConfig, log: Logger) => ({
  log,
  ...(config.tls === undefined ? {} : { tls: config.tls }),
  ...(config.trustProxy === undefined ? {} : { trustProxy: config.trustProxy }),
});

type Front = ReturnType<typeof frontOf>;

async function publicDoor(parts: DoorsParts, front: Front): Promise<PublicApp> {
  const { config, stores, secrets, wires, limits, server, backchannel, log } = parts;
  const pages = await interactionModule({
    settings: interactionSettings(config, secrets.encryption),
    ...{ authorization: server.authorization, endSession: server.endSession, clock: machineClock },
    people: stores.people,
    sessions: stores.sessions,
    account: {
      ...{ apis: stores.apis, records: stores.accountRecords, passwordChanges: stores.endings.passwords },
      sessionEndings: new ToldEndings(stores.endings.sessions, backchannel),
      consentEndings: stores.endings.consents,
    },
    ephemeral: wires.ephemeral,
    ...{ limits, trail: stores.trail },
    log,
  });
  const origins = new RememberedOrigins(stores.browserOrigins, machineClock);
  return createPublicApp({ ...front, server, pages, origins });
}

function adminParts(parts: DoorsParts): Omit<AdminServerParts, keyof Front> {
  const { config, stores, secrets, registry, revocation, lifetimes, limits, watched } = parts;
  const { ring, rotation } = secrets.keys;
  return {
    issuer: config.issuer,
    adminUrl: config.adminUrl,
    keys: ring,
    knowledge: revocation.membership,
    maxStalenessMs: config.maxStalenessMs,
    isRevoked: async (claims, kid) => (await stores.ledger.isRevoked(claims, kid)) !== undefined,
    clock: machineClock,
    clients: stores.clients,
    clientChanges: stores.clientChanges,
    apis: stores.apis,
    apiChanges: stores.apiChanges,
    registryChanged: () => registry.changed(),
    revocations: stores.revocations,
    grants: stores.grantRecords,
    sessions: stores.sessionRecords,
    guards: stores.guardRecords,
    users: stores.users,
    userEndings: stores.endings.people,
    consents: stores.consents,
    consentEndings: stores.endings.consents,
    desk: revocation.desk,
    rotation,
    standings: stores.standings,
    secrets: new PostgresApiSecrets({ keys: stores.keys, rotation, apis: stores.apis, kept: stores.keptAnswers }),
    raiseLongestLifetime: (seconds) => lifetimes.raiseAccess(seconds),
    raiseLongestRefresh: (seconds) => lifetimes.raiseRefresh(seconds),
    sealSecret: secrets.sealSecret,
    ensureRing: (algorithm) => rotation.ensure({ algorithm }),
    idTokenAlgorithms: ID_TOKEN_ALGORITHMS,
    kept: stores.keptAnswers,
    idempotencyMacKeys: secrets.encryption.deriveEach('idempotency keys', 32),
    refusals: limits.refusals,
    audit: stores.audit,
    verifier: new PostgresAuditVerifier(secrets.sealing),
    failures: limits.admin,
    ...watched,
  };
}
