/**
 * Owns the order in which a seed is made true at a start: tried, prepared, committed. Ten instances at once have one effect, and
 * a file that is true already writes nothing. Does not own its entries (seed-apis, seed-clients, seed-users).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SigningAlgorithm } from '@latchkey/tokens';
import type { Logger } from 'pino';
import type { OwnAddresses } from '../admin/apis/reserved-audiences.js';
import type { SealSecret } from '../admin/clients/client-resource.js';
import { apisAfter, scopesMeant, seedApis } from './seed-apis.js';
import { seedClients } from './seed-clients.js';
import { type ReadSecret, type SeedDocument, seedDocument } from './seed-document.js';
import { SeedRefused } from './seed-error.js';
import type { SeedStore } from './seed-ports.js';
import { seedUsers } from './seed-users.js';
import { Seeding } from './seeding.js';

export interface SeedParts {
  /** JSON, not judged yet. */
  readonly given: unknown;
  /** Of the variable that holds it, or names its file. */
  readonly name: string;
  readonly readSecret: ReadSecret;
  readonly own: OwnAddresses;
  readonly store: SeedStore;
  readonly hashPassword: (password: string) => Promise<string>;
  readonly ensureRing: (algorithm: SigningAlgorithm) => Promise<void>;
  readonly raiseLongestLifetime: (seconds: number) => Promise<void>;
  readonly raiseLongestRefresh: (seconds: number) => Promise<void>;
  readonly sealSecret: SealSecret;
  readonly log: Logger;
}

const BUSY_MS = 50;
const PATIENCE_MS = 120_000;
/** Somebody was deleted between two of them. */
const ATTEMPTS = 5;

/** @throws SeedRefused with every fault at once, and nothing was written; Unavailable */
export async function seed(parts: SeedParts): Promise<void> {
  const document = seedDocument(parts.given, parts.readSecret);
  const hashes = new Map<string, string>();
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    // 1. Tried, and undone: every fault, and what is missing outside of the transaction.
    const tried = await once(parts, document, hashes, false);
    if (tried.faults.length > 0) throw new SeedRefused(tried.faults, parts.name);
    if (attempt === 0 && tried.ignored.length > 0) {
      parts.log.warn({ ignored: tried.ignored }, 'the seed says otherwise than what stands: this is left as it is');
    }
    if (tried.done.created + tried.done.changed === 0) return;

    // 2. Keys, lifetimes and hashes, before anybody sees what needs them.
    const { algorithms, lifetimeSeconds, refreshSeconds, passwords } = tried.needed;
    for (const algorithm of algorithms) await parts.ensureRing(algorithm);
    if (lifetimeSeconds > 0) await parts.raiseLongestLifetime(lifetimeSeconds);
    if (refreshSeconds > 0) await parts.raiseLongestRefresh(refreshSeconds);
    for (const [username, password] of passwords) hashes.set(username, await parts.hashPassword(password));

    // 3. The same again, for good.
    const made = await committed(parts, document, hashes);
    if (made === undefined) continue;
    const { created, changed } = made.done;
    if (created + changed > 0) parts.log.info({ created, changed }, 'the seed was made true');
    return;
  }
  throw new Error('The seed was overtaken by changes over and over again.');
}

/** Whatever was tried has changed meanwhile. */
class Overtaken extends Error {}

/** @returns undefined when it was overtaken, and nothing was done */
async function committed(
  parts: SeedParts,
  document: SeedDocument,
  hashes: ReadonlyMap<string, string>,
): Promise<Seeding | undefined> {
  try {
    return await once(parts, document, hashes, true);
  } catch (error) {
    if (error instanceof Overtaken) return undefined;
    throw error;
  }
}

async function once(
  { store, own, name, sealSecret }: SeedParts,
  document: SeedDocument,
  hashes: ReadonlyMap<string, string>,
  commit: boolean,
): Promise<Seeding> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const ran = await store.run(commit, async (transaction) => {
      const seeding = new Seeding();
      seeding.note(document.faults);
      const standing = await transaction.apis();
      const after = apisAfter(standing, document.apis);
      await seedApis(transaction, document.apis, { standing, after, own, seeding });
      await seedClients(transaction, document.clients, {
        apis: [...after, ...scopesMeant(document.apis)],
        ...{ seeding, sealSecret },
      });
      await seedUsers(transaction, document.users, { hashes, seeding });
      if (commit && seeding.faults.length > 0) throw new SeedRefused(seeding.faults, name);
      if (commit && seeding.needed.passwords.size > 0) throw new Overtaken();
      return seeding;
    });
    if (ran !== 'busy') return ran.result;
    if (performance.now() > deadline) throw new Error('Another instance has been seeding for two minutes.');
    await sleep(BUSY_MS);
  }
}
