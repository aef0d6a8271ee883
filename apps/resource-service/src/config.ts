/**
 * Owns the configuration of the resource-service: its settings, the only reader of its environment, and the refusal of
 * contradictions. Does not own how a table of settings is read (process).
 */
import { readFileSync } from 'node:fs';
import {
  type Environment,
  type ReadFile,
  readTls,
  type Setting,
  SettingsReader,
  settingsOf,
  type Table,
  type Tls,
} from '@latchkey/process';
import {
  anyText,
  audienceUri,
  cidrList,
  issuerUrl,
  oneOf,
  pem,
  plainHttpUrl,
  serverUrl,
  wholeNumber,
} from '@latchkey/process';
import type { SharedSecret } from '@latchkey/tokens';
import { sharedSecretList } from './shared-secrets.js';

export { ConfigurationError, type Environment, type ReadFile, type Setting } from '@latchkey/process';

const postgresUrl = serverUrl('postgres:', 'postgresql:');

const TABLE = {
  ISSUER: {
    name: 'ISSUER',
    meaning: 'The public issuer URL, exactly as it stands in tokens. Plain http only if its host is this machine.',
    default: 'http://localhost:4000',
    parse: issuerUrl,
  },
  ISSUER_INTERNAL_URL: {
    name: 'ISSUER_INTERNAL_URL',
    meaning: 'Where containers reach the same issuer, if not at ISSUER.',
    parse: plainHttpUrl,
  },
  API_IDENTIFIER: {
    name: 'API_IDENTIFIER',
    meaning: 'The identifier of this API: what the audience of a token must contain.',
    default: 'http://localhost:4002',
    parse: audienceUri,
  },
  API_SHARED_SECRETS: {
    name: 'API_SHARED_SECRETS',
    meaning:
      'What this API shares with the issuer, if its tokens are signed HS256: kid:secret as the issuer gave them, separated by commas or whitespace; two while the secret is rotated.',
    secret: true,
    parse: sharedSecretList,
  },
  HOST: { name: 'HOST', meaning: 'The address to listen on.', default: '127.0.0.1', parse: anyText },
  PORT: { name: 'PORT', meaning: 'The port to listen on.', default: '4002', parse: wholeNumber(0, 65535) },
  DATABASE_URL: {
    name: 'DATABASE_URL',
    meaning: 'PostgreSQL 15 or later, as the role that serves. Tables stand in the schema "notes".',
    secret: true,
    required: true,
    parse: postgresUrl,
  },
  MIGRATION_DATABASE_URL: {
    name: 'MIGRATION_DATABASE_URL',
    meaning: 'The same database as the owner of the tables; DATABASE_URL when left out.',
    secret: true,
    parse: postgresUrl,
  },
  DATABASE_POOL_SIZE: {
    name: 'DATABASE_POOL_SIZE',
    meaning: 'How many connections to PostgreSQL there may be.',
    default: '10',
    parse: wholeNumber(1, 1000),
  },
  FEED_REDIS_URL: {
    name: 'FEED_REDIS_URL',
    meaning:
      'Redis 7.0 or later, as a user that may read the revocation feed and little else. Only npm start does without.',
    secret: true,
    parse: serverUrl('redis:', 'rediss:'),
  },
  MAX_STALENESS_MS: {
    name: 'MAX_STALENESS_MS',
    meaning: 'How old the knowledge of revocations may be before requests are answered 503.',
    default: '5000',
    unit: 'milliseconds',
    parse: wholeNumber(1, 3_600_000),
  },
  WATERMARK_INTERVAL_MS: {
    name: 'WATERMARK_INTERVAL_MS',
    meaning: 'How often the auth-service writes watermarks; must be as there.',
    default: '100',
    unit: 'milliseconds',
    parse: wholeNumber(10, 60_000),
  },
  ON_STALE: {
    name: 'ON_STALE',
    meaning:
      'What happens beyond MAX_STALENESS_MS: refuse answers 503, allow admits tokens that may have been revoked.',
    default: 'refuse',
    parse: oneOf('refuse', 'allow'),
  },
  TLS_CERT: {
    name: 'TLS_CERT',
    meaning:
      'The certificate chain (PEM) with which the port speaks https itself; usually as TLS_CERT_FILE, which is looked at every 10 seconds.',
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
    meaning: 'The proxies whose forwarding headers count, as a comma-separated CIDR list; nobody when left out.',
    parse: cidrList,
  },
  LOG_LEVEL: {
    name: 'LOG_LEVEL',
    meaning: 'How much is logged.',
    default: 'info',
    parse: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
  },
} satisfies Table;

/** Every setting of this service, in the order in which the documents show them. */
export const settings: readonly Setting[] = settingsOf(TABLE);

export interface ResourceServiceConfig {
  readonly issuer: string;
  readonly issuerInternalUrl: string | undefined;
  readonly apiIdentifier: string;
  /** Empty unless the tokens of this API are signed HS256. */
  readonly sharedSecrets: readonly SharedSecret[];
  readonly host: string;
  readonly port: number;
  readonly databaseUrl: string;
  /** DATABASE_URL where nothing else was said. */
  readonly migrationDatabaseUrl: string;
  readonly databasePoolSize: number;
  /** Undefined only in the embedded stack, which brings a feed of its own. */
  readonly feedRedisUrl: string | undefined;
  readonly maxStalenessMs: number;
  readonly watermarkIntervalMs: number;
  readonly onStale: 'refuse' | 'allow';
  readonly tls: Tls | undefined;
  /** CIDR list; undefined trusts nobody. */
  readonly trustProxy: string | undefined;
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
}

export type MigrationConfig = Pick<ResourceServiceConfig, 'databaseUrl' | 'migrationDatabaseUrl' | 'logLevel'>;

const fromDisk: ReadFile = (path) => readFileSync(path, 'utf8');

/**
 * Reads and checks everything, once, at start. FEED_REDIS_URL may be absent here; whoever starts without a feed is refused.
 * @throws ConfigurationError that names every fault at once, and for a contradiction both settings; never a secret
 */
export function readConfig(
  environment: Environment = process.env,
  readFile: ReadFile = fromDisk,
): ResourceServiceConfig {
  const reader = new SettingsReader(environment, readFile);
  reader.check(Object.values(TABLE));
  const staleness = reader.read(TABLE.MAX_STALENESS_MS);
  const watermark = reader.read(TABLE.WATERMARK_INTERVAL_MS);
  // revocation.md V12: "a bound under 4 watermark intervals refuses to start".
  if (staleness !== undefined && watermark !== undefined && staleness < 4 * watermark) {
    reader.fault(
      'MAX_STALENESS_MS must be at least four times WATERMARK_INTERVAL_MS, or knowledge is hardly ever fresh',
    );
  }
  const [issuer, api] = [reader.read(TABLE.ISSUER), reader.read(TABLE.API_IDENTIFIER)];
  if (issuer !== undefined && issuer === api) {
    reader.fault('API_IDENTIFIER and ISSUER are the same; a token for the issuer itself would open this API');
  }
  const tls = readTls(reader, [TABLE.TLS_CERT, TABLE.TLS_KEY], environment, readFile);
  reader.refuseFaults();
  const databaseUrl = reader.value(TABLE.DATABASE_URL);
  return {
    issuer: reader.value(TABLE.ISSUER),
    issuerInternalUrl: reader.read(TABLE.ISSUER_INTERNAL_URL),
    apiIdentifier: reader.value(TABLE.API_IDENTIFIER),
    sharedSecrets: reader.read(TABLE.API_SHARED_SECRETS) ?? [],
    host: reader.value(TABLE.HOST),
    port: reader.value(TABLE.PORT),
    databaseUrl,
    migrationDatabaseUrl: reader.read(TABLE.MIGRATION_DATABASE_URL) ?? databaseUrl,
    databasePoolSize: reader.value(TABLE.DATABASE_POOL_SIZE),
    feedRedisUrl: reader.read(TABLE.FEED_REDIS_URL),
    maxStalenessMs: reader.value(TABLE.MAX_STALENESS_MS),
    watermarkIntervalMs: reader.value(TABLE.WATERMARK_INTERVAL_MS),
    onStale: reader.value(TABLE.ON_STALE),
    tls,
    trustProxy: reader.read(TABLE.TRUST_PROXY),
    logLevel: reader.value(TABLE.LOG_LEVEL),
  };
}

/**
 * What the one-shot migration needs: no issuer, no Redis.
 * @throws ConfigurationError as readConfig does, for these settings alone
 */
export function readMigrationConfig(
  environment: Environment = process.env,
  readFile: ReadFile = fromDisk,
): MigrationConfig {
  const reader = new SettingsReader(environment, readFile);
  reader.check([TABLE.DATABASE_URL, TABLE.MIGRATION_DATABASE_URL, TABLE.LOG_LEVEL]);
  reader.refuseFaults();
  const databaseUrl = reader.value(TABLE.DATABASE_URL);
  const migrationDatabaseUrl = reader.read(TABLE.MIGRATION_DATABASE_URL) ?? databaseUrl;
  return { databaseUrl, migrationDatabaseUrl, logLevel: reader.value(TABLE.LOG_LEVEL) };
}
