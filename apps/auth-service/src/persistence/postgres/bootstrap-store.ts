/**
 * Owns what is written into an empty database (admin-api.md A3): a first admin client, a first person, a sample API; each
 * only if there is none, all in one transaction, one instance at a time. Does not own making secrets nor hashing.
 */
import { randomUUID } from 'node:crypto';
import type { Api } from '@latchkey/protocol';
import type { BootstrapState, GivenAtStart, NewClient } from '../../admin/ports.js';
import { insertApi } from './api-row.js';
import { appendAudit } from './audit-store.js';
import { insertClient } from './client-row.js';
import type { Database, Statements } from './database.js';
import { normalizedUsername } from '../../interaction/username.js';

const BOOTSTRAP_LOCK = 0x6c61746369;

export interface Bootstrap {
  /** Every scope of the admin API: whoever may have them all is an admin client. */
  readonly adminScopes: readonly string[];
  readonly adminClient?: NewClient;
  readonly person?: {
    readonly username: string;
    /** argon2id, PHC string. */
    readonly passwordHash: string;
  };
  readonly api?: Api;
}

/** What stands afterwards: made by this call, there before, or absent because none was given. */
export type Made = 'created' | 'exists' | 'absent';

export interface BootstrapOutcome {
  readonly adminClient: Made;
  readonly person: Made;
  readonly api: Made;
}

export class PostgresBootstrapStore {
  constructor(private readonly database: Database) {}

  /** @throws Unavailable */
  async state(adminScopes: readonly string[], given: GivenAtStart): Promise<BootstrapState> {
    const { adminClient, username } = given;
    return {
      adminClient: await exists(this.database, ADMIN_CLIENT, [adminScopes]),
      standing: {
        adminClient:
          adminClient !== undefined &&
          (await exists(this.database, CLIENT_WITH_SECRET, [adminClient.clientId, adminClient.secretDigest])),
        person: username !== undefined && (await exists(this.database, PERSON_NAMED, [normalizedUsername(username)])),
      },
    };
  }

  /** @throws Unavailable */
  async bootstrap(wanted: Bootstrap): Promise<BootstrapOutcome> {
    return this.database.transaction(async (statements) => {
      // Ten instances at once: the others wait, and then find it done.
      await statements.run('SELECT pg_advisory_xact_lock($1)', [BOOTSTRAP_LOCK]);
      return {
        api: await ensure(statements, wanted.api, ANY_API, [], async (api) => {
          await insertApi(statements, api);
          return { kind: 'api.created', target: api.identifier };
        }),
        adminClient: await ensure(
          statements,
          wanted.adminClient,
          ADMIN_CLIENT,
          [wanted.adminScopes],
          async (client) => {
            await insertClient(statements, client);
            return { kind: 'client.created', target: client.clientId };
          },
        ),
        person: await ensure(statements, wanted.person, ANYBODY, [], async ({ username, passwordHash }) => {
          const sub = randomUUID();
          await statements.run(
            'INSERT INTO auth.users (sub, username, normalized_username, password_hash) VALUES ($1, $2, $3, $4)',
            [sub, username, normalizedUsername(username), passwordHash],
          );
          return { kind: 'user.created', target: sub };
        }),
      };
    });
  }
}

const ADMIN_CLIENT = 'SELECT 1 FROM auth.clients WHERE enabled AND allowed_scope @> $1::text[] LIMIT 1';
const CLIENT_WITH_SECRET = 'SELECT 1 FROM auth.client_secrets WHERE client_id = $1 AND digest = $2';
const PERSON_NAMED = 'SELECT 1 FROM auth.users WHERE normalized_username = $1';
const ANYBODY = 'SELECT 1 FROM auth.users LIMIT 1';
const ANY_API = 'SELECT 1 FROM auth.apis LIMIT 1';

const exists = async (statements: Statements, sql: string, parameters: readonly unknown[] = []): Promise<boolean> =>
  (await statements.run(sql, parameters)).rows.length > 0;

const ensure = async <Wanted>(
  statements: Statements,
  wanted: Wanted | undefined,
  present: string,
  parameters: readonly unknown[],
  create: (wanted: Wanted) => Promise<{ readonly kind: string; readonly target: string }>,
): Promise<Made> => {
  if (await exists(statements, present, parameters)) return 'exists';
  if (wanted === undefined) return 'absent';
  const { kind, target } = await create(wanted);
  await appendAudit(statements, { actor: 'system', kind, target, outcome: 'done', detail: { bootstrap: true } });
  return 'created';
};
