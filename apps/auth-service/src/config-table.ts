/**
 * Owns the one list of the settings of the auth-service: name, meaning, unit, default. docs/configuration.md is made
 * from it. Does not own which of them contradict each other (config does).
 */
import type { Table } from '@latchkey/process';
import {
  anyText,
  audienceUri,
  cidrList,
  issuerUrl,
  json,
  matching,
  oneOf,
  pem,
  plainHttpUrl,
  serverUrl,
  thirtyTwoBytes,
  wholeNumber,
} from '@latchkey/process';

const postgresUrl = serverUrl('postgres:', 'postgresql:');
const YEAR = 31_622_400;

export const TABLE = {
  ISSUER: {
    name: 'ISSUER',
    meaning:
      'The public issuer URL, exactly as it stands in tokens. Plain http only if its host is this machine; https turns on Secure and __Host- cookies.',
    default: 'http://localhost:4000',
    parse: issuerUrl,
  },
  HOST: { name: 'HOST', meaning: 'The address to listen on.', default: '127.0.0.1', parse: anyText },
  PORT: { name: 'PORT', meaning: 'The public port.', default: '4000', parse: wholeNumber(0, 65535) },
  ADMIN_PORT: {
    name: 'ADMIN_PORT',
    meaning: 'The port of the admin API, /healthz, /readyz and /metrics. Do not publish it.',
    default: '4001',
    parse: wholeNumber(0, 65535),
  },
  ADMIN_URL: {
    name: 'ADMIN_URL',
    meaning: 'The URL of the admin API, which is also the audience of its tokens.',
    default: 'http://localhost:4001',
    parse: plainHttpUrl,
  },
  API_IDENTIFIER: {
    name: 'API_IDENTIFIER',
    meaning: 'The audience of the sample API, which the bootstrap registers.',
    default: 'http://localhost:4002',
    parse: audienceUri,
  },
  TLS_CERT: {
    name: 'TLS_CERT',
    meaning:
      'The certificate chain (PEM) with which both ports speak https themselves; usually as TLS_CERT_FILE, which is looked at every 10 seconds.',
    parse: pem('CERTIFICATE'),
  },
  TLS_KEY: {
    name: 'TLS_KEY',
    meaning: 'The private key (PEM) of TLS_CERT; usually as TLS_KEY_FILE.',
    secret: true,
    parse: pem('PRIVATE KEY'),
  },
  TRUST_PROXY: {
    name: 'TRUST_PROXY',
    meaning:
      'The proxies (addresses or CIDR blocks, comma-separated) whose forwarding headers are believed; nobody if absent.',
    parse: cidrList,
  },
  OUTBOUND_ALLOW: {
    name: 'OUTBOUND_ALLOW',
    meaning:
      'Addresses or CIDR blocks, comma-separated, that are not public and to which this service may speak all the same, by plain http too, when a client names them (its keys, its log-out); none if absent.',
    parse: cidrList,
  },
  DATABASE_URL: {
    name: 'DATABASE_URL',
    meaning: 'PostgreSQL (15 or newer), as the role of the service.',
    secret: true,
    required: true,
    parse: postgresUrl,
  },
  MIGRATION_DATABASE_URL: {
    name: 'MIGRATION_DATABASE_URL',
    meaning:
      'The same database as the role that owns the tables. DATABASE_URL if absent; not needed while the schema is current.',
    secret: true,
    parse: postgresUrl,
  },
  DATABASE_POOL_SIZE: {
    name: 'DATABASE_POOL_SIZE',
    meaning: 'The most connections to PostgreSQL that one instance opens.',
    unit: 'connections',
    default: '10',
    parse: wholeNumber(2, 1000),
  },
  REDIS_URL: {
    name: 'REDIS_URL',
    meaning: 'Redis (7.0 or newer) for what may be lost: code contexts, interactions, limits, and the revocation feed.',
    secret: true,
    required: true,
    parse: serverUrl('redis:', 'rediss:'),
  },
  KEY_ENCRYPTION_KEY: {
    name: 'KEY_ENCRYPTION_KEY',
    meaning: '32 bytes, base64url: encrypts keys at rest, and other secrets derive from it.',
    secret: true,
    required: true,
    parse: thirtyTwoBytes,
  },
  KEY_ENCRYPTION_KEY_PREVIOUS: {
    name: 'KEY_ENCRYPTION_KEY_PREVIOUS',
    meaning: 'The KEY_ENCRYPTION_KEY of before (or the next one), while it is being replaced: opens what it sealed.',
    secret: true,
    parse: thirtyTwoBytes,
  },
  KEY_ANNOUNCE_SECONDS: {
    name: 'KEY_ANNOUNCE_SECONDS',
    meaning: 'How long a key stands in the JWKS before it signs.',
    unit: 'seconds',
    default: '3600',
    parse: wholeNumber(1, YEAR),
  },
  KEY_USE_SECONDS: {
    name: 'KEY_USE_SECONDS',
    meaning: 'How long a key signs; then the next one does.',
    unit: 'seconds',
    default: '2592000',
    parse: wholeNumber(2, 10 * YEAR),
  },
  KEY_KEEP_SECONDS: {
    name: 'KEY_KEEP_SECONDS',
    meaning:
      'How long a key that signs no more verifies. If absent, and never shorter: as long as what it signed may live, and a minute.',
    unit: 'seconds',
    parse: wholeNumber(1, 10 * YEAR),
  },
  BOOTSTRAP_ADMIN_CLIENT_ID: {
    name: 'BOOTSTRAP_ADMIN_CLIENT_ID',
    meaning: 'The client_id (32 hex characters) of the first admin client, made when the database is empty.',
    parse: matching(/^[0-9a-f]{32}$/, '32 lower-case hex characters, such as `openssl rand -hex 16` prints'),
  },
  BOOTSTRAP_ADMIN_CLIENT_SECRET: {
    name: 'BOOTSTRAP_ADMIN_CLIENT_SECRET',
    meaning: 'Its client_secret (64 hex characters).',
    secret: true,
    parse: matching(/^[0-9a-f]{64}$/, '64 lower-case hex characters, such as `openssl rand -hex 32` prints'),
  },
  DEMO_USER: {
    name: 'DEMO_USER',
    meaning: 'The name of a first person, made together with the first admin client and only then.',
    parse: matching(/^[^\s\p{Cc}](?:[^\p{Cc}]{0,126}[^\s\p{Cc}])?$/u, '1 to 128 printable characters'),
  },
  DEMO_PASSWORD: {
    name: 'DEMO_PASSWORD',
    meaning: 'The password of that person.',
    secret: true,
    parse: matching(/^.{8,1024}$/su, '8 to 1024 characters'),
  },
  SEED: {
    name: 'SEED',
    meaning:
      'APIs, clients and people that are made so at each start (JSON by deploy/seed.schema.json, docs/operating.md); usually as SEED_FILE, the path of a file.',
    secret: true,
    asWritten: true,
    parse: json,
  },
  ACCESS_TOKEN_LIFETIME_SECONDS: {
    name: 'ACCESS_TOKEN_LIFETIME_SECONDS',
    meaning: 'How long an access token is valid where its API says nothing else.',
    unit: 'seconds',
    default: '300',
    parse: wholeNumber(1, 86_400),
  },
  ID_TOKEN_LIFETIME_SECONDS: {
    name: 'ID_TOKEN_LIFETIME_SECONDS',
    meaning: 'How long an ID token is valid.',
    unit: 'seconds',
    default: '300',
    parse: wholeNumber(1, 86_400),
  },
  REFRESH_LIFETIME_SECONDS: {
    name: 'REFRESH_LIFETIME_SECONDS',
    meaning: 'How long a grant may be refreshed, from the moment it was given.',
    unit: 'seconds',
    default: '2592000',
    parse: wholeNumber(60, YEAR),
  },
  REFRESH_TOLERANCE_SECONDS: {
    name: 'REFRESH_TOLERANCE_SECONDS',
    meaning: 'A refresh token that was rotated away less than once to twice this long ago is a retry, not a theft.',
    unit: 'seconds',
    default: '10',
    parse: wholeNumber(1, 300),
  },
  SESSION_LIFETIME_SECONDS: {
    name: 'SESSION_LIFETIME_SECONDS',
    meaning: 'How long a person stays logged in.',
    unit: 'seconds',
    default: '28800',
    parse: wholeNumber(60, YEAR),
  },
  INTERACTION_LIFETIME_SECONDS: {
    name: 'INTERACTION_LIFETIME_SECONDS',
    meaning: 'How long a log-in or consent page may stay open.',
    unit: 'seconds',
    default: '600',
    parse: wholeNumber(30, 86_400),
  },
  LIMIT_FAILURES: {
    name: 'LIMIT_FAILURES',
    meaning:
      'Failed authentications of one account or client from one address after which more are refused with 429: log-ins within LIMIT_WINDOW_SECONDS, clients and admin tokens within a minute. From elsewhere a right password goes on working, from anywhere a right secret or token (docs/limits.md).',
    unit: 'failures',
    default: '10',
    parse: wholeNumber(1, 1_000_000),
  },
  LIMIT_FAILURES_PER_ADDRESS: {
    name: 'LIMIT_FAILURES_PER_ADDRESS',
    meaning:
      'The same from one address, whatever the account or client. IPv6 addresses count by their /64; behind a proxy that TRUST_PROXY does not name, everybody has one address.',
    unit: 'failures',
    default: '100',
    parse: wholeNumber(1, 1_000_000),
  },
  LIMIT_WINDOW_SECONDS: {
    name: 'LIMIT_WINDOW_SECONDS',
    meaning: 'How long a failed log-in counts.',
    unit: 'seconds',
    default: '900',
    parse: wholeNumber(1, 86_400),
  },
  LIMIT_TOKENS_PER_MINUTE: {
    name: 'LIMIT_TOKENS_PER_MINUTE',
    meaning:
      'Tokens that one client may get within a minute, over all instances. Unbounded, and not counted, if absent.',
    unit: 'tokens',
    parse: wholeNumber(1, 1_000_000),
  },
  PASSWORD_HASHES_AT_ONCE: {
    name: 'PASSWORD_HASHES_AT_ONCE',
    meaning: 'Password checks that run at the same time; each takes 19 MiB. More wait for a moment, then hear 503.',
    unit: 'checks',
    default: '4',
    parse: wholeNumber(1, 64),
  },
  WATERMARK_INTERVAL_MS: {
    name: 'WATERMARK_INTERVAL_MS',
    meaning: 'How often each instance publishes what was left and writes a watermark into the revocation feed.',
    unit: 'milliseconds',
    default: '100',
    parse: wholeNumber(10, 5_000),
  },
  MAX_STALENESS_MS: {
    name: 'MAX_STALENESS_MS',
    meaning: 'Knowledge of revocations older than this is not trusted: the admin API then asks PostgreSQL.',
    unit: 'milliseconds',
    default: '5000',
    parse: wholeNumber(100, 600_000),
  },
  LOG_LEVEL: {
    name: 'LOG_LEVEL',
    meaning: 'The least important lines that are still written: fatal, error, warn, info, debug, trace or silent.',
    default: 'info',
    parse: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
  },
} as const satisfies Table;
