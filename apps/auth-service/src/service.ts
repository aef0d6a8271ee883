/**
 * Owns the composition of the auth-service: plain `new`, in the order of dependence, and closing in the opposite order.
 * Does not own the environment (config), nor any rule.
 */
import 'reflect-metadata';
import { createAuthorizationServer } from '@latchkey/protocol';
import type { MemoryWire } from '@latchkey/tokens';
import { KeyEncryption } from '@latchkey/tokens/issuing';
import type { DestinationStream } from 'pino';
import { bootstrap } from './admin/bootstrap.js';
import { refuseReserved } from './admin/apis/reserved-audiences.js';
import { adminServer } from './admin/server.js';
import { Closers } from './closers.js';
import type { AuthServiceConfig } from './config.js';
import { interactionModule } from './interaction/interaction.module.js';
import { hashPassword } from './interaction/passwords.js';
import { causeOf, serviceJobs } from './jobs/service-jobs.js';
import { openKeys } from './keys.js';
import { createLog } from '@latchkey/process';
import { machineClock } from './machine-clock.js';
import { openDatabase } from './persistence/postgres/data-source.js';
import { ExpiredRows } from './persistence/postgres/expired-rows.js';
import { openStores } from './persistence/postgres/stores.js';
import { createPublicApp } from './public-app.js';
import { watchService } from './readiness.js';
import { openRevocation } from './revocation.js';
import { interactionSettings, protocolSettings, rotationSpans } from './settings.js';
import { wiresInMemory, wiresThroughRedis } from './wires.js';

export interface AuthService {
  readonly url: string;
  readonly adminUrl: string;
  /** Takes no more, finishes what was accepted, then lets go of everything. Safe to call twice. */
  close(): Promise<void>;
}

export interface AuthServiceParts {
  /** In place of Redis: everything in this one process. */
  readonly wire?: MemoryWire;
  /** In place of standard output. */
  readonly logTo?: DestinationStream;
}

/**
 * Makes the schema current, fills an empty database, then listens on both ports. Redis may answer later.
 * @throws Error whose message helps: no database, a wrong KEY_ENCRYPTION_KEY, no admin client and none given
 */
export async function startAuthService(config: AuthServiceConfig, parts: AuthServiceParts = {}): Promise<AuthService> {
  const log = createLog('auth-service', config.logLevel, parts.logTo);
  const closers = new Closers();
  try {
    // 1. The truth.
    const database = await openDatabase({
      url: config.databaseUrl,
      migrationUrl: config.migrationDatabaseUrl,
      poolSize: config.databasePoolSize,
      onIdleError: (error) => {
        log.warn({ cause: error.message }, 'an idle database connection broke');
      },
    });
    closers.add(() => database.close());
    const encryption = new KeyEncryption(
      config.keyEncryptionKey,
      config.keyEncryptionKeyPrevious === undefined ? [] : [config.keyEncryptionKeyPrevious],
    );
    const stores = openStores(database, config, (entries, receipt) => {
      revocation.onRevoked(entries, receipt);
    });
    const keys = await openKeys({
      ...{ store: stores.keys, encryption, spans: rotationSpans(config), log },
      announce: (revision) => revocation.publisher.announceKeys(revision),
    });
    await stores.issuerState.noteLifetimes({
      accessToken: config.accessTokenLifetimeSeconds,
      idToken: config.idTokenLifetimeSeconds,
      refresh: config.refreshLifetimeSeconds,
      session: config.sessionLifetimeSeconds,
    });

    // 2. The wire, and what goes over it the moment after a revocation has been committed.
    const wires = parts.wire === undefined ? wiresThroughRedis(config.redisUrl ?? '', log) : wiresInMemory(parts.wire);
    closers.add(() => wires.close());
    const { heard: onKeysChanged, forgotten: onNewEpoch, ring, rotation } = keys;
    const revocation = openRevocation({
      ...{ wires, stores, onKeysChanged, onNewEpoch, log },
      maxStalenessMs: config.maxStalenessMs,
    });
    closers.add(() => revocation.close());

    // 3. What an empty database is given.
    await bootstrap({ config, store: stores.bootstrap, hashPassword, log });

    // Guards hear of a longer lifetime before the first token has it (revocation.md V2). Without Redis they hear nothing.
    const raiseLongestLifetime = async (seconds: number): Promise<void> => {
      await stores.issuerState.noteLifetimes({ accessToken: seconds });
      await revocation.publisher.round().catch((error: unknown) => {
        log.warn({ cause: causeOf(error) }, 'the revocation feed is not there');
      });
    };
    const apis = await stores.apis.all();
    refuseReserved(apis, config);
    const lifetimes = apis.map((api) => api.accessTokenLifetimeSeconds ?? 0);
    await raiseLongestLifetime(Math.max(0, ...lifetimes));

    // 4. The protocol, and the pages of a person.
    const server = createAuthorizationServer({
      settings: protocolSettings(config),
      clients: stores.clients,
      apis: stores.apis,
      grants: stores.grants,
      ephemeral: wires.ephemeral,
      issuerState: stores.issuerState,
      macKeys: ring.refreshKeys,
      receipts: revocation.desk,
      keys: ring,
      clock: machineClock,
      onRefusal: (error) => {
        log.info({ error: error.code, detail: error.detail }, 'refused');
      },
    });
    const pages = await interactionModule({
      settings: interactionSettings(config, encryption),
      authorization: server.authorization,
      people: stores.people,
      sessions: stores.sessions,
      ephemeral: wires.ephemeral,
      clock: machineClock,
      log,
    });

    // 5. The two ports.
    const front = {
      log,
      ...(config.tls === undefined ? {} : { tls: config.tls }),
      ...(config.trustProxy === undefined ? {} : { trustProxy: config.trustProxy }),
    };
    const { readiness, metrics } = watchService({
      database,
      keys: ring,
      revocation,
      register: stores.guardRegister,
      wires,
    });
    const publicApp = await createPublicApp({ ...front, server, pages });
    const admin = await adminServer({
      ...front,
      issuer: config.issuer,
      adminUrl: config.adminUrl,
      keys: ring,
      knowledge: revocation.membership,
      maxStalenessMs: config.maxStalenessMs,
      isRevoked: async (claims, kid) => (await stores.ledger.isRevoked(claims, kid)) !== undefined,
      clock: machineClock,
      clients: stores.clients,
      apis: stores.apis,
      revocations: stores.revocations,
      guards: stores.guardRecords,
      desk: revocation.desk,
      rotation,
      secrets: rotation,
      raiseLongestLifetime,
      ensureRing: (algorithm) => rotation.ensure({ algorithm }),
      idTokenAlgorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
      readiness,
      metrics,
    });

    // 6. What runs on a timer.
    const { watermarkIntervalMs } = config;
    const jobs = serviceJobs({ revocation, keys, expiredRows: new ExpiredRows(database), watermarkIntervalMs, log });
    for (const job of jobs) closers.add(() => job.stop());
    closers.add(async () => {
      await Promise.all([publicApp.close(), admin.close()]);
    });
    // Who waits for a receipt does not keep the ports from closing.
    closers.add(() => revocation.desk.close());
    await publicApp.listen(config.port, config.host);
    await admin.listen({ port: config.adminPort, host: config.host });
    for (const job of jobs) job.start();
    log.info({ url: config.issuer, adminUrl: config.adminUrl }, 'listening');
    return { url: config.issuer, adminUrl: config.adminUrl, close: () => closers.close() };
  } catch (error) {
    await closers.close();
    throw error;
  }
}
