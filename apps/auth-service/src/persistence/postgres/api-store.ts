/**
 * Owns the registered APIs: found, listed, and registered; and puts beside them those that are no row (the admin API).
 * Does not own their rows (api-row), what a legal registration is, nor any change of one (api-changes).
 */
import type { Api } from '@latchkey/protocol';
import type { ApiPage, ApiPosition, ApiRegistry, KeptAnswer } from '../../admin/ports.js';
import { isStorable } from './act.js';
import { API_COLUMNS, apiFrom, insertApi, ScopeTaken, type ApiColumns } from './api-row.js';
import { appendAudit, type AuditEvent } from './audit-store.js';
import type { Database, Statements } from './database.js';
import { keepAnswer } from './kept-answers.js';

type Registered = 'registered' | 'exists' | 'scope_taken';

/** Thrown where the transaction has written something that must not stay. */
export class NotRegistered extends Error {
  constructor(readonly outcome: Exclude<Registered, 'registered'>) {
    super(outcome);
  }
}

export class PostgresApiStore implements ApiRegistry {
  /** @param fixed what is known without a row: the admin API, whose identifier and scopes are reserved. */
  constructor(
    private readonly database: Database,
    private readonly fixed: readonly Api[],
  ) {}

  /** @throws Unavailable */
  async all(): Promise<readonly Api[]> {
    const { rows } = await this.database.run<ApiColumns>(
      `SELECT ${API_COLUMNS} FROM auth.apis a ORDER BY a.created_at, a.identifier COLLATE "C"`,
    );
    return [...this.fixed, ...rows.map(apiFrom)];
  }

  /** Oldest first, by keyset: no row twice, and as fast with a million rows. @throws Unavailable */
  async list(page: { readonly limit: number; readonly after?: ApiPosition }): Promise<ApiPage> {
    const { rows } = await this.database.run<ApiColumns>(
      `SELECT ${API_COLUMNS} FROM auth.apis a
       WHERE (a.created_at, a.identifier COLLATE "C") > ($1::timestamptz, $2::text)
       ORDER BY a.created_at, a.identifier COLLATE "C" LIMIT $3`,
      [new Date(page.after?.createdAt ?? 0), page.after?.identifier ?? '', page.limit + 1],
    );
    const items = rows.slice(0, page.limit);
    const last = items.at(-1);
    return {
      items: items.map(apiFrom),
      ...(rows.length > page.limit && last !== undefined
        ? { next: { createdAt: last.created_at.getTime(), identifier: last.identifier } }
        : {}),
    };
  }

  /** @throws Unavailable */
  async find(identifier: string): Promise<Api | undefined> {
    if (!isStorable(identifier)) return undefined;
    const { rows } = await this.database.run<ApiColumns>(
      `SELECT ${API_COLUMNS} FROM auth.apis a WHERE a.identifier = $1`,
      [identifier],
    );
    return rows[0] === undefined ? undefined : apiFrom(rows[0]);
  }

  /**
   * The API, its scopes, the audit event and what is kept for a repetition commit together.
   * @throws Unavailable; KeptBefore; Error when identifier or a scope is reserved
   */
  async insert(api: Api, audit: AuditEvent, kept?: KeptAnswer): Promise<Registered> {
    return outcomeOf(() =>
      this.database.transaction((statements) => this.insertWithin(statements, api, { events: [audit], kept })),
    );
  }

  /** See insertApi. @throws Unavailable; Error when identifier or a scope is reserved. */
  async ensureRegistered(api: Api): Promise<Registered> {
    return outcomeOf(() =>
      this.database.transaction((statements) => this.insertWithin(statements, api, { events: [], kept: undefined })),
    );
  }

  /**
   * In the transaction of somebody else. A repetition is told so before anything else, also while the first is under way.
   * @throws NotRegistered, ScopeTaken, KeptBefore, all of which must roll back; Error when identifier or a scope is reserved
   */
  async insertWithin(
    statements: Statements,
    api: Api,
    along: { readonly events: readonly AuditEvent[]; readonly kept: KeptAnswer | undefined },
  ): Promise<void> {
    const reserved = this.fixed.some(
      (each) =>
        each.identifier === api.identifier ||
        each.scopes.some(({ name }) => api.scopes.some((scope) => scope.name === name)),
    );
    if (reserved) throw new Error(`The identifier or a scope of the API ${api.identifier} is reserved.`);
    await keepAnswer(statements, along.kept);
    const outcome = await insertApi(statements, api);
    if (outcome !== 'registered') throw new NotRegistered(outcome);
    await appendAudit(statements, ...along.events);
  }
}

/** What has come of it, once everything that had to be rolled back is. */
async function outcomeOf(register: () => Promise<void>): Promise<Registered> {
  try {
    await register();
    return 'registered';
  } catch (error) {
    if (error instanceof ScopeTaken) return 'scope_taken';
    if (error instanceof NotRegistered) return error.outcome;
    throw error;
  }
}
