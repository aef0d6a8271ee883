/**
 * Owns the reading of what people allowed clients. Does not own its recording, which is part of the redemption of a code
 * (grant-store), nor its taking back (consent-endings).
 */
import type { ConsentStore, StandingConsent } from '@latchkey/protocol';
import { toSeconds } from '@latchkey/tokens';
import type { ConsentRecord, ConsentRegistry } from '../../admin/users/user-ports.js';
import { isStorable } from './act.js';
import type { Database } from './database.js';
import { isUuid } from './uuid.js';

export interface ConsentColumns {
  readonly client_id: string;
  readonly scope: readonly string[];
  readonly granted_at: Date;
}

export const CONSENT_COLUMNS = 'client_id, scope, granted_at';

export const consentFrom = (row: ConsentColumns): ConsentRecord => ({
  clientId: row.client_id,
  scope: row.scope,
  grantedAt: toSeconds(row.granted_at.getTime()),
});

export class PostgresConsentStore implements ConsentStore, ConsentRegistry {
  constructor(private readonly database: Database) {}

  /** @throws Unavailable */
  async standing({ sub, clientId }: Parameters<ConsentStore['standing']>[0]): Promise<StandingConsent> {
    const { rows } = await this.database.run<{ readonly generation: number; readonly scope: string[] | null }>(
      `SELECT generation, CASE WHEN withdrawn_at IS NULL THEN scope END AS scope
       FROM auth.consents WHERE sub = $1 AND client_id = $2`,
      [sub, clientId],
    );
    return { generation: rows[0]?.generation ?? 0, scope: rows[0]?.scope ?? undefined };
  }

  /** By client_id, by keyset, over the primary key. @throws Unavailable */
  async list(
    sub: string,
    page: { readonly limit: number; readonly after?: string },
  ): Promise<{ readonly items: readonly ConsentRecord[]; readonly next?: string }> {
    if (!isUuid(sub)) return { items: [] };
    const { rows } = await this.database.run<ConsentColumns>(
      `SELECT ${CONSENT_COLUMNS} FROM auth.consents WHERE sub = $1 AND client_id > $2 AND withdrawn_at IS NULL
       ORDER BY client_id LIMIT $3`,
      [sub, page.after ?? '', page.limit + 1],
    );
    const items = rows.slice(0, page.limit).map(consentFrom);
    const last = items.at(-1);
    return { items, ...(rows.length > page.limit && last !== undefined ? { next: last.clientId } : {}) };
  }

  /** @throws Unavailable */
  async find(sub: string, clientId: string): Promise<ConsentRecord | undefined> {
    if (!isUuid(sub) || !isStorable(clientId)) return undefined;
    const { rows } = await this.database.run<ConsentColumns>(
      `SELECT ${CONSENT_COLUMNS} FROM auth.consents WHERE sub = $1 AND client_id = $2 AND withdrawn_at IS NULL`,
      [sub, clientId],
    );
    return rows[0] === undefined ? undefined : consentFrom(rows[0]);
  }
}
