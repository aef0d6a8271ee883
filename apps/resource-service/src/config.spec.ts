import { describe, expect, it } from '@jest/globals';
import { ConfigurationError, readConfig, readMigrationConfig, settings } from './config.js';

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
  ])('with %j, and names what disagrees', (environment, names) => {
    const [fault, ...more] = faultsOf({ ...enough, ...environment });
    expect(more).toEqual([]);
    for (const name of names) expect(fault).toContain(name);
  });

  it('with all faults at once and no secret among the words', () => {
    const faults = faultsOf({ DATABASE_URL: 'mysql://u:hunter2@h/d', FEED_REDIS_URL: 'hunter2', PORT: 'x' });
    expect(faults).toHaveLength(3);
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
