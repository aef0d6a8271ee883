/**
 * Owns what the protocol is handed: which reads are answered from memory and which by PostgreSQL, and what it may ask of the outside.
 * Does not own a rule.
 */
import { type AuthorizationServer, createAuthorizationServer } from '@latchkey/protocol';
import type { Logger } from 'pino';
import { assertionMemory } from './assertion-memory.js';
import type { AuthServiceConfig } from './config.js';
import type { Limits } from './limits/limits.js';
import { machineClock } from './machine-clock.js';
import { PublishedKeys } from './outbound/client-key-sets.js';
import { Outbound } from './outbound/outbound.js';
import type { Stores } from './persistence/postgres/stores.js';
import type { Registry } from './registry/registry.js';
import type { Revocation } from './revocation.js';
import type { Secrets } from './secrets.js';
import { protocolSettings } from './settings.js';
import type { Wires } from './wires.js';

export interface ProtocolParts {
  readonly config: AuthServiceConfig;
  readonly stores: Stores;
  readonly secrets: Pick<Secrets, 'keys' | 'clientMacKeys' | 'pairwise'>;
  readonly wires: Pick<Wires, 'ephemeral'>;
  readonly registry: Registry;
  readonly revocation: Revocation;
  readonly limits: Pick<Limits, 'clients'>;
  readonly log: Logger;
}

export function openProtocol(parts: ProtocolParts): AuthorizationServer {
  const { config, stores, secrets, wires, registry, revocation, limits, log } = parts;
  const { ring } = secrets.keys;
  // Not the one of the log-outs: a crowd of those holds up nobody who proves itself.
  const outbound = new Outbound({ allow: config.outboundAllow });
  return createAuthorizationServer({
    settings: protocolSettings(config),
    clients: registry.clients,
    currentClients: stores.clients,
    attempts: limits.clients,
    apis: registry.apis,
    consents: stores.consents,
    chains: stores.chains,
    claims: stores.claims,
    grants: stores.grants,
    ephemeral: wires.ephemeral,
    assertionMemory: assertionMemory(revocation.publisher, stores.ledger),
    clientKeySets: new PublishedKeys({ outbound, clock: machineClock }),
    issuerState: registry.issuerState,
    macKeys: ring.refreshKeys,
    clientMacKeys: secrets.clientMacKeys,
    pairwise: secrets.pairwise,
    receipts: revocation.desk,
    revoked: revocation.revoked,
    keys: ring,
    clock: machineClock,
    onRefusal: (error) => {
      log.info({ error: error.code, detail: error.detail }, 'refused');
    },
  });
}
