/** Owns a resource-service for specs: on a database of its own, with an issuer in memory whose log it keeps. */
import { testIssuer, type TestIssuer } from '@latchkey/resource-guard/testing';
import { createTestDatabase } from '@latchkey/testbed';
import { readConfig } from '../config.js';
import { startResourceService, type ResourceService, type ResourceServiceParts } from '../service.js';

interface Asked {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RunningService {
  readonly issuer: TestIssuer;
  readonly service: ResourceService;
  /** Everything that was logged. */
  log(): string;
  ask(path: string, token?: string, init?: Asked): Promise<Response>;
  write(token: string, body: string, contentType?: string): Promise<Response>;
  stop(): Promise<void>;
}

export async function runningService(
  environment: Readonly<Record<string, string>> = {},
  parts: ResourceServiceParts = {},
): Promise<RunningService> {
  const issuer = await testIssuer();
  const database = environment['DATABASE_URL'] === undefined ? await createTestDatabase() : undefined;
  const lines: string[] = [];
  const config = readConfig({ DATABASE_URL: database?.url, PORT: '0', LOG_LEVEL: 'trace', ...environment });
  const service = await startResourceService(config, {
    ...{ feed: issuer.feed(), keys: issuer.keys, logTo: { write: (line: string) => void lines.push(line) } },
    ...parts,
  });
  const ask: RunningService['ask'] = (path, token, init = {}) =>
    fetch(service.url + path, {
      ...init,
      headers: { ...init.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    });
  return {
    ...{ issuer, service, ask, log: () => lines.join('') },
    write: (token, body, contentType = 'application/json') =>
      ask('/notes', token, { method: 'POST', body, headers: { 'content-type': contentType } }),
    stop: async () => {
      await service.close();
      issuer.close();
      await database?.drop();
    },
  };
}
