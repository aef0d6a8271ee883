import { describe, expect, it } from '@jest/globals';
import { ConfigurationError, readConfig, readMigrationConfig, settings } from './config.js';

const KEY = Buffer.alloc(32, 7).toString('base64url');
const LEAST = {
  DATABASE_URL: 'postgres://auth:pg-secret@db/latchkey',
  REDIS_URL: 'redis://auth:redis-secret@redis:6379',
  KEY_ENCRYPTION_KEY: KEY,
};
const noFile = (): string => {
  throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
};

function faultsOf(environment: Record<string, string | undefined>, readFile = noFile): readonly string[] {
  try {
    readConfig(environment, readFile);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
  return [];
}
const faultsBesidesLeast = (changes: Record<string, string | undefined>): readonly string[] =>
  faultsOf({ ...LEAST, ...changes });

describe('DESIGN §2 configuration: what refuses to start', () => {
  it('names every missing setting at once', () => {
    const faults = faultsOf({});
    expect(faults).toHaveLength(3);
    for (const name of Object.keys(LEAST)) expect(faults.join('\n')).toContain(`${name} is missing`);
  });

  it.each([
    ['ISSUER', 'http://id.example.com', 'https'],
    ['ISSUER', 'https://id.example.com/', 'slash'],
    ['ISSUER', 'https://id.example.com/tenant', 'path'],
    ['ISSUER', 'https://id.example.com?x=1', 'query'],
    ['ISSUER', 'https://id.example.com#x', 'fragment'],
    ['ISSUER', 'https://id.example.com?', 'query'],
    ['ISSUER', 'https://me:secret@id.example.com', 'user name'],
    ['ISSUER', 'https://ID.example.com', 'normal form'],
    ['ISSUER', 'https://id.example.com:443', 'normal form'],
    ['ISSUER', 'ftp://id.example.com', 'http'],
    ['ISSUER', 'http://127.0.0.1.example.com', 'https'],
    ['ISSUER', 'localhost:4000', 'http'],
    ['PORT', '65536', '65535'],
    ['PORT', '4000a', 'whole number'],
    ['PORT', '-1', 'whole number'],
    ['PORT', '4e3', 'whole number'],
    ['KEY_ENCRYPTION_KEY', Buffer.alloc(31, 1).toString('base64url'), '32 bytes'],
    ['KEY_ENCRYPTION_KEY', Buffer.alloc(33, 1).toString('base64url'), '32 bytes'],
    ['KEY_ENCRYPTION_KEY', `${KEY.slice(0, 42)}+`, '32 bytes'],
    ['DATABASE_URL', 'mysql://db', 'postgres'],
    ['REDIS_URL', 'http://redis', 'redis'],
    ['TRUST_PROXY', '10.0.0.0/33', 'CIDR'],
    ['TRUST_PROXY', '0.0.0.0/0', 'CIDR'],
    ['TRUST_PROXY', '::/0', 'CIDR'],
    ['TRUST_PROXY', 'true', 'CIDR'],
    ['TRUST_PROXY', '10.0.0.0/8,', 'CIDR'],
    ['API_IDENTIFIER', 'notes', 'URI'],
    ['API_IDENTIFIER', 'https://api.example.com/#x', 'fragment'],
    ['LOG_LEVEL', 'loud', 'one of'],
    ['ACCESS_TOKEN_LIFETIME_SECONDS', '0', 'whole number'],
  ])('refuses %s=%s', (name, value, because) => {
    const faults = faultsBesidesLeast({ [name]: value });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(name);
    expect(faults[0]).toContain(because);
  });

  it.each([
    ['BOOTSTRAP_ADMIN_CLIENT_SECRET', 'A'.repeat(64)],
    ['BOOTSTRAP_ADMIN_CLIENT_SECRET', 'a'.repeat(63)],
    ['BOOTSTRAP_ADMIN_CLIENT_SECRET', `${'a'.repeat(64)}x`],
    ['BOOTSTRAP_ADMIN_CLIENT_ID', 'admin'],
  ])('admin-api A3: refuses %s=%s', (name, value) => {
    const good = { BOOTSTRAP_ADMIN_CLIENT_ID: 'b'.repeat(32), BOOTSTRAP_ADMIN_CLIENT_SECRET: 'b'.repeat(64) };
    expect(faultsBesidesLeast({ ...good, [name]: value }).join('\n')).toMatch(
      new RegExp(`^${name} must be (32|64) lower-case hex`),
    );
  });
});

describe('DESIGN §2 configuration: a contradiction names both settings', () => {
  it.each([
    ['ADMIN_PORT', 'PORT', { PORT: '4001' }],
    ['ADMIN_URL', 'API_IDENTIFIER', { API_IDENTIFIER: 'http://localhost:4001' }],
    ['API_IDENTIFIER', 'ISSUER', { API_IDENTIFIER: 'http://localhost:4000/userinfo' }],
    ['ADMIN_URL', 'ISSUER', { ADMIN_URL: 'http://localhost:4000' }],
    ['TLS_CERT', 'TLS_KEY', { TLS_CERT: '-----BEGIN CERTIFICATE-----' }],
    ['TLS_KEY', 'TLS_CERT', { TLS_KEY: '-----BEGIN PRIVATE KEY-----' }],
    ['DEMO_PASSWORD', 'DEMO_USER', { DEMO_PASSWORD: 'correct horse' }],
    ['DEMO_USER', 'DEMO_PASSWORD', { DEMO_USER: 'ada' }],
    ['BOOTSTRAP_ADMIN_CLIENT_SECRET', 'BOOTSTRAP_ADMIN_CLIENT_ID', { BOOTSTRAP_ADMIN_CLIENT_SECRET: 'a'.repeat(64) }],
    ['BOOTSTRAP_ADMIN_CLIENT_ID', 'BOOTSTRAP_ADMIN_CLIENT_SECRET', { BOOTSTRAP_ADMIN_CLIENT_ID: 'a'.repeat(32) }],
    ['KEY_ENCRYPTION_KEY', 'KEY_ENCRYPTION_KEY_PREVIOUS', { KEY_ENCRYPTION_KEY_PREVIOUS: KEY }],
    ['KEY_ENCRYPTION_KEY', 'KEY_ENCRYPTION_KEY_FILE', { KEY_ENCRYPTION_KEY_FILE: '/run/secrets/key' }],
    ['MAX_STALENESS_MS', 'WATERMARK_INTERVAL_MS', { MAX_STALENESS_MS: '150' }],
    ['KEY_ANNOUNCE_SECONDS', 'KEY_USE_SECONDS', { KEY_USE_SECONDS: '3600' }],
    ['KEY_KEEP_SECONDS', 'ACCESS_TOKEN_LIFETIME_SECONDS', { KEY_KEEP_SECONDS: '359' }],
    ['KEY_KEEP_SECONDS', 'ID_TOKEN_LIFETIME_SECONDS', { KEY_KEEP_SECONDS: '659', ID_TOKEN_LIFETIME_SECONDS: '600' }],
  ])('%s and %s', (one, other, changes) => {
    const faults = faultsBesidesLeast(changes);
    expect(faults.filter((fault) => fault.includes(one) && fault.includes(other))).toHaveLength(1);
  });

  it('is said together with everything else', () => {
    const faults = faultsOf({ PORT: '4001', LOG_LEVEL: 'loud' });
    expect(faults).toHaveLength(5);
  });
});

describe('DESIGN §2 configuration: files and secrets', () => {
  it('reads NAME_FILE for every setting, without the line end', () => {
    const files: Record<string, string> = { '/s/key': `${KEY}\n`, '/s/port': '5000\n' };
    const config = readConfig(
      { ...LEAST, KEY_ENCRYPTION_KEY: undefined, KEY_ENCRYPTION_KEY_FILE: '/s/key', PORT_FILE: '/s/port' },
      (path) => files[path] ?? noFile(),
    );
    expect(config.keyEncryptionKey).toEqual(Buffer.alloc(32, 7));
    expect(config.port).toBe(5000);
  });

  it('names a file setting whose file is not there or empty', () => {
    const without = { ...LEAST, KEY_ENCRYPTION_KEY: '', KEY_ENCRYPTION_KEY_FILE: '/s/key' };
    expect(faultsOf(without).join()).toContain('KEY_ENCRYPTION_KEY_FILE names cannot be read (ENOENT)');
    expect(faultsOf(without, () => ' \n').join()).toContain('KEY_ENCRYPTION_KEY_FILE names is empty');
  });

  it.each(settings.map((setting) => setting.name))('says nothing of the value that was given for %s', (name) => {
    const value = '-gEhEiM wOrD\n%#\u0000'.repeat(200);
    expect(faultsBesidesLeast({ [name]: value }).join()).not.toContain('gEhEiM');
  });
});

describe('DESIGN §2 configuration: what it comes to', () => {
  it('has the names and defaults that others rely on', () => {
    expect(readConfig(LEAST, noFile)).toMatchObject({
      issuer: 'http://localhost:4000',
      host: '127.0.0.1',
      port: 4000,
      adminPort: 4001,
      adminUrl: 'http://localhost:4001',
      apiIdentifier: 'http://localhost:4002',
      migrationDatabaseUrl: LEAST.DATABASE_URL,
      accessTokenLifetimeSeconds: 300,
      refreshToleranceSeconds: 10,
      watermarkIntervalMs: 100,
      maxStalenessMs: 5000,
      keyAnnounceSeconds: 3600,
      keyUseSeconds: 30 * 86_400,
      keyKeepSeconds: undefined,
      tls: undefined,
      bootstrapAdminClient: undefined,
      demoUser: undefined,
    });
  });

  it('keeps an https issuer as it was written', () => {
    const config = readConfig({ ...LEAST, ISSUER: 'https://id.example.com:8443' }, noFile);
    expect(config.issuer).toBe('https://id.example.com:8443');
  });

  it('K1 takes a span that only just fits', () => {
    expect(readConfig({ ...LEAST, KEY_KEEP_SECONDS: '360', KEY_USE_SECONDS: '3601' }, noFile).keyKeepSeconds).toBe(360);
  });

  it('does without Redis only where the stack is embedded', () => {
    const embedded = { ...LEAST, REDIS_URL: undefined };
    expect(faultsOf(embedded).join()).toContain('REDIS_URL is missing');
    expect(readConfig(embedded, noFile, { embedded: true }).redisUrl).toBeUndefined();
  });

  it('reads the settings of a migration without keys and Redis', () => {
    expect(() => readMigrationConfig({}, noFile)).toThrow('DATABASE_URL is missing');
    expect(readMigrationConfig({ MIGRATION_DATABASE_URL: 'postgres://owner@db/x' }, noFile)).toEqual({
      databaseUrl: 'postgres://owner@db/x',
      migrationDatabaseUrl: 'postgres://owner@db/x',
      logLevel: 'info',
    });
  });

  it('describes every setting, and marks as secret all that is one', () => {
    for (const setting of settings) expect(setting.meaning.length).toBeGreaterThan(10);
    expect(settings.filter((setting) => setting.secret === true).map((setting) => setting.name)).toEqual([
      'TLS_KEY',
      'DATABASE_URL',
      'MIGRATION_DATABASE_URL',
      'REDIS_URL',
      'KEY_ENCRYPTION_KEY',
      'KEY_ENCRYPTION_KEY_PREVIOUS',
      'BOOTSTRAP_ADMIN_CLIENT_SECRET',
      'DEMO_PASSWORD',
      'SEED',
    ]);
  });
});
