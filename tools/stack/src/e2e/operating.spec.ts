// docs/operating.md, held to a real stack: the blocks of the five bad days, as somebody would paste them.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Endings } from './endings.js';
import { NpmStart } from './npm-start.js';
import { Outside, type RegisteredClient } from './outside-client.js';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const page = readFileSync(join(ROOT, 'docs/operating.md'), 'utf8');
const days = page.slice(page.indexOf('## The five bad days'));
const blocks = [...days.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
const [prelude = '', secrets = '', another = '', leaked = '', ...further] = blocks;
const [key = '', sessions = '', session = '', person = '', redis = '', rescue = '', swap = ''] = further;

const endings = new Endings();
const folder = mkdtempSync(join(tmpdir(), 'latchkey-operating-'));
let stack: NpmStart;
let outside: Outside;
beforeAll(async () => {
  endings.add(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  stack = endings.keep(await NpmStart.prepare());
  await stack.start();
  outside = new Outside(stack.bootstrap());
});
afterAll(() => endings.run());

type Env = Readonly<Record<string, string>>;
const bash = (options: readonly string[], script: string, env: Env, cwd: string): Promise<[string, string, boolean]> =>
  new Promise((resolve) => {
    const { PATH, HOME } = process.env;
    const all = { PATH, HOME, BOOTSTRAP: stack.bootstrapPath, ...env };
    execFile('bash', ['--posix', ...options, '-c', script], { cwd, env: all }, (error, stdout, stderr) => {
      resolve([stdout, stderr, error === null]);
    });
  });

/** What it printed; a command that fails fails the whole. */
async function run(script: string, env: Env = {}, cwd = folder): Promise<string> {
  const [stdout, stderr, isDone] = await bash(['-euo', 'pipefail'], prelude + script, env, cwd);
  if (!isDone) throw new Error(`${stdout}${stderr}`);
  return stdout;
}

/** What stands on the terminal of somebody whose shell goes on after a command that failed. */
async function paste(script: string, env: Env = {}): Promise<string> {
  const [stdout, stderr] = await bash([], prelude + script, env, folder);
  return stdout + stderr;
}

const lastOf = (lines: string, member: string): string =>
  new RegExp(`"${member}":"([^"]+)".*\\n$`).exec(lines)?.[1] ?? '';
const newSecret = (): string => readFileSync(join(folder, 'new-secret'), 'utf8').trim();
const modeOf = (path: string): number => statSync(path).mode & 0o777;
const proves = async (client: RegisteredClient): Promise<boolean> =>
  (await outside.refresh(client, 'none')).json['error'] === 'invalid_grant';

describe('docs/operating.md the five bad days', () => {
  it('are five, each with its block', () => {
    expect(days.match(/^### /gm)).toHaveLength(5);
    expect(blocks).toHaveLength(11);
  });

  it('a client secret: the new one is good, the leaked one is not, nor is what it was given', async () => {
    const client = await outside.createClient();
    const tokens = await outside.logIn(client);
    const CLIENT_ID = client.client_id;
    const LEAKED = lastOf(await run(secrets, { CLIENT_ID }), 'secret_id');
    await run(another, { CLIENT_ID });
    expect(modeOf(join(folder, 'new-secret'))).toBe(0o600);
    expect(await run(leaked, { CLIENT_ID, LEAKED })).toMatch(/"kind": "client"/);
    expect((await outside.refresh(client, tokens.refresh_token)).json).toMatchObject({ error: 'invalid_client' });
    const renewed = { ...client, client_secret: newSecret() };
    expect((await outside.refresh(renewed, tokens.refresh_token)).json).toMatchObject({ error: 'invalid_grant' });
    expect((await outside.notes(tokens.access_token)).status).toBe(401);
    expect((await outside.logIn(renewed)).access_token).not.toBe('');
  });

  it('a client secret of two: a third is refused and seen to be, and the one that is named goes, not the oldest', async () => {
    const client = await outside.createClient();
    const CLIENT_ID = client.client_id;
    await run(another, { CLIENT_ID });
    const younger = { ...client, client_secret: newSecret() };
    expect(await paste(another, { CLIENT_ID })).toMatch(/two secrets of this client live already/);
    expect(newSecret()).toBe(younger.client_secret);
    expect(existsSync(join(folder, 'new-secret.new'))).toBe(false);
    expect(await paste(leaked, { CLIENT_ID })).toMatch(/LEAKED: is the secret_id/);
    expect([await proves(client), await proves(younger)]).toEqual([true, true]);
    await run(leaked, { CLIENT_ID, LEAKED: lastOf(await run(secrets, { CLIENT_ID }), 'secret_id') });
    expect([await proves(client), await proves(younger)]).toEqual([true, false]);
  });

  it('a key: what it signed is refused, and another one signs', async () => {
    const client = await outside.createClient();
    const tokens = await outside.logIn(client);
    expect(await run(key)).toMatch(/"state": "dropped"/);
    expect((await outside.notes(tokens.access_token)).status).toBe(401);
    expect((await outside.notes((await outside.logIn(client)).access_token)).status).toBe(200);
  });

  it('a session: its tokens end, and all of the person', async () => {
    const client = await outside.createClient();
    const tokens = await outside.logIn(client);
    const WHO = stack.bootstrap().user.username;
    const SESSION = /"sid":"([^"]+)"/.exec(await run(sessions, { WHO }))?.[1] ?? '';
    expect(await run(session, { SESSION })).toMatch(/"active": false/);
    expect(await run(sessions + person, { WHO })).toMatch(/"kind": "subject"/);
    expect((await outside.refresh(client, tokens.refresh_token)).json).toMatchObject({ error: 'invalid_grant' });
    expect((await outside.notes(tokens.access_token)).status).toBe(401);
  });

  it.each(['dem', 'demo2', 'a & b'])('a session of %j, who is nobody: nothing is ended', async (WHO) => {
    const client = await outside.createClient();
    const tokens = await outside.logIn(client);
    const said = await paste(sessions + session + person, { WHO });
    expect(said).toMatch(/nobody has this username/);
    expect(said).not.toMatch(/"kind"|"active"/);
    expect((await outside.notes(tokens.access_token)).status).toBe(200);
  });

  it('Redis: what there is to look at', async () => {
    expect(await run(redis)).toMatch(/"lease_stands":true/);
  });

  it('the admin client: another one comes in, and the lost one does not', async () => {
    await stack.killAll();
    await run(rescue.replace('rescue.json', join(folder, 'rescue.json')), stack.env, ROOT);
    expect(modeOf(join(folder, 'rescue.json'))).toBe(0o600);
    await stack.start();
    expect(await run(swap)).toMatch(/"enabled": false/);
    await expect(outside.adminToken()).rejects.toThrow('invalid_client');
    // Pasted twice, it does not disable the new one. It is what every script finds from now on.
    expect(await paste(swap)).not.toMatch(/"enabled"/);
    expect(modeOf(stack.bootstrapPath)).toBe(0o600);
    expect(await new Outside(stack.bootstrap()).adminToken()).not.toBe('');
  });
});
