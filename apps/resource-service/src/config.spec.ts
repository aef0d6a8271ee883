import { describe, expect, it } from '@jest/globals';
import { ConfigurationError, readConfig, readMigrationConfig, settings } from './config.js';

const SECRET = 'A'.repeat(43);
const enough = { DATABASE_URL: 'postgres://notes@127.0.0.1/latchkey' };

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment, () => {
      throw new Error('no file');
    });
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
  return [];
}

describe('DESIGN §2 the configuration refuses to start', () => {
  it('without DATABASE_URL, and names both ways to give it', () => {
    expect(faultsOf({})).toEqual([expect.stringContaining('DATABASE_URL or DATABASE_URL_FILE')]);
  });

  it.each([
    [{ ISSUER: 'http://login.example' }, ['ISSUER must be https']],
    [{ ISSUER: 'http://localhost.evil.example' }, ['ISSUER must be https']],
    [{ ISSUER: 'https://login.example/' }, ['ISSUER must not end']],
    [{ PORT: '70000' }, ['PORT']],
    [{ ON_STALE: 'ALLOW' }, ['ON_STALE']],
    [{ FEED_REDIS_URL: 'http://127.0.0.1:6379' }, ['FEED_REDIS_URL']],
    [{ TRUST_PROXY: 'everybody' }, ['TRUST_PROXY']],
    [{ MAX_STALENESS_MS: '399' }, ['MAX_STALENESS_MS', 'WATERMARK_INTERVAL_MS']],
    [{ TLS_CERT: '-----BEGIN CERTIFICATE-----' }, ['TLS_CERT', 'TLS_KEY']],
    [{ ISSUER: 'http://localhost:4002' }, ['ISSUER', 'API_IDENTIFIER']],
    [{ PORT: '1', PORT_FILE: '/port' }, ['PORT', 'PORT_FILE']],
    [{ LOG_LEVEL_FILE: '/nowhere' }, ['LOG_LEVEL_FILE']],
    [{ API_SHARED_SECRETS: ' , ' }, ['API_SHARED_SECRETS must be pairs kid:secret']],
    [{ API_SHARED_SECRETS: SECRET }, ['API_SHARED_SECRETS']],
    [{ API_SHARED_SECRETS: `:${SECRET}` }, ['API_SHARED_SECRETS']],
    [{ API_SHARED_SECRETS: `a:${SECRET.slice(1)}` }, ['API_SHARED_SECRETS', '32 bytes']],
    [{ API_SHARED_SECRETS: `a:${SECRET}=` }, ['API_SHARED_SECRETS', 'base64url']],
    [{ API_SHARED_SECRETS: `a:${SECRET} a:${SECRET}` }, ['API_SHARED_SECRETS', 'a kid of its own']],
    [{ API_SHARED_SECRETS: [1, 2, 3, 4, 5].map((kid) => `${kid}:${SECRET}`).join() }, ['API_SHARED_SECRETS']],
  ])('with %j, and names what disagrees', (environment, names) => {
    const [fault, ...more] = faultsOf({ ...enough, ...environment });
    expect(more).toEqual([]);
    for (const name of names) expect(fault).toContain(name);
  });

  it('with all faults at once and no secret among the words', () => {
    const environment = { DATABASE_URL: 'mysql://u:hunter2@h/d', FEED_REDIS_URL: 'hunter2', PORT: 'x' };
    const faults = faultsOf({ ...environment, API_SHARED_SECRETS: 'hunter2:hunter2' });
    expect(faults).toHaveLength(4);
    expect(faults.join()).not.toContain('hunter2');
  });
});

describe('DESIGN §2 the configuration', () => {
  it('has the defaults of the design', () => {
    expect(readConfig(enough)).toMatchObject({
      ...{ issuer: 'http://localhost:4000', apiIdentifier: 'http://localhost:4002', host: '127.0.0.1', port: 4002 },
      ...{ maxStalenessMs: 5000, onStale: 'refuse', migrationDatabaseUrl: enough.DATABASE_URL, tls: undefined },
    });
  });

  it('reads any setting from a file, without the line end', () => {
    const config = readConfig({ DATABASE_URL_FILE: '/run/secrets/db' }, () => `${enough.DATABASE_URL}\n`);
    expect(config.databaseUrl).toBe(enough.DATABASE_URL);
  });

  it('K2 reads the shared secret of an API, and both of its values while it is rotated', () => {
    expect(readConfig(enough).sharedSecrets).toEqual([]);
    const one = [{ kid: 'old', secret: SECRET }];
    const two = [...one, { kid: 'urn:new', secret: `${SECRET}A` }];
    const given = (API_SHARED_SECRETS: string) => readConfig({ ...enough, API_SHARED_SECRETS }).sharedSecrets;
    expect(given(`old:${SECRET}`)).toEqual(one);
    for (const between of [',', ' ', ', ', '\n', ' ,\r\n\t']) {
      expect(given(`old:${SECRET}${between}urn:new:${SECRET}A`)).toEqual(two);
    }
    const file = { ...enough, API_SHARED_SECRETS_FILE: '/run/secrets/api' };
    expect(readConfig(file, () => `old:${SECRET}\nurn:new:${SECRET}A\n`).sharedSecrets).toEqual(two);
  });

  it('asks the migration for nothing but a database', () => {
    expect(readMigrationConfig({ ...enough, MIGRATION_DATABASE_URL: 'postgres://owner@h/d' })).toEqual({
      databaseUrl: enough.DATABASE_URL,
      migrationDatabaseUrl: 'postgres://owner@h/d',
      logLevel: 'info',
    });
  });

  it('documents every setting', () => {
    for (const { name, meaning } of settings) expect([name, meaning.endsWith('.')]).toEqual([name, true]);
  });
});
