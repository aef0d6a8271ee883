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
import type { Logger } from 'pino';
import { machineClock } from './machine-clock.js';
import type { Stores } from './persistence/postgres/stores.js';
import type { Wires } from './wires.js';

export interface RevocationParts {
  readonly wires: Pick<Wires, 'wire' | 'feed'>;
  readonly stores: Pick<Stores, 'ledger' | 'guardRegister' | 'revocations'>;
  /** The feed said that the keys have changed; the revision, if it said which. */
  readonly onKeysChanged: (revision: number | undefined) => void;
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
  /** To be told of every revocation after its commit. Nobody waits here, and nothing is thrown. */
  onRevoked(entries: readonly RevocationEntry[], receipt: boolean): void;
  /** When no request is under way any more: deregisters, and closes the feed. */
  close(): Promise<void>;
}

/** Listens and registers at once, whether Redis answers or not. */
export function openRevocation({
  wires,
  stores,
  onKeysChanged,
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
      log.info({ epoch: event.epoch }, 'a new epoch of the revocation feed');
    },
  });
  const desk = new ReceiptDesk({
    ...{ wire, register: stores.guardRegister, clock: machineClock },
    publicationOf: async (id) => (await stores.revocations.find(id))?.publication,
  });
  const knowledge = new RevocationKnowledge({
    ...{ clock: machineClock, maxStalenessMs, onKeysChanged },
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
    onRevoked: (entries, receipt) => {
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
