import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, startProcess, type StartedProcess } from '@latchkey/testbed';
import type { BootstrapFile } from '../start/bootstrap-file.js';
import { Outside, tokensOf } from './outside-client.js';

const STACK = fileURLToPath(new URL('../../', import.meta.url));
let folder: string;
let env: Record<string, string>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-npm-start-'));
  // The folder of a test is closed to others; the database's unprivileged user has to pass.
  chmodSync(folder, 0o711);
  env = {
    LATCHKEY_DATA_DIR: join(folder, 'data'),
    ISSUER: `http://localhost:${await freePort()}`,
    ADMIN_URL: `http://localhost:${await freePort()}`,
    API_IDENTIFIER: `http://localhost:${await freePort()}`,
  };
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

let started: StartedProcess[] = [];
afterEach(async () => {
  for (const stack of started) await stack.stop('SIGKILL');
  started = [];
});

async function start(over: Record<string, string> = {}): Promise<StartedProcess> {
  const stack = await startProcess({
    command: process.execPath,
    args: [join(STACK, 'start.mjs')],
    env: { ...env, ...over },
    ready: /is ready after/,
    wholeGroup: true,
  });
  started.push(stack);
  return stack;
}

const bootstrapPath = (): string => join(env['LATCHKEY_DATA_DIR'] ?? '', 'bootstrap.json');
const bootstrap = (): BootstrapFile => JSON.parse(readFileSync(bootstrapPath(), 'utf8')) as BootstrapFile;

/** Nobody may be left that works on the data folder of this test. */
function processesOnFolder(): string {
  return execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(folder))
    .join('\n');
}

describe('npm start', () => {
  it('A3 draws its secrets on the first start, finds everything on the second, and leaves no process behind', async () => {
    const first = await start();
    for (const url of [env['ISSUER'], env['ADMIN_URL'], env['API_IDENTIFIER']]) expect(first.output()).toContain(url);
    expect(first.output()).toContain('bootstrap.json');
    expect(statSync(bootstrapPath()).mode & 0o777).toBe(0o600);
    const drawn = bootstrap();
    expect(drawn.admin.client_id).toMatch(/^[0-9a-f]{32}$/);
    expect(drawn.admin.client_secret).toMatch(/^[0-9a-f]{64}$/);

    const outside = new Outside(drawn);
    const client = await outside.createClient();
    const kept = await outside.logIn(client);
    const revoked = await outside.logIn(client);
    expect((await outside.notes(kept.access_token, 'kept')).status).toBe(201);
    expect((await outside.revoke(client, revoked.access_token)).status).toBe(200);
    expect((await outside.notes(revoked.access_token)).status).toBe(401);

    // Ctrl-C goes to the whole process group of a terminal.
    expect(await first.stop('SIGINT')).toBe(0);
    expect(processesOnFolder()).toBe('');
    for (const secret of [drawn.admin.client_secret, drawn.user.password, kept.access_token]) {
      expect(first.output()).not.toContain(secret);
    }

    const second = await start();
    expect(bootstrap()).toEqual(drawn);
    // Nothing that was given is ignored: it is what stands there.
    expect(second.output()).not.toContain('ignored');
    expect((await outside.notes(kept.access_token)).text).toContain('kept');
    expect((await outside.notes(revoked.access_token)).status).toBe(401);
    expect(tokensOf(await outside.refresh(client, kept.refresh_token)).access_token).not.toBe('');
    expect((await outside.logIn(client)).access_token).not.toBe('');
    expect(await second.stop('SIGTERM')).toBe(0);
    expect(processesOnFolder()).toBe('');
  });

  it('is walked through by npm run demo, step by step', async () => {
    const stack = await start();
    const demo = await startProcess({ command: process.execPath, args: [join(STACK, 'demo.mjs')], env });
    expect([await demo.exited, demo.output()]).toEqual([
      0,
      expect.stringContaining('the replay answers invalid_grant'),
    ]);
    expect(demo.output().match(/^ *[0-9]+\. /gm)).toHaveLength(8);
    expect(demo.output()).toMatch(/GET 401, [0-9.]+ ms after the revocation was acknowledged/);
    await stack.stop('SIGINT');
    const alone = await startProcess({ command: process.execPath, args: [join(STACK, 'demo.mjs')], env });
    expect([await alone.exited, alone.output()]).toEqual([1, expect.stringContaining('npm start')]);
  });

  it('leaves no process behind when it is killed', async () => {
    const stack = await start();
    await stack.stop('SIGKILL');
    const deadline = performance.now() + 20_000;
    while (processesOnFolder() !== '' && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(processesOnFolder()).toBe('');
  });

  it('says so in one sentence when a port is taken', async () => {
    const stack = await start();
    const second = start({ LATCHKEY_DATA_DIR: join(folder, 'other') });
    await expect(second).rejects.toThrow(/Latchkey could not start: .*(4[0-9]{3}|[0-9]{5})/);
    await stack.stop('SIGINT');
    expect(processesOnFolder()).toBe('');
  });
});
