/**
 * Owns the composition of the auth-service: plain `new`, in the order of dependence, and closing in the opposite order.
 * Does not own the environment (config), nor any rule.
 */
import 'reflect-metadata';
import { createLog } from '@latchkey/process';
import type { MemoryWire } from '@latchkey/tokens';
import type { DestinationStream } from 'pino';
import { BackchannelLogout } from './backchannel/backchannel-logout.js';
import { begin } from './beginning.js';
import { Closers } from './closers.js';
import type { AuthServiceConfig } from './config.js';
import { openDoors } from './doors.js';
import { causeOf, serviceJobs } from './jobs/service-jobs.js';
import { LongestLifetimes } from './lifetimes.js';
import { openLimits } from './limits/limits.js';
import { machineClock } from './machine-clock.js';
import { Outbound } from './outbound/outbound.js';
import { AuditSealer } from './persistence/postgres/audit-sealer.js';
import { ExpiredRows } from './persistence/postgres/expired-rows.js';
import { openProtocol } from './protocol.js';
import { deliveryCounter, watchService } from './readiness.js';
import { openRegistry } from './registry/registry.js';
import { openRevocation } from './revocation.js';
import { openSecrets } from './secrets.js';
import { limitSettings, ownLifetimes } from './settings.js';
import { openTruth } from './truth.js';
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
    // 1. The truth, and what in it only KEY_ENCRYPTION_KEY opens.
    const truth = await openTruth({
      ...{ config, closers, log },
      // npm start makes its roles itself, and what runs in one process for a test needs none.
      warnsOfOwner: parts.wire === undefined,
      onRevoked: (entries, receipt) => {
        revocation.onRevoked(entries, receipt);
      },
    });
    const { database, stores } = truth;
    const secrets = await openSecrets({
      ...{ config, truth, log },
      announceKeys: (revision) => revocation.publisher.announceKeys(revision),
    });
    const { keys } = secrets;
    await stores.issuerState.noteLifetimes(ownLifetimes(config));

    // 2. The wire, what is heard and remembered, and what goes over it the moment after a revocation has been committed.
    const wires = parts.wire === undefined ? wiresThroughRedis(config.redisUrl ?? '', log) : wiresInMemory(parts.wire);
    closers.add(() => wires.close());
    const registry = openRegistry({
      reads: stores.registry,
      judgeable: (ageMs) => revocation.membership.judgeable(ageMs),
      list: { generationOf: (...named) => revocation.knowledge.list.generationOf(...named) },
      announce: (revision) => revocation.publisher.announceRegistry(revision),
      maxStalenessMs: config.maxStalenessMs,
      clock: machineClock,
    });
    const revocation = openRevocation({
      ...{ wires, stores, log },
      ...{ onKeysChanged: keys.heard, onRegistryHeard: registry.heard, onNewEpoch: keys.forgotten },
      maxStalenessMs: config.maxStalenessMs,
    });
    closers.add(() => revocation.close());

    // 3. What an empty database is given, and what is made so at each start.
    const { issuerState } = stores;
    const lifetimes = new LongestLifetimes({ issuerState, publisher: revocation.publisher, log });
    await begin({ config, stores, secrets, lifetimes, log });

    // 4. The protocol, and who is told of what ends.
    const limits = openLimits({
      ...{ settings: limitSettings(config), ephemeral: wires.ephemeral, clock: machineClock, log },
      record: (...records) => stores.trail.record(...records),
    });
    closers.add(() =>
      limits.endSpan().catch((error: unknown) => {
        log.error({ cause: causeOf(error) }, 'failures are not summed up in the audit trail');
      }),
    );
    const server = openProtocol({ config, stores, secrets, wires, registry, revocation, limits, log });
    const { guardRegister: register, audit } = stores;
    const watched = watchService({ database, keys: keys.ring, revocation, register, audit, wires });
    const backchannel = new BackchannelLogout({
      deliveries: stores.logoutDeliveries,
      clients: stores.clients,
      tokens: server.logoutTokens,
      door: new Outbound({ allow: config.outboundAllow }),
      log,
      onOutcome: deliveryCounter(watched.metrics),
    });
    closers.add(() => backchannel.close());

    // 5. The two ports.
    const doors = await openDoors({
      ...{ config, stores, secrets, wires, registry, revocation },
      ...{ lifetimes, limits, server, backchannel, watched, log },
    });

    // 6. What runs on a timer.
    const jobs = serviceJobs({
      ...{ revocation, keys, backchannel, log },
      expiredRows: new ExpiredRows(database),
      sealer: new AuditSealer({
        ...secrets.sealing,
        // Whatever keeps this log bears witness: without it nobody sees that the end of the trail was cut off.
        onSealed: ({ number: seal, events, upTo, head }) => {
          log.info({ seal, events, upTo, head }, 'audit events are sealed');
        },
      }),
      watermarkIntervalMs: config.watermarkIntervalMs,
      failures: limits,
    });
    for (const job of jobs) closers.add(() => job.stop());
    closers.add(() => doors.close());
    // Who waits for a receipt does not keep the ports from closing.
    closers.add(() => revocation.desk.close());
    await doors.listen();
    for (const job of jobs) job.start();
    log.info({ url: config.issuer, adminUrl: config.adminUrl }, 'listening');
    return { url: config.issuer, adminUrl: config.adminUrl, close: () => closers.close() };
  } catch (error) {
    if (error instanceof Error) log.debug({ stack: error.stack, cause: causeOf(error) }, 'could not start');
    await closers.close();
    throw error;
  }
}
