/**
 * Owns the configuration of the auth-service: the only reader of its environment, and the refusal of contradictions.
 * Does not own the list of settings (config-table), how a table is read (process), nor what is done with them.
 */
import { readFileSync } from 'node:fs';
import { userinfoUrl } from '@latchkey/protocol';
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
import { ROTATION_SKEW_MS } from '@latchkey/tokens/issuing';
import { TABLE } from './config-table.js';

export { ConfigurationError, type Environment, type ReadFile, type Setting } from '@latchkey/process';

/** Every setting of this service, in the order in which the documents show them. */
export const settings: readonly Setting[] = settingsOf(TABLE);

export interface AuthServiceConfig {
  readonly issuer: string;
  readonly host: string;
  readonly port: number;
  readonly adminPort: number;
  readonly adminUrl: string;
  readonly apiIdentifier: string;
  readonly tls: Tls | undefined;
  /** CIDR list; undefined trusts nobody. */
  readonly trustProxy: string | undefined;
  /** CIDR list of what is not public and may be reached; undefined: nothing of it. */
  readonly outboundAllow: string | undefined;
  readonly databaseUrl: string;
  /** DATABASE_URL where nothing else was said. */
  readonly migrationDatabaseUrl: string;
  readonly databasePoolSize: number;
  /** Undefined only in the embedded stack. */
  readonly redisUrl: string | undefined;
  /** 32 bytes. */
  readonly keyEncryptionKey: Buffer;
  readonly keyEncryptionKeyPrevious: Buffer | undefined;
  readonly keyAnnounceSeconds: number;
  readonly keyUseSeconds: number;
  /** Undefined: as long as what it has signed may live. */
  readonly keyKeepSeconds: number | undefined;
  readonly bootstrapAdminClient: { readonly clientId: string; readonly clientSecret: string } | undefined;
  readonly demoUser: { readonly username: string; readonly password: string } | undefined;
  /** What SEED holds, not judged yet, and what was given; undefined when there is none. */
  readonly seed: { readonly given: unknown; readonly name: string } | undefined;
  readonly accessTokenLifetimeSeconds: number;
  readonly idTokenLifetimeSeconds: number;
  readonly refreshLifetimeSeconds: number;
  readonly refreshToleranceSeconds: number;
  readonly sessionLifetimeSeconds: number;
  readonly interactionLifetimeSeconds: number;
  readonly limitFailures: number;
  readonly limitFailuresPerAddress: number;
  readonly limitWindowSeconds: number;
  /** Undefined: unbounded. */
  readonly limitTokensPerMinute: number | undefined;
  readonly passwordHashesAtOnce: number;
  readonly watermarkIntervalMs: number;
  readonly maxStalenessMs: number;
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
}

/** What the one-shot migration needs: no keys, no Redis. */
export type MigrationConfig = Pick<AuthServiceConfig, 'databaseUrl' | 'migrationDatabaseUrl' | 'logLevel'>;

const fromDisk: ReadFile = (path) => readFileSync(path, 'utf8');

/**
 * Reads and checks everything, once, at start.
 * @param options.embedded the in-process adapters take the place of Redis, so that REDIS_URL may be absent
 * @throws ConfigurationError that names every fault at once, and for a contradiction both settings; never a secret
 */
export function readConfig(
  environment: Environment = process.env,
  readFile: ReadFile = fromDisk,
  options: { readonly embedded?: boolean } = {},
): AuthServiceConfig {
  const reader = new SettingsReader(environment, readFile);
  const table: Table = {
    ...TABLE,
    REDIS_URL: { ...TABLE.REDIS_URL, required: options.embedded !== true },
  };
  reader.check(Object.values(table));
  noteContradictions(reader);
  const tls = readTls(reader, [TABLE.TLS_CERT, TABLE.TLS_KEY], environment, readFile);
  const admin = reader.pair(TABLE.BOOTSTRAP_ADMIN_CLIENT_ID, TABLE.BOOTSTRAP_ADMIN_CLIENT_SECRET);
  const seed = reader.read(TABLE.SEED);
  const demo = reader.pair(TABLE.DEMO_USER, TABLE.DEMO_PASSWORD);
  reader.refuseFaults();
  const issuer = reader.value(TABLE.ISSUER);
  const databaseUrl = reader.value(TABLE.DATABASE_URL);
  return {
    issuer,
    host: reader.value(TABLE.HOST),
    port: reader.value(TABLE.PORT),
    adminPort: reader.value(TABLE.ADMIN_PORT),
    adminUrl: reader.value(TABLE.ADMIN_URL),
    apiIdentifier: reader.value(TABLE.API_IDENTIFIER),
    tls,
    trustProxy: reader.read(TABLE.TRUST_PROXY),
    outboundAllow: reader.read(TABLE.OUTBOUND_ALLOW),
    databaseUrl,
    migrationDatabaseUrl: reader.read(TABLE.MIGRATION_DATABASE_URL) ?? databaseUrl,
    databasePoolSize: reader.value(TABLE.DATABASE_POOL_SIZE),
    redisUrl: reader.read(TABLE.REDIS_URL),
    keyEncryptionKey: reader.value(TABLE.KEY_ENCRYPTION_KEY),
    keyEncryptionKeyPrevious: reader.read(TABLE.KEY_ENCRYPTION_KEY_PREVIOUS),
    keyAnnounceSeconds: reader.value(TABLE.KEY_ANNOUNCE_SECONDS),
    keyUseSeconds: reader.value(TABLE.KEY_USE_SECONDS),
    keyKeepSeconds: reader.read(TABLE.KEY_KEEP_SECONDS),
    bootstrapAdminClient: admin && { clientId: admin[0], clientSecret: admin[1] },
    demoUser: demo && { username: demo[0], password: demo[1] },
    seed: seed && { ...seed, name: reader.isFromFile(TABLE.SEED) ? 'SEED_FILE' : 'SEED' },
    accessTokenLifetimeSeconds: reader.value(TABLE.ACCESS_TOKEN_LIFETIME_SECONDS),
    idTokenLifetimeSeconds: reader.value(TABLE.ID_TOKEN_LIFETIME_SECONDS),
    refreshLifetimeSeconds: reader.value(TABLE.REFRESH_LIFETIME_SECONDS),
    refreshToleranceSeconds: reader.value(TABLE.REFRESH_TOLERANCE_SECONDS),
    sessionLifetimeSeconds: reader.value(TABLE.SESSION_LIFETIME_SECONDS),
    interactionLifetimeSeconds: reader.value(TABLE.INTERACTION_LIFETIME_SECONDS),
    limitFailures: reader.value(TABLE.LIMIT_FAILURES),
    limitFailuresPerAddress: reader.value(TABLE.LIMIT_FAILURES_PER_ADDRESS),
    limitWindowSeconds: reader.value(TABLE.LIMIT_WINDOW_SECONDS),
    limitTokensPerMinute: reader.read(TABLE.LIMIT_TOKENS_PER_MINUTE),
    passwordHashesAtOnce: reader.value(TABLE.PASSWORD_HASHES_AT_ONCE),
    watermarkIntervalMs: reader.value(TABLE.WATERMARK_INTERVAL_MS),
    maxStalenessMs: reader.value(TABLE.MAX_STALENESS_MS),
    logLevel: reader.value(TABLE.LOG_LEVEL),
  };
}

/** @throws ConfigurationError as readConfig does, for the database settings alone */
export function readMigrationConfig(
  environment: Environment = process.env,
  readFile: ReadFile = fromDisk,
): MigrationConfig {
  const reader = new SettingsReader(environment, readFile);
  const owner = reader.read(TABLE.MIGRATION_DATABASE_URL);
  reader.check([{ ...TABLE.DATABASE_URL, required: owner === undefined }, TABLE.LOG_LEVEL]);
  reader.refuseFaults();
  const databaseUrl = owner === undefined ? reader.value(TABLE.DATABASE_URL) : reader.read(TABLE.DATABASE_URL);
  const migrationDatabaseUrl = owner ?? reader.value(TABLE.DATABASE_URL);
  return {
    databaseUrl: databaseUrl ?? migrationDatabaseUrl,
    migrationDatabaseUrl,
    logLevel: reader.value(TABLE.LOG_LEVEL),
  };
}

/** Settings that are each well-formed and cannot both be meant. */
function noteContradictions(reader: SettingsReader): void {
  const read = {
    issuer: reader.read(TABLE.ISSUER),
    adminUrl: reader.read(TABLE.ADMIN_URL),
    api: reader.read(TABLE.API_IDENTIFIER),
    port: reader.read(TABLE.PORT),
    adminPort: reader.read(TABLE.ADMIN_PORT),
    key: reader.read(TABLE.KEY_ENCRYPTION_KEY),
    previousKey: reader.read(TABLE.KEY_ENCRYPTION_KEY_PREVIOUS),
    watermark: reader.read(TABLE.WATERMARK_INTERVAL_MS),
    staleness: reader.read(TABLE.MAX_STALENESS_MS),
  };
  const userinfo = read.issuer === undefined ? undefined : userinfoUrl(read.issuer);
  // Port 0 asks the system for a free one, twice a different one.
  if (read.port === read.adminPort && read.port !== 0 && read.port !== undefined) {
    reader.fault(`ADMIN_PORT and PORT are both ${read.port}; the admin API has a port of its own`);
  }
  if (read.adminUrl !== undefined && read.adminUrl === read.api) {
    reader.fault('ADMIN_URL and API_IDENTIFIER are the same; the audience of the admin API stands alone');
  }
  for (const [name, value] of [
    ['ADMIN_URL', read.adminUrl],
    ['API_IDENTIFIER', read.api],
  ] as const) {
    if (value === undefined || (value !== read.issuer && value !== userinfo)) continue;
    reader.fault(`${name} and ISSUER name the same audience (${value}); a token for one would open the other`);
  }
  if (read.key !== undefined && read.previousKey?.equals(read.key) === true) {
    reader.fault('KEY_ENCRYPTION_KEY and KEY_ENCRYPTION_KEY_PREVIOUS are the same key; leave the second out');
  }
  if (read.watermark !== undefined && read.staleness !== undefined && read.watermark * 2 > read.staleness) {
    reader.fault('MAX_STALENESS_MS must be at least twice WATERMARK_INTERVAL_MS, or knowledge is never fresh');
  }
  noteContradictingSpans(reader);
}

/** K1: "Start-up refuses a contradiction and names both settings." */
function noteContradictingSpans(reader: SettingsReader): void {
  const announce = reader.read(TABLE.KEY_ANNOUNCE_SECONDS);
  const use = reader.read(TABLE.KEY_USE_SECONDS);
  const keep = reader.read(TABLE.KEY_KEEP_SECONDS);
  if (announce !== undefined && use !== undefined && announce >= use) {
    reader.fault('KEY_ANNOUNCE_SECONDS must be shorter than KEY_USE_SECONDS: a key signs when the next is announced');
  }
  for (const lifetime of [TABLE.ACCESS_TOKEN_LIFETIME_SECONDS, TABLE.ID_TOKEN_LIFETIME_SECONDS]) {
    const seconds = reader.read(lifetime);
    const least = (seconds ?? 0) + ROTATION_SKEW_MS / 1000;
    if (keep === undefined || seconds === undefined || keep >= least) continue;
    reader.fault(
      `KEY_KEEP_SECONDS must be at least ${least}, or keys are dropped while tokens of ${lifetime.name} live`,
    );
  }
}
