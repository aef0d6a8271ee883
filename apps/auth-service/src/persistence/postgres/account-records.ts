/**
 * Owns what a person reads of their own sessions and of what they allowed, page by page. Does not own what an operator reads
 * (session-records, consent-store), nor any ending.
 */
import { toSeconds } from '@latchkey/tokens';
import type {
  AccountApplication,
  AccountPage,
  AccountRecords,
  AccountSession,
  SessionPlace,
} from '../../interaction/account/account-ports.js';
import type { Database } from './database.js';

interface SessionColumns {
  readonly sid: string;
  readonly auth_time: Date;
  readonly amr: readonly string[];
  readonly expires_at: Date;
}

interface ApplicationColumns {
  readonly client_id: string;
  readonly client_name: string;
  readonly scope: readonly string[];
  readonly granted_at: Date;
}

const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

export class PostgresAccountRecords implements AccountRecords {
  constructor(private readonly database: Database) {}

  /** Living ones, newest first, by keyset over the index of the person's sessions. @throws Unavailable */
  async sessions(
    sub: string,
    { limit, after }: { readonly limit: number; readonly after?: SessionPlace },
  ): Promise<AccountPage<AccountSession, SessionPlace>> {
    const { rows } = await this.database.run<SessionColumns>(
      `SELECT s.sid, s.auth_time, s.amr, s.expires_at FROM auth.login_sessions s
       JOIN auth.users u ON u.sub = s.sub AND u.enabled AND u.generation = s.gen_sub
       JOIN auth.issuer_state i ON i.generation = s.gen_iss
       WHERE s.sub = $1::uuid AND (s.auth_time, s.sid) < ($2::timestamptz, $3::uuid)
         AND s.ended_at IS NULL AND s.replaced_by IS NULL AND s.expires_at > clock_timestamp()
       ORDER BY s.auth_time DESC, s.sid DESC LIMIT $4`,
      [sub, after === undefined ? 'infinity' : new Date(after.authTime), after?.sid ?? LAST_ID, limit + 1],
    );
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      items: page.map((row) => ({
        sid: row.sid,
        authTime: toSeconds(row.auth_time.getTime()),
        amr: row.amr,
        expiresAt: toSeconds(row.expires_at.getTime()),
      })),
      ...(rows.length > limit && last !== undefined
        ? { next: { authTime: last.auth_time.getTime(), sid: last.sid } }
        : {}),
    };
  }

  /** What stands allowed, of clients that were not deleted, by client_id over the primary key. @throws Unavailable */
  async applications(
    sub: string,
    { limit, after }: { readonly limit: number; readonly after?: string },
  ): Promise<AccountPage<AccountApplication, string>> {
    const { rows } = await this.database.run<ApplicationColumns>(
      `SELECT k.client_id, c.client_name, k.scope, k.granted_at FROM auth.consents k
       JOIN auth.clients c ON c.client_id = k.client_id AND c.deleted_at IS NULL
       WHERE k.sub = $1 AND k.client_id > $2 AND k.withdrawn_at IS NULL ORDER BY k.client_id LIMIT $3`,
      [sub, after ?? '', limit + 1],
    );
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      items: page.map((row) => ({
        clientId: row.client_id,
        clientName: row.client_name,
        scope: row.scope,
        grantedAt: toSeconds(row.granted_at.getTime()),
      })),
      ...(rows.length > limit && last !== undefined ? { next: last.client_id } : {}),
    };
  }
}
