/**
 * Owns registered clients: found by the protocol, registered, read and listed by the admin API. Does not own what a legal
 * registration is, nor the making of ids and secrets.
 */
import type { ClientStore } from '@latchkey/protocol';
import type { NewClient, RegisteredClient } from '../../admin/ports.js';
import type { ClientPage, ClientPosition, ClientRegistry } from '../../admin/clients/client-ports.js';
import { appendAudit, type AuditEvent } from './audit-store.js';
import { holdLeaning } from './client-leaning.js';
import { CLIENT_COLUMNS, clientFrom, type ClientColumns } from './client-columns.js';
import { insertClient } from './client-row.js';
import type { Database } from './database.js';
import { keepAnswer } from './kept-answers.js';

export class PostgresClientStore implements ClientStore, ClientRegistry {
  constructor(private readonly database: Database) {}

  /** Disabled clients too: whoever asks decides. A deleted one is nobody. @throws Unavailable */
  async find(clientId: string): Promise<RegisteredClient | undefined> {
    // PostgreSQL's text cannot hold U+0000; no client has such an id.
    if (clientId.includes('\u0000')) return undefined;
    const { rows } = await this.database.run<ClientColumns>(
      `SELECT ${CLIENT_COLUMNS} FROM auth.clients c WHERE c.client_id = $1 AND c.deleted_at IS NULL`,
      [clientId],
    );
    return rows[0] === undefined ? undefined : clientFrom(rows[0]);
  }

  /** Oldest first, by keyset: no row twice, and as fast with a million rows. @throws Unavailable */
  async list(page: { readonly limit: number; readonly after?: ClientPosition }): Promise<ClientPage> {
    const { rows } = await this.database.run<ClientColumns>(
      `SELECT ${CLIENT_COLUMNS} FROM auth.clients c
       WHERE (c.created_at, c.client_id) > ($1::timestamptz, $2::text) AND c.deleted_at IS NULL
       ORDER BY c.created_at, c.client_id LIMIT $3`,
      [new Date(page.after?.createdAt ?? 0), page.after?.clientId ?? '', page.limit + 1],
    );
    const items = rows.slice(0, page.limit);
    const last = items.at(-1);
    return {
      items: items.map(clientFrom),
      ...(rows.length > page.limit && last !== undefined
        ? { next: { createdAt: last.created_at.getTime(), clientId: last.client_id } }
        : {}),
    };
  }

  /**
   * Client, first secret, audit event and what is kept for a repetition commit together.
   * @throws Unavailable; KeptBefore; whatever `leaning` throws
   */
  async insert(
    client: NewClient,
    audit: AuditEvent,
    { keep, leaning }: Parameters<ClientRegistry['insert']>[2] = {},
  ): Promise<RegisteredClient> {
    return this.database.transaction(async (statements) => {
      await holdLeaning(statements, leaning);
      const registered = await insertClient(statements, client);
      await appendAudit(statements, audit);
      await keepAnswer(statements, keep?.(registered));
      return registered;
    });
  }
}
