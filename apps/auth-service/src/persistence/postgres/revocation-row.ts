/**
 * Owns the one statement that writes a revocation, always inside the transaction of its cause, and how a row reads as an
 * entry. Does not own what causes one (the stores) nor its way to the guards (RevocationPublisher).
 */
import { randomUUID } from 'node:crypto';
import { REVOCATION_KINDS, type EpochSeconds, type RevocationEntry, type RevocationKind } from '@latchkey/tokens';
import type { Statements } from './database.js';

export interface NewRevocation {
  readonly kind: RevocationKind;
  /** jti, grant_id, sid, sub, client_id or kid; for `issuer` the empty string. */
  readonly value: string;
  /** For subject, client and issuer alone: the generation that was raised in this transaction. */
  readonly generation?: number;
  readonly cause: string;
  /** Who asked: a client_id, a sub, or `system`. */
  readonly actor: string;
  /** Null for `key` alone. Never less than what the tokens that exist now may live. */
  readonly expiresAt: EpochSeconds | null;
}

/** Told after the commit, so that the publisher publishes at once; must not throw, and nobody waits for it. */
export type OnRevoked = (entries: readonly RevocationEntry[]) => void;

export interface RevocationColumns {
  readonly id: string;
  readonly kind: string;
  readonly value: string;
  readonly generation: number | null;
  readonly expires_at: Date | null;
}

export const REVOCATION_COLUMNS = 'id, kind, value, generation, expires_at';

const kindOf = (text: string): RevocationKind => {
  const kind = REVOCATION_KINDS.find((known) => known === text);
  if (kind === undefined) throw new Error('The revocations table holds a kind that this version does not know.');
  return kind;
};

export const entryFrom = (row: RevocationColumns): RevocationEntry => ({
  id: row.id,
  kind: kindOf(row.kind),
  value: row.value,
  ...(row.generation === null ? {} : { generation: row.generation }),
  expiresAt: row.expires_at === null ? null : Math.ceil(row.expires_at.getTime() / 1000),
});

/**
 * How long the last token that exists now may still be shown: the longest lifetime that was ever in force, a stored
 * high-water mark (revocation.md V2), and what clocks may differ by. A configuration that was shortened since changes nothing.
 */
export const TOKEN_LIFE = 'SELECT make_interval(secs => longest_token_lifetime_seconds + 60) FROM auth.issuer_state';

/** Nothing is written, and nothing answered, when the same was said before: an entry is a meaning, not an event. */
export const writeRevocation = async (
  statements: Statements,
  revocation: NewRevocation,
): Promise<readonly RevocationEntry[]> => {
  const { rows } = await statements.run<RevocationColumns>(
    `INSERT INTO auth.revocations (id, kind, value, generation, cause, actor, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, 
       CASE WHEN $7::float8 IS NOT NULL THEN greatest(to_timestamp($7::float8), clock_timestamp() + (${TOKEN_LIFE})) END)
     ON CONFLICT ON CONSTRAINT revocations_meaning DO NOTHING RETURNING ${REVOCATION_COLUMNS}`,
    [
      randomUUID(),
      revocation.kind,
      revocation.value,
      revocation.generation ?? null,
      revocation.cause,
      revocation.actor,
      revocation.expiresAt,
    ],
  );
  return rows.map(entryFrom);
};
