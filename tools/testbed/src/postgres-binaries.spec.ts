import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { embeddedBinaries } from './postgres-binaries.js';
import { processesIn, runApart, until } from './test/left-behind.js';

const isRoot = process.getuid?.() === 0;

describe('PostgreSQL binaries that npm unpacked without scripts and out of reach', () => {
  let folder: string;
  let closed: string;
  let temporary: string;
  const binaries = new URL('./postgres-binaries.ts', import.meta.url).href;
  const server = new URL('./postgres-server.ts', import.meta.url).href;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-spec-'));
    chmodSync(folder, 0o755);
    closed = join(folder, 'closed', 'linux-x64');
    temporary = join(folder, 'temporary');
    mkdirSync(temporary);
    chmodSync(temporary, 0o1777);
    const original = dirname(dirname(dirname((await embeddedBinaries()).postgres)));
    cpSync(original, closed, { recursive: true, filter: (path) => !lstatSync(path).isSymbolicLink() });
    chmodSync(join(folder, 'closed'), 0o700);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const startApart = (name: string) =>
    runApart(
      `const { embeddedBinaries } = await import(${JSON.stringify(binaries)});
       const { startPostgres } = await import(${JSON.stringify(server)});
       const server = await startPostgres(await embeddedBinaries(${JSON.stringify(closed)}),
         { dataDirectory: ${JSON.stringify(join(folder, 'data'))} + '/${name}', durable: false });
       say({ pid: server.pid });`,
      { env: { TMPDIR: temporary } },
    );

  it('refuses a copy that another user could have written to', async () => {
    await (await startApart('one')).stop('SIGKILL');
    const [copy = ''] = readdirSync(temporary);
    await until(() => processesIn(join(folder, 'data')).length === 0);
    chmodSync(join(temporary, copy), 0o777);
    const second = await startApart('two');
    expect(second.said()).toEqual({ error: expect.stringContaining('nothing in it is run') });
    await second.stop('SIGKILL');
  });

  it('starts five times at once from nothing, and leaves one whole copy', async () => {
    const owners = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(startApart));
    const answers = owners.map((owner) => owner.said());
    await Promise.all(owners.map((owner) => owner.stop('SIGKILL')));
    await until(() => processesIn(join(folder, 'data')).length === 0);
    expect(answers).toEqual(answers.map(() => ({ pid: expect.any(Number) })));
    expect(readdirSync(temporary)).toHaveLength(1);
  });

  it('makes a copy again that a cleaner of temp folders took a file from', async () => {
    await (await startApart('one')).stop('SIGKILL');
    await until(() => processesIn(join(folder, 'data')).length === 0);
    const [copy = ''] = readdirSync(temporary);
    rmSync(join(temporary, copy, 'native', 'bin', 'initdb'));
    const second = await startApart('two');
    expect(second.said()).toEqual({ pid: expect.any(Number) });
    expect(existsSync(join(temporary, copy, 'native', 'bin', 'initdb'))).toBe(true);
    expect(readdirSync(temporary)).toEqual([copy]);
    await second.stop('SIGKILL');
    await until(() => processesIn(join(folder, 'data')).length === 0);
  });

  it('runs for a user that is not root, who owns what it writes', async () => {
    const home = join(folder, 'home');
    mkdirSync(home);
    chmodSync(home, 0o1777);
    const owner = await runApart(
      `const server = await testbed.startEmbeddedPostgres({ dataDirectory: ${JSON.stringify(join(home, 'data'))}, durable: false });
       await server.stop(); say({ uid: process.getuid() });`,
      { env: { TMPDIR: temporary }, ...(isRoot ? { as: 65_534 } : {}) },
    );
    const uid = isRoot ? 65_534 : process.getuid?.();
    expect(owner.said()).toEqual({ uid });
    expect(lstatSync(join(home, 'data', 'PG_VERSION')).uid).toBe(uid);
    await owner.stop('SIGKILL');
  });
});
