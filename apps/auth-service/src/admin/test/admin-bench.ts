/** Owns an admin server that listens, and the tokens to knock with. Does not own any expectation. */
import { Writable } from 'node:stream';
import { ID_TOKEN_ALGORITHMS, Unavailable } from '@latchkey/protocol';
import { RevocationList, type AccessTokenClaims, type SigningAlgorithm, type VerificationKeys } from '@latchkey/tokens';
import { mintAccessToken, systemClock, testKeys } from '@latchkey/tokens/testing';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { ADMIN_SCOPE_NAMES, adminApi } from '../admin-scopes.js';
import { aLimitOf } from '../../limits/test/limits-bench.js';
import type { GuardReadiness, Readiness } from '../machinery.js';
import type { AuditRecord, AuditTrail } from '../ports.js';
import { adminServer, type AdminServerParts } from '../server.js';
import { RegisterInMemory } from './register-in-memory.js';

export const ISSUER = 'http://localhost:4000';
export const ADMIN_URL = 'http://localhost:4001';
export const CALLER = 'c'.repeat(32);

export interface Wire {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined when the body is not JSON. */
  readonly json: unknown;
}

export interface AdminBench {
  readonly url: string;
  readonly register: RegisterInMemory;
  /** What was refused and recorded, unless a spec brings a trail of its own. */
  readonly refused: AuditRecord[];
  /** What was said through the feed. */
  readonly heard: RevocationList;
  /** What the door sees of the world; specs change it. */
  readonly world: {
    feedIsFresh: boolean;
    isRevoked: (claims: AccessTokenClaims, kid: string) => Promise<boolean>;
    readiness: Readiness;
    ensureRing: (algorithm: SigningAlgorithm) => Promise<void>;
    /** For which algorithms a key was asked for. */
    ensured: SigningAlgorithm[];
    /** What was said of refresh tokens last. */
    longestRefresh?: number;
  };
  readonly logged: () => string;
  mint(claims?: Readonly<Record<string, unknown>>): string;
  /** With a token of every admin scope unless `authorization` says otherwise (null: none). */
  ask(
    method: string,
    path: string,
    request?: {
      body?: unknown;
      raw?: string | Buffer;
      headers?: Record<string, string>;
      authorization?: string | null;
    },
  ): Promise<Wire>;
  close(): Promise<void>;
}

export const SILENT_GUARD: GuardReadiness = {
  ...{ guardId: 'this', registered: false, leaseHeld: false, leaseAgeMs: Number.POSITIVE_INFINITY },
  ...{ fenced: true, knowledgeAgeMs: Number.POSITIVE_INFINITY, entries: 0 },
};

const notHere = (): Promise<never> => Promise.reject(new Unavailable('nothing of that kind'));
/** Of revocations, guards and keys the bench knows nothing by itself. */
const NOT_HERE = {
  registryChanged: () => Promise.resolve(),
  revocations: { revoke: notHere, find: notHere, list: notHere },
  grants: { list: notHere, find: notHere, end: notHere },
  sessions: { list: notHere, find: notHere, end: notHere },
  clientChanges: { change: notHere, listSecrets: notHere, addSecret: notHere, removeSecret: notHere },
  guards: { list: notHere, find: notHere, remove: notHere },
  users: { insert: notHere, find: notHere, list: notHere, search: notHere, change: notHere, enable: notHere },
  consents: { list: notHere, find: notHere },
  consentEndings: { withdraw: notHere },
  userEndings: { disable: notHere, delete: notHere, resetPassword: notHere },
  desk: { wait: notHere, now: notHere, present: notHere, onTheWire: notHere },
  rotation: { list: notHere, rotate: notHere, kill: notHere },
  apiChanges: { change: notHere, remove: notHere },
  standings: { standingOf: notHere },
  secrets: { list: notHere, register: notHere, add: notHere, remove: notHere },
  raiseLongestLifetime: notHere,
  sealSecret: () => 'sealed',
  kept: { find: notHere, replace: notHere },
  audit: { list: notHere, find: notHere },
  verifier: { verify: notHere },
};

const NO_APIS = { insert: notHere, find: notHere, list: notHere };

/** @param parts what stands behind it, in place of the register in memory, and of nothing */
export async function adminBench(
  parts: Partial<
    Pick<
      AdminServerParts,
      | 'clients'
      | 'clientChanges'
      | 'apis'
      | 'apiChanges'
      | 'revocations'
      | 'grants'
      | 'sessions'
      | 'guards'
      | 'users'
      | 'userEndings'
      | 'consents'
      | 'consentEndings'
      | 'desk'
      | 'rotation'
      | 'secrets'
      | 'standings'
      | 'ensureRing'
      | 'raiseLongestLifetime'
      | 'raiseLongestRefresh'
      | 'sealSecret'
      | 'idempotencyMacKeys'
      | 'kept'
      | 'audit'
      | 'verifier'
      | 'failures'
      | 'refusals'
      | 'passwordWork'
    >
  > & { readonly trail?: AuditTrail; readonly moreKeys?: Pick<VerificationKeys, 'find'> } = {},
): Promise<AdminBench> {
  const own = testKeys();
  const keys = { ...own, find: (kid: string) => own.find(kid) ?? parts.moreKeys?.find(kid) };
  const register = new RegisterInMemory();
  const heard = new RevocationList();
  const world: AdminBench['world'] = {
    feedIsFresh: true,
    isRevoked: () => Promise.resolve(false),
    readiness: { postgres: true, signingKey: true, redis: true, guard: SILENT_GUARD },
    ensureRing: () => Promise.resolve(),
    ensured: [],
  };
  const refused: AuditRecord[] = [];
  let logged = '';
  const destination = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      logged += chunk.toString('utf8');
      done();
    },
  });
  const notes = {
    identifier: 'http://localhost:4002',
    name: 'Notes',
    scopes: [
      { name: 'notes:read', description: 'Read your notes' },
      { name: 'notes:write', description: 'Write notes in your name' },
    ],
    accessTokenLifetimeSeconds: 300,
    accessTokenSigningAlg: 'ES256',
    administrative: false,
  } as const;
  const app = adminServer({
    issuer: ISSUER,
    adminUrl: ADMIN_URL,
    keys,
    knowledge: {
      judgeable: () => world.feedIsFresh,
      freshness: () => ({ state: world.feedIsFresh ? 'fresh' : 'stale' }),
      match: (claims, kid) => heard.match(claims, kid),
    },
    maxStalenessMs: 5000,
    isRevoked: (claims, kid) => world.isRevoked(claims, kid),
    clock: systemClock,
    ...NOT_HERE,
    clients: register,
    ensureRing: (algorithm) => {
      world.ensured.push(algorithm);
      return world.ensureRing(algorithm);
    },
    raiseLongestRefresh: (seconds) => {
      world.longestRefresh = seconds;
      return Promise.resolve();
    },
    apis: { ...NO_APIS, all: () => Promise.resolve([adminApi(ADMIN_URL), notes]) },
    idempotencyMacKeys: [Buffer.alloc(32, 7)],
    // All of them, unless a spec brings bounds of its own.
    refusals: { note: async (record) => parts.trail?.refused(record) ?? void refused.push(record) },
    failures: aLimitOf(1_000_000).admin,
    ...parts,
    idTokenAlgorithms: ID_TOKEN_ALGORITHMS,
    readiness: () => Promise.resolve(world.readiness),
    metrics: new Registry(),
    log: pino({ level: 'trace' }, destination),
  });
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  const mint = (claims: Readonly<Record<string, unknown>> = {}): string =>
    mintAccessToken(
      {
        aud: ADMIN_URL,
        client_id: CALLER,
        sub: CALLER,
        grant_id: undefined,
        gen: { iss: 0, cli: 0 },
        scope: ADMIN_SCOPE_NAMES.join(' '),
        ...claims,
      },
      { signer: keys.signer },
    );
  return {
    url: address,
    ...{ register, heard, world, mint, refused },
    logged: () => logged,
    ask: async (method, path, { body, raw, headers = {}, authorization } = {}) => {
      const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
      const response = await fetch(`${address}${path}`, {
        method,
        headers: {
          ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
          ...(authorization === null ? {} : { authorization: authorization ?? `Bearer ${mint()}` }),
          ...headers,
        },
        ...(sent === undefined ? {} : { body: sent }),
      });
      const text = await response.text();
      let json: unknown;
      try {
        json = JSON.parse(text);
      } catch {
        json = undefined;
      }
      return { status: response.status, headers: response.headers, text, json };
    },
    close: () => app.close(),
  };
}
