import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, type StartedProcess } from '@latchkey/testbed';
import { Endings } from './endings.js';
import { refusesRevokedTokensTwentyTimes, replayedCodeKillsItsTokens } from './main-job.contract.js';
import { isRoot, NpmStart } from './npm-start.js';
import { Outside, tokensOf } from './outside-client.js';

const endings = new Endings();
let stack: NpmStart;
beforeAll(async () => {
  stack = endings.keep(await NpmStart.prepare());
});
afterAll(() => endings.run());
afterEach(() => stack.killAll());

/** The figure that it tells the person at the terminal. */
const secondsToReady = (started: StartedProcess): number =>
  Number(/is ready after ([0-9.]+) s\./.exec(started.output())?.[1]);

describe('npm start', () => {
  it('A3 draws its secrets on the first start, finds everything on the second, and leaves no process behind', async () => {
    const first = await stack.start();
    expect(secondsToReady(first)).toBeGreaterThan(0);
    const { ISSUER, ADMIN_URL, API_IDENTIFIER } = stack.env;
    for (const url of [ISSUER, ADMIN_URL, API_IDENTIFIER]) expect(first.output()).toContain(url);
    expect(first.output()).toContain('bootstrap.json');
    expect(statSync(stack.bootstrapPath).mode & 0o777).toBe(0o600);
    const drawn = stack.bootstrap();
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
    expect(stack.processesOnFolder()).toBe('');
    for (const secret of [drawn.admin.client_secret, drawn.user.password, kept.access_token]) {
      expect(first.output()).not.toContain(secret);
    }

    const second = await stack.start();
    expect(secondsToReady(second)).toBeGreaterThan(0);
    expect(stack.bootstrap()).toEqual(drawn);
    // Nothing that was given is ignored: it is what stands there.
    expect(second.output()).not.toContain('ignored');
    expect((await outside.notes(kept.access_token)).text).toContain('kept');
    expect((await outside.notes(revoked.access_token)).status).toBe(401);
    expect(tokensOf(await outside.refresh(client, kept.refresh_token)).access_token).not.toBe('');
    expect((await outside.logIn(client)).access_token).not.toBe('');
    expect(await second.stop('SIGTERM')).toBe(0);
    expect(stack.processesOnFolder()).toBe('');
  });

  it('does the main job: refuses a revoked token twenty times in a row, and a replayed code kills its tokens', async () => {
    const started = await stack.start();
    const outside = new Outside(stack.bootstrap());
    await refusesRevokedTokensTwentyTimes(outside);
    await replayedCodeKillsItsTokens(outside);
    expect(await started.stop('SIGINT')).toBe(0);
  });

  it('is walked through by npm run demo, step by step', async () => {
    const started = await stack.start();
    const demo = await stack.demo();
    expect([await demo.exited, demo.output()]).toEqual([
      0,
      expect.stringContaining('the replay answers invalid_grant'),
    ]);
    expect(demo.output().match(/^ *[0-9]+\. /gm)).toHaveLength(8);
    expect(demo.output()).toMatch(/GET 401, [0-9.]+ ms after the revocation was acknowledged/);
    await started.stop('SIGINT');
    const alone = await stack.demo();
    expect([await alone.exited, alone.output()]).toEqual([1, expect.stringContaining('npm start')]);
  });

  it('leaves no process behind when it is killed', async () => {
    const started = await stack.start();
    await started.stop('SIGKILL');
    const deadline = performance.now() + 30_000;
    while (stack.processesOnFolder() !== '' && performance.now() < deadline) await sleep(100);
    expect(stack.processesOnFolder()).toBe('');
  });

  it('says within seconds that nobody answers at REDIS_URL, and waits for it no longer than until Ctrl-C', async () => {
    const started = await stack.start(
      { LATCHKEY_DATA_DIR: join(stack.folder, 'no-redis'), REDIS_URL: `redis://127.0.0.1:${await freePort()}` },
      /^Not ready yet: Redis does not answer at REDIS_URL; the API still waits for: .*revocations.*\. Waiting; Ctrl-C ends it\.$/m,
    );
    expect(await started.stop('SIGINT')).toBe(0);
    expect(started.output()).toMatch(/\nStopping …\n/);
    expect(started.output()).not.toMatch(/could not start|is ready after/);
    expect(stack.processesOnFolder()).toBe('');
  });

  it('says so in one sentence when a port is taken', async () => {
    const started = await stack.start();
    const second = stack.start({ LATCHKEY_DATA_DIR: join(stack.folder, 'other') });
    await expect(second).rejects.toThrow(/Latchkey could not start: .*(4[0-9]{3}|[0-9]{5})/);
    await started.stop('SIGINT');
    expect(stack.processesOnFolder()).toBe('');
  });
});

describe.each([
  ['the user of this test', false],
  ['an ordinary user', true],
])('npm start as %s', (_, ordinaryUser) => {
  let mine: NpmStart;
  const mineEndings = new Endings();
  beforeAll(async () => {
    mine = mineEndings.keep(await NpmStart.prepare({ ordinaryUser }));
  });
  afterAll(() => mineEndings.run());

  it('is ready on the first start, says after how long, and owns what it wrote', async () => {
    const started = await mine.start();
    const seconds = secondsToReady(started);
    process.stdout.write(`ready after ${seconds} s\n`);
    expect(seconds).toBeGreaterThan(0);
    expect(statSync(mine.bootstrapPath).uid).toBe(statSync(mine.folder).uid);
    const outside = new Outside(mine.bootstrap());
    const tokens = await outside.logIn(await outside.createClient());
    expect((await outside.notes(tokens.access_token, 'a note')).status).toBe(201);
    expect(await started.stop('SIGINT')).toBe(0);
    expect(mine.processesOnFolder()).toBe('');
  });

  it('says in a sentence why a folder will not do, and names the remedy', async () => {
    const closed = join(mine.folder, 'closed');
    mkdirSync(closed);
    // Root enters everything, but its database runs as somebody else.
    chmodSync(closed, isRoot ? 0o700 : 0o000);
    const said = await mine.start({ LATCHKEY_DATA_DIR: join(closed, 'data') }).then(
      () => 'it started',
      (error: unknown) => String(error),
    );
    expect(said).toMatch(
      /Latchkey could not start: (The folder|PostgreSQL refuses to run as root.*cannot enter) .*LATCHKEY_DATA_DIR=/,
    );
    expect(said).not.toMatch(/\n\s+at .*\(|EACCES/);
    expect(mine.processesOnFolder()).toBe('');
  });

  it('writes nothing into a folder that holds something else', async () => {
    const full = join(mine.folder, 'full');
    mkdirSync(full, { mode: 0o755 });
    writeFileSync(join(full, 'letter.txt'), 'mine');
    await expect(mine.start({ LATCHKEY_DATA_DIR: full })).rejects.toThrow(/holds something else/);
    expect(readdirSync(full)).toEqual(['letter.txt']);
    expect(statSync(full).mode & 0o777).toBe(0o755);
  });
});
