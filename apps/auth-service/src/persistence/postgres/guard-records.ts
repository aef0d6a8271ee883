/**
 * Owns what an operator reads of the register of guards, and the removing of one that will not come back (admin-api.md
 * `/guards`; revocation.md V17: `allow` guards "are remembered until an operator removes them"). Does not own the
 * register's own verbs (guard-register).
 */
import type { AuditRecord, GuardRecords } from '../../admin/ports.js';
import type { RegisteredGuard } from '@latchkey/tokens';
import { appendAudit } from './audit-store.js';
import type { Database } from './database.js';
import { GUARD_COLUMNS, guardFrom, type GuardColumns } from './guard-row.js';
import { isUuid } from './uuid.js';

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

export class PostgresGuardRecords implements GuardRecords {
  constructor(private readonly database: Database) {}

  /** Oldest first, by keyset. @throws Unavailable */
  async list(page: Parameters<GuardRecords['list']>[0]): ReturnType<GuardRecords['list']> {
    const { rows } = await this.database.run<GuardColumns>(
      `SELECT ${GUARD_COLUMNS} FROM auth.guards g WHERE (g.registered_at, g.guard_id) > ($1::timestamptz, $2::uuid)
       ORDER BY g.registered_at, g.guard_id LIMIT $3`,
      [new Date(page.after?.registeredAt ?? 0), page.after?.guardId ?? FIRST_ID, page.limit + 1],
    );
    const items = rows.slice(0, page.limit).map(guardFrom);
    const last = items.at(-1);
    return {
      items,
      ...(rows.length > page.limit && last !== undefined
        ? { next: { registeredAt: last.registeredAt, guardId: last.guardId } }
        : {}),
    };
  }

  /** @throws Unavailable */
  async find(guardId: string): Promise<RegisteredGuard | undefined> {
    if (!isUuid(guardId)) return undefined;
    const { rows } = await this.database.run<GuardColumns>(
      `SELECT ${GUARD_COLUMNS} FROM auth.guards g WHERE g.guard_id = $1`,
      [guardId],
    );
    return rows[0] === undefined ? undefined : guardFrom(rows[0]);
  }

  /** @throws Unavailable */
  async remove(
    { guardId, registration }: Pick<RegisteredGuard, 'guardId' | 'registration'>,
    audit: AuditRecord,
  ): Promise<'removed' | 'unknown'> {
    if (!isUuid(guardId) || !isUuid(registration)) return 'unknown';
    return this.database.transaction(async (statements) => {
      const { affected } = await statements.run('DELETE FROM auth.guards WHERE guard_id = $1 AND registration = $2', [
        guardId,
        registration,
      ]);
      if (affected === 0) return 'unknown';
      await appendAudit(statements, audit);
      return 'removed';
    });
  }
}
