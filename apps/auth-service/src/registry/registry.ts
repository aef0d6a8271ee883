/**
 * Owns the composition of what the protocol reads of the registry: answered from memory while the feed says that nothing has changed, else by
 * PostgreSQL. And that a change committed here is in force here at once. Does not own the statements, nor the feed.
 */
import type { Api, ApiStore, ClientStore, IssuerState } from '@latchkey/protocol';
import type { Clock, RevocationList } from '@latchkey/tokens';
import type { RegisteredClient } from '../admin/ports.js';
import type { RegistryReads, RegistryRevision } from './registry-ports.js';
import { RegistryStanding } from './registry-standing.js';
import { RememberedReads } from './remembered-reads.js';

export interface RegistryParts {
  readonly reads: RegistryReads;
  /** Whether the newest watermark that was heard is no older than this. */
  readonly judgeable: (maxStalenessMs: number) => boolean;
  /** The list of this instance, however fresh it is. */
  readonly list: Pick<RevocationList, 'generationOf'>;
  /** Tells the other instances. Never rejects. */
  readonly announce: (revision: RegistryRevision) => Promise<unknown>;
  /** By which this service's own doors judge. */
  readonly maxStalenessMs: number;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** How much memory the remembered clients take at the most; default 30 MiB. */
  readonly mostBytes?: number;
}

export interface Registry {
  readonly clients: ClientStore;
  readonly apis: ApiStore;
  readonly issuerState: IssuerState;
  /** The feed said so; undefined: what it said before is no longer to be relied on. */
  readonly heard: (revision: RegistryRevision | undefined) => void;
  /**
   * To be awaited before whoever may have changed anything is answered, also with a failure: a commit may have happened. Never rejects.
   * When PostgreSQL does not say what stands, nothing is remembered until a watermark says it.
   */
  changed(): Promise<void>;
}

/** admin-api.md A9: "A change is in force on every instance within a second". In milliseconds. */
const IN_FORCE_WITHIN_MS = 1000;

/** More than ten thousand clients of the usual length. With it the heap holds 32 MB of them at the most. */
const MOST_BYTES = 30 * 1024 * 1024;
/** A client with twenty keys of its own is lighter. */
const HEAVIEST_BYTES = 128 * 1024;

/** Of what there is one of. */
const ONE = { mostBytes: Number.POSITIVE_INFINITY, heaviestBytes: Number.POSITIVE_INFINITY } as const;
const ONLY = '';

export function openRegistry(parts: RegistryParts): Registry {
  const { reads, judgeable, list, announce, maxStalenessMs, clock, mostBytes = MOST_BYTES } = parts;
  const withinMs = Math.min(IN_FORCE_WITHIN_MS, maxStalenessMs);
  const standing = new RegistryStanding(() => judgeable(withinMs), clock);
  // revocation.md V1: "A cached client is not used once the local list holds a higher generation for it".
  const clients = new RememberedReads<RegisteredClient>({
    ...{ standing, mostBytes, heaviestBytes: HEAVIEST_BYTES },
    read: (clientId) => reads.client(clientId),
    isOutdated: ({ clientId, generation }) => list.generationOf('client', clientId) > generation,
  });
  const apis = new RememberedReads<readonly Api[]>({
    ...{ standing, ...ONE, isOutdated: () => false },
    read: () => reads.apis(),
  });
  const generation = new RememberedReads<number>({
    ...{ standing, ...ONE, isOutdated: (remembered) => list.generationOf('issuer', ONLY) > remembered },
    read: () => reads.generation(),
  });
  return {
    clients: { find: (clientId) => clients.get(clientId) },
    apis: { all: async () => there(await apis.get(ONLY)) },
    issuerState: { generation: async () => there(await generation.get(ONLY)) },
    heard: (revision) => {
      standing.hear(revision);
    },
    changed: async () => {
      const revision = await reads.revision().catch(() => undefined);
      // Nobody waits for the others to hear it: they do by the next watermark at the latest.
      if (standing.hear(revision) && revision !== undefined) void announce(revision);
    },
  };
}

const there = <Value>(value: Value | undefined): Value => {
  if (value === undefined) throw new Error('The registry gave no answer.');
  return value;
};
