/**
 * Owns a whole auth-service on a real PostgreSQL, tokens for its admin port that are got anew when a request has ended them,
 * and the comparing of everything that a request may change. Does not own what is asked.
 */
import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import { createTestDatabase, freePort } from '@latchkey/testbed';
import { MemoryWire } from '@latchkey/tokens';
import { systemClock } from '@latchkey/tokens/testing';
import { readConfig } from '../../../config.js';
import { openDatabase } from '../../../persistence/postgres/data-source.js';
import type { Database } from '../../../persistence/postgres/database.js';
import { PATIENT } from '../../../persistence/postgres/testing/patient.js';
import { startAuthService } from '../../../service.js';
import { type RawAnswer, type RawRequest, sendRaw } from './raw-request.js';

export interface FuzzWorld {
  readonly database: Database;
  /** As whoever holds every scope, unless the request says who asks. */
  send(request: RawRequest): Promise<RawAnswer>;
  /** A digest of each table, of whatever only a request changes. What was refused may be recorded, and jobs do their work. */
  state(): Promise<Readonly<Record<string, string | null>>>;
  logged(): string;
  close(): Promise<void>;
}

/** What the jobs of the service change by themselves is left out: leases, positions, seals. */
const WHOLE = [
  ...['issuer_state', 'users', 'login_sessions', 'clients', 'client_secrets', 'apis', 'api_scopes', 'grants'],
  ...['consents', 'keys', 'key_revision', 'idempotency_keys'],
].map((table) => [table, `SELECT t::text AS row FROM auth.${table} t`]);
const IN_PART = [
  ['revocations', `SELECT concat_ws(' ', id, kind, value, generation) AS row FROM auth.revocations`],
  ['guards', 'SELECT guard_id::text AS row FROM auth.guards'],
  ['audit_events', `SELECT t::text AS row FROM auth.audit_events t WHERE outcome = 'done'`],
];
const EVERYTHING = [...WHOLE, ...IN_PART]
  .map(([name, rows]) => `SELECT '${name}' AS place, md5(string_agg(row, ' ' ORDER BY row)) AS digest FROM (${rows}) r`)
  .join(' UNION ALL ');

export async function openFuzzWorld(): Promise<FuzzWorld> {
  const test = await createTestDatabase();
  const [port, adminPort] = await Promise.all([freePort(), freePort()]);
  const [issuer, clientId, secret] = [
    `http://localhost:${port}`,
    randomBytes(16).toString('hex'),
    randomBytes(32).toString('hex'),
  ];
  let logged = '';
  const logTo = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      logged += chunk.toString('utf8');
      done();
    },
  });
  const config = readConfig({
    ...{ ISSUER: issuer, ADMIN_URL: `http://localhost:${adminPort}`, PORT: String(port) },
    ...{ ADMIN_PORT: String(adminPort), API_IDENTIFIER: 'http://localhost:4002' },
    ...{ DATABASE_URL: test.url, REDIS_URL: 'redis://127.0.0.1:1', LOG_LEVEL: 'error' },
    ...{ KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64url') },
    ...{ BOOTSTRAP_ADMIN_CLIENT_ID: clientId, BOOTSTRAP_ADMIN_CLIENT_SECRET: secret },
    ...{ LIMIT_FAILURES: '1000000', LIMIT_FAILURES_PER_ADDRESS: '1000000' },
  });
  const service = await startAuthService(config, { wire: new MemoryWire(systemClock), logTo });
  const database = await openDatabase({ url: test.url, poolSize: 2, ...PATIENT });
  let token: string | undefined;
  const granted = async (): Promise<string> => {
    const body = `grant_type=client_credentials&resource=http://localhost:${adminPort}`;
    const headers = {
      authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    };
    const { status, text } = await sendRaw(port, { method: 'POST', path: '/token', headers, body });
    const found = /"access_token":"([^"]+)"/.exec(text)?.[1];
    if (found === undefined) throw new Error(`no token: ${status} ${text}`);
    return found;
  };
  const send: FuzzWorld['send'] = async (request) => {
    if ('authorization' in request.headers) return sendRaw(adminPort, request);
    const asAdmin = async (): Promise<RawAnswer> => {
      token ??= await granted();
      return sendRaw(adminPort, { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } });
    };
    const answer = await asAdmin();
    if (answer.status !== 401) return answer;
    token = undefined;
    return asAdmin();
  };
  return {
    ...{ database, send },
    logged: () => logged,
    state: async () => {
      const { rows } = await database.run<{ readonly place: string; readonly digest: string | null }>(EVERYTHING);
      return Object.fromEntries(rows.map(({ place, digest }) => [place, digest]));
    },
    close: async () => {
      await database.close();
      await service.close();
      await test.drop();
    },
  };
}
