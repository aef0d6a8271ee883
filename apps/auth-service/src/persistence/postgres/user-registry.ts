/**
 * Owns people as an operator creates, finds and changes them (admin-api.md `/users`). Does not own what ends with them
 * (person-endings), nor their being found at log-in (people-store).
 */
import type { AuditRecord, KeptAnswer } from '../../admin/ports.js';
import type {
  JudgeUser,
  NewPerson,
  UserChange,
  UserPosition,
  UserRecord,
  UserRegistry,
} from '../../admin/users/user-ports.js';
import { normalizedUsername } from '../../interaction/username.js';
import { appendAudit } from './audit-store.js';
import { sqlStateOf } from './broken-world.js';
import type { Database } from './database.js';
import { keepAnswer } from './kept-answers.js';
import { lockUser, USER_COLUMNS, userFrom, type UserColumns } from './user-row.js';
import { isUuid } from './uuid.js';

const UNIQUE_VIOLATION = '23505';
const NO_UUID = '00000000-0000-0000-0000-000000000000';

/** After every name that begins with what stands before it; no username holds it. */
const LAST_CHARACTER = '\u{10ffff}';

/** Rolls back: of many with one name another was first. */
class NameTaken extends Error {}

export class PostgresUserRegistry implements UserRegistry {
  constructor(private readonly database: Database) {}

  /** @throws Unavailable; KeptBefore */
  async insert(
    { sub, username, passwordHash, claims }: NewPerson,
    audit: AuditRecord,
    keep?: (created: UserRecord) => KeptAnswer,
  ): Promise<UserRecord | 'taken'> {
    return orTaken(
      this.database.transaction(async (statements) => {
        const { rows } = await statements.run<{ readonly at: Date }>('SELECT now()::timestamptz(3) AS at');
        const at = rows[0]?.at.getTime() ?? 0;
        const created: UserRecord = { sub, username, enabled: true, claims, createdAt: at, updatedAt: at };
        // The key before the name: whoever repeats this request waits here, and hears what was answered, not that it is taken.
        await keepAnswer(statements, keep?.(created));
        const { affected } = await statements.run(
          `INSERT INTO auth.users (sub, username, normalized_username, password_hash, claims, created_at, updated_at)
           VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (normalized_username) DO NOTHING`,
          [sub, username, normalizedUsername(username), passwordHash, JSON.stringify(claims), new Date(at)],
        );
        if (affected === 0) throw new NameTaken();
        await appendAudit(statements, audit);
        return created;
      }),
    );
  }

  /** @throws Unavailable */
  async find(sub: string): Promise<UserRecord | undefined> {
    if (!isUuid(sub)) return undefined;
    const { rows } = await this.database.run<UserColumns>(
      `SELECT ${USER_COLUMNS} FROM auth.users WHERE sub = $1 AND deleted_at IS NULL`,
      [sub],
    );
    return rows[0] === undefined ? undefined : userFrom(rows[0]);
  }

  /** Oldest first, by keyset: no row twice, and as fast with a million rows. @throws Unavailable */
  async list(page: { readonly limit: number; readonly after?: UserPosition }): Promise<{
    readonly items: readonly UserRecord[];
    readonly next?: UserPosition;
  }> {
    const { rows } = await this.database.run<UserColumns>(
      `SELECT ${USER_COLUMNS} FROM auth.users WHERE (created_at, sub) > ($1::timestamptz, $2::uuid) AND deleted_at IS NULL
       ORDER BY created_at, sub LIMIT $3`,
      [new Date(page.after?.createdAt ?? 0), page.after?.sub ?? NO_UUID, page.limit + 1],
    );
    const items = rows.slice(0, page.limit).map(userFrom);
    const last = items.at(-1);
    return {
      items,
      ...(rows.length > page.limit && last !== undefined ? { next: { createdAt: last.createdAt, sub: last.sub } } : {}),
    };
  }

  /** The same by name, each compared byte by byte, of those alone that begin so. Whoever was deleted has no name. @throws Unavailable */
  async search(page: { readonly prefix: string; readonly limit: number; readonly after?: string }): Promise<{
    readonly items: readonly UserRecord[];
    readonly next?: string;
  }> {
    const prefix = normalizedUsername(page.prefix);
    const { rows } = await this.database.run<UserColumns & { readonly name: string }>(
      `SELECT ${USER_COLUMNS}, normalized_username AS name FROM auth.users
       WHERE normalized_username ~>=~ $1::text AND normalized_username ~<~ $2::text AND normalized_username ~>~ $3::text
       ORDER BY normalized_username USING ~<~ LIMIT $4`,
      [prefix, `${prefix}${LAST_CHARACTER}`, page.after ?? '', page.limit + 1],
    );
    const items = rows.slice(0, page.limit);
    const last = items.at(-1);
    return {
      items: items.map(userFrom),
      ...(rows.length > page.limit && last !== undefined ? { next: last.name } : {}),
    };
  }

  /** @throws Unavailable; whatever decide throws */
  async change(
    sub: string,
    decide: (standing: UserRecord) => UserChange | undefined,
  ): Promise<UserRecord | 'unknown' | 'taken'> {
    if (!isUuid(sub)) return 'unknown';
    return orTaken(
      this.database.transaction(async (statements) => {
        const standing = await lockUser(statements, sub);
        if (standing === undefined) return 'unknown';
        const change = decide(standing);
        if (change === undefined) return standing;
        const { rows } = await statements
          .run<UserColumns>(
            `UPDATE auth.users SET username = $2, normalized_username = $3, claims = $4, updated_at = clock_timestamp()
             WHERE sub = $1 RETURNING ${USER_COLUMNS}`,
            [sub, change.username, normalizedUsername(change.username), JSON.stringify(change.claims)],
          )
          .catch((error: unknown) => {
            throw sqlStateOf(error) === UNIQUE_VIOLATION ? new NameTaken() : error;
          });
        await appendAudit(statements, change.audit);
        return rows[0] === undefined ? 'unknown' : userFrom(rows[0]);
      }),
    );
  }

  /** @throws Unavailable; whatever judge throws */
  async enable(sub: string, judge: JudgeUser, audit: AuditRecord): Promise<UserRecord | 'unknown'> {
    if (!isUuid(sub)) return 'unknown';
    return this.database.transaction(async (statements) => {
      const standing = await lockUser(statements, sub);
      if (standing === undefined) return 'unknown';
      judge(standing);
      if (standing.enabled) return standing;
      await statements.run('UPDATE auth.users SET enabled = true WHERE sub = $1', [sub]);
      await appendAudit(statements, audit);
      return { ...standing, enabled: true };
    });
  }
}

const orTaken = <Result>(work: Promise<Result>): Promise<Result | 'taken'> =>
  work.catch((error: unknown) => {
    if (error instanceof NameTaken) return 'taken' as const;
    throw error;
  });
