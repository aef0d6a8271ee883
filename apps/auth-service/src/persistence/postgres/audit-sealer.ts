/**
 * Owns the sealing of what was written, in order, each event once, one instance at a time (admin-api.md A11). Does not own
 * the arithmetic (audit-chain), which events are ripe (audit-horizon), nor the timing (jobs).
 */
import { BEFORE_ALL, headOf, keyOf, type Seal, SealDigest } from './audit-chain.js';
import { AuditHorizon } from './audit-horizon.js';
import { EVENTS_IN_PAGE, eventsBetween, newestSeal } from './audit-pages.js';
import type { Database, Statements } from './database.js';

/** One of many instances seals, the others come again later; the number means nothing ("latcj"). */
const SEALING_LOCK = 0x6c6174636a;

/** Of one seal. */
const MOST_PAGES = 5;

/** So that a round ends soon, however many events a flood has left. */
const SEALS_IN_ROUND = 10;

/** How old a seal under a key of before may be until one is made under the key of now, without any event. */
const RESEAL_AFTER_MS = 60_000;

export interface AuditSealerParts {
  readonly database: Database;
  /** 32 bytes each, not in the database: the one that is used, then those of before. */
  readonly macKeys: readonly [Buffer, ...Buffer[]];
  /** After the commit: whatever is told to another system bears witness of the chain. */
  readonly onSealed: (seal: Seal) => void;
}

/** The newest seal is none of ours: nothing may be put on top of it. The message says what to do. */
export class ChainBroken extends Error {
  override readonly name = 'ChainBroken';
}

export class AuditSealer {
  readonly #horizon: AuditHorizon;
  #hasLooked = false;

  constructor(private readonly parts: AuditSealerParts) {
    this.#horizon = new AuditHorizon(parts.database);
  }

  /** Seals what is ripe, in at most ten seals. @throws Unavailable; ChainBroken */
  async round(): Promise<void> {
    const ripe = (await this.#horizon.settled()) ?? BEFORE_ALL;
    if (await this.#isSealed(ripe)) return;
    for (let count = 0; count < SEALS_IN_ROUND; count += 1) {
      const isFirstLook = !this.#hasLooked;
      const seal = await this.parts.database.transaction((statements) => this.#sealNext(statements, ripe, isFirstLook));
      if (seal === undefined) return;
      this.parts.onSealed(seal);
    }
  }

  /** Mostly so, and then a second later again: looked at without a lock and a transaction. @throws Unavailable; ChainBroken */
  async #isSealed(ripe: string): Promise<boolean> {
    const newest = await newestSeal(this.parts.database);
    if (newest !== undefined && this.#keyIndexOf(newest) > 0) return false;
    return this.#hasLooked && BigInt(ripe) <= BigInt(newest?.upTo ?? BEFORE_ALL);
  }

  /** Undefined when there is nothing to seal, or another instance does. */
  async #sealNext(statements: Statements, ripe: string, isFirstLook: boolean): Promise<Seal | undefined> {
    const { rows: lock } = await statements.run<{ readonly isOurs: boolean }>(
      'SELECT pg_try_advisory_xact_lock($1) AS "isOurs"',
      [SEALING_LOCK],
    );
    if (lock[0]?.isOurs !== true) return undefined;
    const before = await newestSeal(statements);
    const sealedAt = await nowOf(statements);
    const isUnderOldKey = before !== undefined && this.#keyIndexOf(before) > 0;
    this.#hasLooked = true;
    const digest = new SealDigest(before);
    const upTo = await digestEvents(statements, digest, before?.upTo ?? BEFORE_ALL, ripe);
    const isResealDue = isUnderOldKey && (isFirstLook || Number(sealedAt) - Number(before.sealedAt) > RESEAL_AFTER_MS);
    if (upTo === (before?.upTo ?? BEFORE_ALL) && !isResealDue) return undefined;
    const place = { number: (before?.number ?? 0) + 1, upTo, sealedAt };
    const said = digest.end(place);
    const seal = { ...place, ...said, head: headOf(said.digest, this.parts.macKeys[0]) };
    return (await insert(statements, seal)) ? seal : undefined;
  }

  /** Whoever rewrote the past does not get it sealed. @throws ChainBroken */
  #keyIndexOf(seal: Seal): number {
    const index = keyOf(seal, this.parts.macKeys);
    if (index >= 0) return index;
    throw new ChainBroken(
      `The newest seal of the audit trail (number ${seal.number}) was not made under this KEY_ENCRYPTION_KEY, nor under ` +
        'KEY_ENCRYPTION_KEY_PREVIOUS. If the key was replaced, start once with the one before as KEY_ENCRYPTION_KEY_PREVIOUS; ' +
        'if it was not, somebody else wrote that seal (docs/audit.md). No event is sealed until then.',
    );
  }
}

/** Answers the id of the last one, `after` where there is none. */
async function digestEvents(statements: Statements, digest: SealDigest, after: string, ripe: string): Promise<string> {
  let upTo = after;
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const page = await eventsBetween(statements, upTo, ripe);
    for (const event of page) digest.add(event);
    upTo = page.at(-1)?.id ?? upTo;
    if (page.length < EVENTS_IN_PAGE) break;
  }
  return upTo;
}

/** PostgreSQL's clock, as the chain writes it. */
const nowOf = async (statements: Statements): Promise<string> => {
  const { rows } = await statements.run<{ readonly now: string }>(
    'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::text AS now',
  );
  return rows[0]?.now ?? '0';
};

/** Number by number, so that two can never follow the same one, lock or no lock. */
const insert = async (statements: Statements, seal: Seal): Promise<boolean> => {
  const { affected } = await statements.run(
    `INSERT INTO auth.audit_seals (number, up_to, events, sealed_at, digest, head) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (number) DO NOTHING`,
    [seal.number, seal.upTo, seal.events, new Date(Number(seal.sealedAt)), seal.digest, seal.head],
  );
  return affected > 0;
};
