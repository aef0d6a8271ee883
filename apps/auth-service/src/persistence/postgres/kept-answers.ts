/**
 * Owns what is kept of a request with an Idempotency-Key (admin-api.md A6), written in the transaction of its effect.
 * Does not own what a repetition is told, nor the sweeping after a day (expired-rows).
 */
import { type Claim, KeptBefore, type KeptAnswer, type KeptAnswers } from '../../admin/ports.js';
import type { Database, Statements } from './database.js';

/** "kept 24 h" */
export const KEPT_FOR = `interval '24 hours'`;

const placeOf = ({ clientId, method, path, keyDigest }: Claim): readonly string[] => [
  clientId,
  method,
  path,
  keyDigest,
];

/**
 * Of many with the same key one commits: the others wait here for it, and hear that it was first. To be called inside the
 * transaction that creates. Nothing is done for a request without a key.
 * @throws KeptBefore, so that the transaction is rolled back
 */
export const keepAnswer = async (statements: Statements, kept: KeptAnswer | undefined): Promise<void> => {
  if (kept === undefined) return;
  const { affected } = await statements.run(
    `INSERT INTO auth.idempotency_keys AS k (client_id, method, path, key_digest, body_mac, location, resource)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (client_id, method, path, key_digest) DO UPDATE
       SET body_mac = EXCLUDED.body_mac, location = EXCLUDED.location, resource = EXCLUDED.resource, created_at = now()
       WHERE k.created_at < now() - ${KEPT_FOR}`,
    [...placeOf(kept.claim), kept.claim.bodyMac, kept.location, textOf(kept.resource)],
  );
  if (affected === 0) throw new KeptBefore();
};

/** As text: jsonb would order its members anew, and the repetition would be another answer. */
const textOf = (resource: unknown): string | null => (resource === undefined ? null : JSON.stringify(resource));

export class PostgresKeptAnswers implements KeptAnswers {
  constructor(private readonly database: Database) {}

  /** @throws Unavailable */
  async find(claim: Claim): Promise<KeptAnswer | undefined> {
    const { rows } = await this.database.run<{
      readonly body_mac: string;
      readonly location: string;
      readonly resource: string | null;
    }>(
      `SELECT body_mac, location, resource FROM auth.idempotency_keys
       WHERE client_id = $1 AND method = $2 AND path = $3 AND key_digest = $4 AND created_at >= now() - ${KEPT_FOR}`,
      placeOf(claim),
    );
    const [row] = rows;
    if (row === undefined) return undefined;
    const resource: unknown = row.resource === null ? undefined : JSON.parse(row.resource);
    return { claim: { ...claim, bodyMac: row.body_mac }, location: row.location, resource };
  }

  /** @throws Unavailable */
  async replace({ claim, resource }: KeptAnswer): Promise<void> {
    await this.database.run(
      `UPDATE auth.idempotency_keys SET resource = $5
       WHERE client_id = $1 AND method = $2 AND path = $3 AND key_digest = $4 AND body_mac = $6 AND resource IS NOT NULL`,
      [...placeOf(claim), textOf(resource), claim.bodyMac],
    );
  }
}
