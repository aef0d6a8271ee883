// ADR 19: one file is what starts. Run where the image runs it: beside what the Dockerfile leaves, without the workspace.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, startRedis, startTestPostgres } from '@latchkey/testbed';
import { build } from 'esbuild';
import { bootstrapFor, startAuthService } from './built-services.js';
import { Endings } from './endings.js';
import { ImageTree, productionPackages, ROOT } from './image-tree.js';
import { Outside, send } from './outside-client.js';

const DIST = 'apps/auth-service/dist';
const built = (file: string): string => readFileSync(join(ROOT, DIST, file), 'utf8');

/** From the root of the workspace, the folders of the packages whose code stands in the bundle. */
function bundledPackages(): readonly string[] {
  const { sources } = Object(JSON.parse(built('main.js.map'))) as { readonly sources: readonly string[] };
  const folders = sources.map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(join(DIST, path))?.[0]);
  return [...new Set(folders)].filter((folder) => folder !== undefined);
}

/** Whatever the bundle still asks node for, and how. */
async function outsideOfBundle(): Promise<readonly { readonly path: string; readonly kind: string }[]> {
  const { metafile } = await build({
    ...{ entryPoints: [join(ROOT, DIST, 'main.js')], bundle: true, write: false, metafile: true },
    ...{ platform: 'node', format: 'esm', outdir: '/', logLevel: 'silent' },
    plugins: [
      {
        name: 'all of it',
        setup: (bundler) => {
          bundler.onResolve({ filter: /./ }, ({ kind, path }) =>
            kind === 'entry-point' ? undefined : { path, external: true },
          );
        },
      },
    ],
  });
  return Object.values(metafile.inputs)
    .flatMap(({ imports }) => imports)
    .filter(({ path }) => !path.startsWith('node:'));
}

describe('the bundle of the auth-service', () => {
  const endings = new Endings();
  let tree: ImageTree;

  beforeAll(() => {
    tree = ImageTree.make();
    endings.add(() => {
      tree.remove();
    });
  });
  afterAll(() => endings.run());

  describe('started beside what the image holds', () => {
    let outside: Outside;

    beforeAll(async () => {
      const [postgres, redis] = [endings.keep(await startTestPostgres()), endings.keep(await startRedis())];
      const [auth, admin, resource] = [await freePort(), await freePort(), await freePort()];
      outside = new Outside(bootstrapFor({ auth, admin, resource }));
      const keyEncryptionKey = randomBytes(32).toString('base64url');
      endings.keep(
        await startAuthService(
          { bootstrap: outside.bootstrap, keyEncryptionKey, databaseUrl: postgres.url, extra: { LOG_LEVEL: 'warn' } },
          { port: auth, adminPort: admin, redisUrl: redis.url, main: join(tree.folder, DIST, 'main.js') },
        ),
      );
    });

    it('logs a person in, whose password is judged by native code, and gives tokens', async () => {
      const client = await outside.createClient();
      expect(await outside.logIn(client)).toMatchObject({ access_token: expect.any(String) as unknown });
    });

    it.each(['/admin/docs', '/admin/openapi.json', '/metrics'])(
      'answers %s, which is loaded when it is asked for',
      async (path) => {
        expect(await send(`${outside.bootstrap.admin_url}${path}`)).toMatchObject({ status: 200 });
      },
    );

    it('refuses a form by its schema, which is compiled when the first one is judged', async () => {
      const { status } = await outside.postClient(await outside.adminToken(), { client_name: 7 });
      expect(status).toBe(400);
    });
  });

  it('finds all that it leaves outside, save what others ask for and do without', async () => {
    const main = createRequire(join(tree.folder, DIST, 'main.js'));
    const { dependencies } = Object(main('../package.json')) as { readonly dependencies: object };
    const left = (await outsideOfBundle())
      .filter(({ kind, path }) => kind === 'import-statement' || Object.keys(dependencies).includes(path))
      .map(({ path }) => path);
    expect(left).toEqual(expect.arrayContaining(['@node-rs/argon2', '@scalar/fastify-api-reference']));
    expect(left.filter((path) => main.resolve(path) === '')).toEqual([]);
  });

  it('holds nothing that is installed for development alone', () => {
    const production = productionPackages();
    expect(bundledPackages().length).toBeGreaterThan(50);
    expect(bundledPackages().filter((folder) => !production.includes(folder))).toEqual([]);
  });

  it('names no folder of the machine that has built it', () => {
    const machine = [ROOT, homedir()].filter((folder) => folder.length > 1);
    const files = ['main.js', 'main.js.map', 'main.licences.txt'];
    expect(files.filter((file) => machine.some((folder) => built(file).includes(folder)))).toEqual([]);
  });

  it('brings the licence of each package whose code it holds', () => {
    const licences = built('main.licences.txt').split(/^-{80}$/m);
    const named = licences.map((text) => /^(\S+) \S+: \S/.exec(text.trim())?.[1]);
    const names = bundledPackages().map((folder) => folder.replace(/^.*node_modules\//, ''));
    expect(names.filter((name) => !named.includes(name))).toEqual([]);
    expect(built('main.js')).toContain('Bundled license information');
  });
});
