/**
 * Owns the one statement that writes revocations, always inside the transaction of their cause, and how a row reads as an
 * entry. Does not own what causes one (the endings) nor its way to the guards (RevocationPublisher).
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
  /** In the operator's words. */
  readonly reason?: string;
  /** Null for `key` alone. Never less than what the tokens that exist now may live. */
  readonly expiresAt: EpochSeconds | null;
}

/** As long as the tokens that exist now may live, and not longer: the stored high-water mark alone decides. */
export const BY_TOKEN_LIFE: EpochSeconds = 0;

export interface RevocationColumns {
  readonly id: string;
  readonly kind: string;
  readonly value: string;
  readonly generation: number | null;
  readonly expires_at: Date | null;
}

export const REVOCATION_COLUMNS = 'id, kind, value, generation, expires_at';

export const kindOf = (text: string): RevocationKind => {
  const kind = REVOCATION_KINDS.find((known) => known === text);
  if (kind === undefined) throw new Error('The revocations table holds a kind that this version does not know.');
  return kind;
};

/** Upwards: an entry must not end before its row. */
export const expiryOf = (expiresAt: Date | null): EpochSeconds | null =>
  expiresAt === null ? null : Math.ceil(expiresAt.getTime() / 1000);

export const entryFrom = (row: RevocationColumns): RevocationEntry => ({
  id: row.id,
  kind: kindOf(row.kind),
  value: row.value,
  ...(row.generation === null ? {} : { generation: row.generation }),
  expiresAt: expiryOf(row.expires_at),
});

/** Where it stands on the wire, as Redis writes it; null while it is on none. */
export const POSITION = `position_ms || '-' || position_seq`;

/** A token may still be shown for as long as it lives, and what clocks may differ by. */
export const IS_LIVING = '(expires_at IS NULL OR expires_at > clock_timestamp())';

/**
 * How long the last token that exists now may still be shown: the longest lifetime that was ever in force, a stored
 * high-water mark (revocation.md V2), and what clocks may differ by. A configuration that was shortened since changes nothing.
 */
export const TOKEN_LIFE = 'SELECT make_interval(secs => longest_token_lifetime_seconds + 60) FROM auth.issuer_state';

/** The same said of several values, in one statement. */
export const writeRevocations = (
  statements: Statements,
  { generation, ...revocation }: Omit<NewRevocation, 'value'>,
  values: readonly string[],
): Promise<readonly RevocationEntry[]> =>
  writeEachRevocation(
    statements,
    revocation,
    values.map((value) => ({ value, ...(generation === undefined ? {} : { generation }) })),
  );

/**
 * The same said of several, each with a generation of its own, in one statement. Nothing is written, and nothing answered,
 * for what was said before: an entry is a meaning, not an event.
 */
export const writeEachRevocation = async (
  statements: Statements,
  revocation: Omit<NewRevocation, 'value' | 'generation'>,
  each: readonly Pick<NewRevocation, 'value' | 'generation'>[],
): Promise<readonly RevocationEntry[]> => {
  if (each.length === 0) return [];
  // In order, so that two who say the same at once wait for one another and never in a circle.
  const { rows } = await statements.run<RevocationColumns>(
    `INSERT INTO auth.revocations (id, kind, value, generation, cause, actor, reason, expires_at)
     SELECT said.id, $3, said.value, said.generation, $5, $6, $7,
       CASE WHEN $8::float8 IS NOT NULL THEN greatest(to_timestamp($8::float8), clock_timestamp() + (${TOKEN_LIFE})) END
     FROM unnest($1::uuid[], $2::text[], $4::integer[]) AS said (id, value, generation) ORDER BY said.value
     ON CONFLICT ON CONSTRAINT revocations_meaning DO NOTHING RETURNING ${REVOCATION_COLUMNS}`,
    [
      ...[each.map(() => randomUUID()), each.map(({ value }) => value), revocation.kind],
      ...[each.map(({ generation }) => generation ?? null), revocation.cause, revocation.actor],
      ...[revocation.reason ?? null, revocation.expiresAt],
    ],
  );
  return rows.map(entryFrom);
};

export const writeRevocation = async (
  statements: Statements,
  { value, ...revocation }: NewRevocation,
): Promise<RevocationEntry | undefined> => (await writeRevocations(statements, revocation, [value]))[0];

/** The entry that stands for this, whoever wrote it; of several generations the highest. */
export const standingRevocation = async (
  statements: Statements,
  { kind, value }: Pick<NewRevocation, 'kind' | 'value'>,
): Promise<RevocationEntry | undefined> => {
  const { rows } = await statements.run<RevocationColumns>(
    `SELECT ${REVOCATION_COLUMNS} FROM auth.revocations WHERE kind = $1 AND value = $2
     ORDER BY generation DESC NULLS LAST LIMIT 1`,
    [kind, value],
  );
  return rows[0] === undefined ? undefined : entryFrom(rows[0]);
};

/** The entry that is asked for, before the others that had to be said with it. */
export const atFirst = (entries: readonly RevocationEntry[], value: string): readonly RevocationEntry[] => [
  ...entries.filter((entry) => entry.value === value),
  ...entries.filter((entry) => entry.value !== value),
];
