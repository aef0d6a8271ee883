import { hash as bcrypt } from '@node-rs/bcrypt';
import { afterEach, describe, expect, it } from '@jest/globals';
import { FAILURE_AUDIT_BOUNDS } from '../limits/failure-audit-bounds.js';
import { limitOf } from '../limits/test/limits-bench.js';
import { AUDIT_EVENTS } from '../persistence/postgres/testing/audit-columns.js';
import { authorizePath, PASSWORD, type PagesApp, type PagesSettings, startPagesApp } from './test/pages-app.js';
import { ScriptBrowser } from './test/script-browser.js';

let app: PagesApp;
const start = async (settings: PagesSettings = {}): Promise<ScriptBrowser> => {
  app = await startPagesApp(settings);
  return new ScriptBrowser(app.url);
};
afterEach(() => app.close());
const events = (kind: string) => app.sql(`SELECT * FROM ${AUDIT_EVENTS} WHERE kind = $1 ORDER BY id`, [kind]);
const subOf = async (): Promise<unknown> =>
  (await app.sql(`SELECT sub FROM auth.users WHERE username = 'ada'`))[0]?.['sub'];
const hashOf = async (): Promise<unknown> =>
  (await app.sql(`SELECT password_hash FROM auth.users WHERE username = 'ada'`))[0]?.['password_hash'];

describe('A11 what people do stands in the audit trail', () => {
  it('says why a log-in failed, to nobody but the operator, and never with which password', async () => {
    const browser = await start({ limits: limitOf(2) });
    const page = await browser.begin(authorizePath(app));
    await browser.logIn(page, 'nobody', 'a guess');
    for (let time = 0; time < 3; time++) await browser.logIn(page, 'ada', 'a guess');
    const rows = await events('login.failed');
    expect(rows.map(({ target, detail }) => [target, detail])).toEqual([
      ['unknown', { reason: 'unknown_name', client_id: app.client.clientId }],
      [await subOf(), { reason: 'wrong_password', client_id: app.client.clientId }],
      [await subOf(), { reason: 'wrong_password', client_id: app.client.clientId }],
      ['unknown', { reason: 'limited', client_id: app.client.clientId }],
    ]);
    expect(rows.map(({ personal }) => personal)).toEqual([
      null,
      ...['ada', 'ada'].map((username) => ({ username })),
      null,
    ]);
    expect(rows.every(({ address, actor }) => address === '127.0.0.1' && actor === 'anonymous')).toBe(true);
    expect(JSON.stringify(rows)).not.toContain('a guess');
  });

  it('is not flooded by failures: so many rows, and one for the rest', async () => {
    const browser = await start({
      limits: limitOf(1000),
      auditBounds: { perSubject: 3, perNetwork: 5, inAll: 100, perAccount: 1 },
    });
    const page = await browser.begin(authorizePath(app));
    for (let time = 0; time < 8; time++) await browser.logIn(page, 'ada', 'wrong');
    for (let time = 0; time < 4; time++) await browser.logIn(page, `nobody ${time}`, 'wrong');
    expect(await events('login.failed')).toHaveLength(5);
    await app.endSpan();
    expect((await events('login.failed')).slice(5).map(({ target, detail }) => [target, detail])).toEqual([
      [await subOf(), { reason: 'several', further: 5 }],
      ['several', { reason: 'several', further: 2 }],
    ]);
  });

  it('keeps no name of a person who is erased, nor writes it in a sum afterwards', async () => {
    const browser = await start({ limits: limitOf(4), auditBounds: { ...FAILURE_AUDIT_BOUNDS, perSubject: 5 } });
    const page = await browser.begin(authorizePath(app));
    for (let time = 0; time < 12; time++) await browser.logIn(page, 'ada', 'wrong');
    const personal = `SELECT sub FROM auth.audit_personal WHERE data::text LIKE '%ada%'`;
    const sub = await subOf();
    expect(await app.sql(personal)).toEqual(Array.from({ length: 4 }, () => ({ sub })));
    await app.sql('DELETE FROM auth.audit_personal WHERE sub = $1', [sub]);
    for (let time = 0; time < 3; time++) await browser.logIn(page, 'ada', 'wrong');
    await app.endSpan();
    expect(await app.sql(personal)).toEqual([]);
    expect((await events('login.failed')).at(-1)).toMatchObject({
      ...{ target: sub, personal: null, detail: { reason: 'several', further: 10 } },
    });
  });

  it('holds the log-in with its session, and consent given or denied before the client hears of it', async () => {
    const browser = await start();
    const consent = await browser.beginLoggedIn(authorizePath(app), 'ada', PASSWORD);
    const [login] = await events('login.succeeded');
    const [session] = await app.sql('SELECT sid FROM auth.login_sessions');
    const sub = await subOf();
    expect(login).toMatchObject({
      ...{ actor: sub, target: session?.['sid'], outcome: 'done', address: '127.0.0.1', personal: { username: 'ada' } },
      detail: { client_id: app.client.clientId, amr: ['pwd'] },
    });
    await browser.approve(consent);
    await browser.deny(await browser.get((await browser.get(authorizePath(app))).location));
    for (const kind of ['consent.given', 'consent.denied']) {
      expect(await events(kind)).toMatchObject([
        { actor: sub, target: app.client.clientId, outcome: 'done', detail: { scope: ['notes:read', 'notes:write'] } },
      ]);
    }
  });

  it('gives no session that is not in the trail', async () => {
    const browser = await start();
    const page = await browser.begin(authorizePath(app));
    await app.sql(`ALTER TABLE auth.audit_events ADD CONSTRAINT no_logins CHECK (kind <> 'login.succeeded') NOT VALID`);
    try {
      expect((await browser.logIn(page, 'ada', PASSWORD)).status).toBe(500);
      expect(await app.sql('SELECT 1 FROM auth.login_sessions')).toEqual([]);
    } finally {
      await app.sql('ALTER TABLE auth.audit_events DROP CONSTRAINT no_logins');
    }
  });
});

describe('RFC 9106 hashes of earlier systems', () => {
  const setHash = (hash: string) => app.sql(`UPDATE auth.users SET password_hash = $1 WHERE username = 'ada'`, [hash]);
  const logIn = async (browser: ScriptBrowser, password: string): Promise<number> =>
    (await browser.logIn(await browser.begin(authorizePath(app)), 'ada', password)).status;

  it('are replaced by ours at the next log-in that succeeds, and not before', async () => {
    const browser = await start();
    const old = await bcrypt(PASSWORD, { cost: 4 });
    await setHash(old);
    expect(await logIn(browser, 'wrong')).toBe(400);
    expect(await hashOf()).toBe(old);
    expect(await logIn(browser, PASSWORD)).toBe(303);
    expect(await hashOf()).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await logIn(new ScriptBrowser(app.url), PASSWORD)).toBe(303);
  });

  it('stay where bcrypt has compared the beginning of a long password alone', async () => {
    const browser = await start();
    const old = await bcrypt('a'.repeat(80), { cost: 4 });
    await setHash(old);
    expect(await logIn(browser, 'a'.repeat(79))).toBe(303);
    expect(await hashOf()).toBe(old);
  });

  it('lose against a password that is put at the same time', async () => {
    const browser = await start();
    await setHash(await bcrypt(PASSWORD, { cost: 4 }));
    const put = await bcrypt('a new one', { cost: 4 });
    app.people.beforeRehash = () => setHash(put);
    expect(await logIn(browser, PASSWORD)).toBe(303);
    expect(await hashOf()).toBe(put);
  });

  it('weigh the same for a name that nobody has', async () => {
    const browser = await start();
    const old = await bcrypt(PASSWORD, { cost: 4 });
    await setHash(old);
    await browser.logIn(await browser.begin(authorizePath(app)), 'nobody', PASSWORD);
    expect(app.verified).toEqual([old]);
  });
});
