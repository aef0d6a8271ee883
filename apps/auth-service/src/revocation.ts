/**
 * Owns the composition of revocation in this service: what is committed here is published and waited for, what is committed
 * anywhere is heard by the doors of this service, and guards are entered in the register. Does not own the timers (jobs).
 */
import {
  GuardMembership,
  GuardRegistry,
  ReceiptDesk,
  type RevocationEntry,
  RevocationKnowledge,
  RevocationPublisher,
} from '@latchkey/tokens';
import type { RevokedTokens } from '@latchkey/protocol';
import type { Logger } from 'pino';
import { machineClock } from './machine-clock.js';
import { KnownRevocations } from './revoked-tokens.js';
import type { Stores } from './persistence/postgres/stores.js';
import type { Wires } from './wires.js';

export interface RevocationParts {
  readonly wires: Pick<Wires, 'wire' | 'feed'>;
  readonly stores: Pick<Stores, 'ledger' | 'guardRegister' | 'revocations'>;
  /** The feed said that the keys have changed; the revision, if it said which. */
  readonly onKeysChanged: (revision: number | undefined) => void;
  /** The feed said which revision of what is registered stands; undefined: what it said before counts no more. */
  readonly onRegistryHeard: (revision: number | undefined) => void;
  /** Whatever the feed held, it holds only revocations of it now. */
  readonly onNewEpoch: () => void;
  readonly maxStalenessMs: number;
  readonly log: Logger;
}

export interface Revocation {
  readonly publisher: RevocationPublisher;
  /** Who waits until the guards have applied what was revoked. */
  readonly desk: ReceiptDesk;
  /** What the doors of this service know, as one guard among the others. */
  readonly membership: GuardMembership;
  readonly knowledge: RevocationKnowledge;
  readonly registry: GuardRegistry;
  /** For the endpoints of machines. */
  readonly revoked: RevokedTokens;
  /** To be told of every revocation after its commit. Nobody waits here, and nothing is thrown. */
  onRevoked(entries: readonly RevocationEntry[], receipt: boolean): void;
  /** When no request is under way any more: deregisters, and closes the feed. */
  close(): Promise<void>;
}

const ANOTHER_LIST =
  'this Redis held the revocations of another database, or of this one before it was restored: from now on it holds those of this ' +
  'database. Nothing is un-revoked. If another installation still uses this Redis, give each one of its own: with one, neither is served';

/** Listens and registers at once, whether Redis answers or not. */
export function openRevocation({
  wires,
  stores,
  onKeysChanged,
  onRegistryHeard,
  onNewEpoch,
  maxStalenessMs,
  log,
}: RevocationParts): Revocation {
  const { wire } = wires;
  const publisher = new RevocationPublisher({
    ...{ wire, ledger: stores.ledger },
    onEvent: (event) => {
      if (event.type !== 'epoch-raised') return;
      onNewEpoch();
      const { epoch, overtaken } = event;
      log.info({ epoch }, 'a new epoch of the revocation feed');
      if (overtaken !== undefined) log.warn({ epoch, overtaken }, ANOTHER_LIST);
    },
  });
  const desk = new ReceiptDesk({
    ...{ wire, register: stores.guardRegister, clock: machineClock },
    publicationOf: async (id) => (await stores.revocations.find(id))?.publication,
  });
  const knowledge = new RevocationKnowledge({
    ...{ clock: machineClock, maxStalenessMs, onKeysChanged, onRegistryHeard },
  });
  const membership = new GuardMembership({
    ...{ feed: wires.feed, knowledge, clock: machineClock },
    ...{ service: 'auth-service', onStale: 'refuse', leaseMs: maxStalenessMs },
    onEvent: ({ type }) => {
      const guard = { guardId: membership.guardId };
      if (type === 'registered') log.info(guard, 'the doors of this service are on the register of guards');
      else log.warn(guard, 'the doors of this service have lost their lease: registering again');
    },
  });
  const registry = new GuardRegistry({ wire, register: stores.guardRegister });
  membership.start();
  return {
    ...{ publisher, desk, membership, knowledge, registry },
    revoked: new KnownRevocations({ heard: membership, ledger: stores.ledger, maxStalenessMs }),
    onRevoked: (entries, receipt) => {
      // Before whoever revoked is answered, and whether the wire takes it or not: here it is in force at once.
      for (const entry of entries) knowledge.list.add(entry);
      desk.published(entries, publisher.publishNow(entries, receipt));
    },
    close: async () => {
      await desk.close();
      await membership.close();
      // Nobody else may be left to strike off who has just ended. Best effort: the lease says so for a while.
      await registry.run().catch(() => undefined);
    },
  };
}
