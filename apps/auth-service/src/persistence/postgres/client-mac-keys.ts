/**
 * Owns the secrets of clients that are kept sealed beside their digests, since OpenID Connect Core §10.1 keys HS256 with them, and
 * that they follow KEY_ENCRYPTION_KEY when it is replaced. Does not own which clients need it (admin/clients/client-secret-keeping).
 */
import { createSecretKey } from 'node:crypto';
import { type ClientMacKey, type ClientMacKeys, digestOf, Unavailable } from '@latchkey/protocol';
import { type KeyEncryption, KeyEncryptionError } from '@latchkey/tokens/issuing';
import { isStorable } from './act.js';
import type { Database } from './database.js';

interface SealedColumns {
  readonly id: string;
  readonly client_id: string;
  readonly digest: string;
  readonly sealed: string;
}

const BATCH = 500;

export class PostgresClientMacKeys implements ClientMacKeys {
  constructor(
    private readonly database: Database,
    private readonly encryption: KeyEncryption,
  ) {}

  /** For `KeptSecret.sealed`. It opens for this client and this secret alone: another row's is none. */
  seal(clientId: string, secret: string): string {
    return this.encryption.seal(Buffer.from(secret, 'utf8'), boundTo(clientId, digestOf(secret)));
  }

  /** @throws Unavailable, also for what no key of this service opens */
  async keysOf(clientId: string): Promise<readonly ClientMacKey[]> {
    if (!isStorable(clientId)) return [];
    const { rows } = await this.database.run<SealedColumns>(
      `SELECT s.id, s.client_id, s.digest::text AS digest, s.sealed FROM auth.client_secrets s
       JOIN auth.clients c USING (client_id)
       WHERE s.client_id = $1 AND s.sealed IS NOT NULL AND c.deleted_at IS NULL ORDER BY s.created_at, s.id`,
      [clientId],
    );
    try {
      return rows.map((row) => ({ digest: row.digest, key: createSecretKey(this.open(row)) }));
    } catch (error) {
      throw error instanceof KeyEncryptionError ? new Unavailable('a secret of a client', error) : error;
    }
  }

  /**
   * Seals anew what another key than the current one has sealed; what none of the keys opens stays as it is. Safe in ten instances
   * at once: of each row the first counts.
   * @returns how many were sealed anew, and how many cannot be opened
   * @throws Unavailable
   */
  async reseal(): Promise<{ readonly resealed: number; readonly lost: number }> {
    const done = { resealed: 0, lost: 0 };
    for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
      const { rows } = await this.database.run<SealedColumns>(
        `SELECT id, client_id, digest::text AS digest, sealed FROM auth.client_secrets
         WHERE id > $1 AND sealed IS NOT NULL AND NOT starts_with(sealed, $2) ORDER BY id LIMIT ${BATCH}`,
        [after, `v1.${this.encryption.id}.`],
      );
      for (const row of rows) {
        const anew = this.sealedAnew(row);
        if (anew === undefined) done.lost += 1;
        else done.resealed += await this.replace(row, anew);
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < BATCH) return done;
      after = last.id;
    }
  }

  private open({ client_id, digest, sealed }: SealedColumns): Buffer {
    return this.encryption.open(sealed, boundTo(client_id, digest));
  }

  private sealedAnew(row: SealedColumns): string | undefined {
    try {
      return this.encryption.seal(this.open(row), boundTo(row.client_id, row.digest));
    } catch (error) {
      if (error instanceof KeyEncryptionError) return undefined;
      throw error;
    }
  }

  private async replace({ id, sealed }: SealedColumns, anew: string): Promise<number> {
    const { rows } = await this.database.run(
      'UPDATE auth.client_secrets SET sealed = $3 WHERE id = $1 AND sealed = $2 RETURNING 1',
      [id, sealed, anew],
    );
    return rows.length;
  }
}

/** The digest names the secret, and stands in the same row. */
const boundTo = (clientId: string, digest: string): string => `client secret:${clientId}:${digest}`;
