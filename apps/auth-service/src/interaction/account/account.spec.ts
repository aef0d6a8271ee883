import { randomUUID } from 'node:crypto';
import { digestOf } from '@latchkey/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { limitOf } from '../../limits/test/limits-bench.js';
import { AUDIT_EVENTS } from '../../persistence/postgres/testing/audit-columns.js';
import { fifty, tally } from '../../persistence/postgres/testing/open-test-database.js';
import { PASSWORD, type PagesApp, startPagesApp } from '../test/pages-app.js';
import { ScriptBrowser, type Seen } from '../test/script-browser.js';

const NEW_PASSWORD = 'another horse, another battery';
/** Typed by nobody else in this file. */
const FAILURES = 4;

let app: PagesApp;
let name: string;
let sub: string;
beforeAll(async () => {
  app = await startPagesApp({ limits: { ...limitOf(10_000), failures: FAILURES } });
});
beforeEach(async () => {
  name = `person-${randomUUID()}`;
  await app.addPerson(name, PASSWORD);
  sub = String((await app.sql('SELECT sub FROM auth.users WHERE username = $1', [name]))[0]?.['sub']);
});
afterAll(() => app.close());

async function signIn(password = PASSWORD): Promise<{ readonly browser: ScriptBrowser; readonly page: Seen }> {
  const browser = new ScriptBrowser(app.url);
  const seen = await browser.logIn(await browser.get('/account'), name, password);
  expect([seen.status, seen.location]).toEqual([303, '/account']);
  return { browser, page: await browser.get('/account') };
}

/** A login page although somebody is logged in, as another tab may still show it. */
async function loginPageOf({ jar }: ScriptBrowser): Promise<Seen> {
  const other = new ScriptBrowser(app.url);
  other.jar.set('latchkey-browser', jar.get('latchkey-browser') ?? '');
  return other.get('/account');
}

const press = (browser: ScriptBrowser, page: Seen, button: string, value = 'x'): Promise<Seen> =>
  browser.post('/account', { ...page.hidden, [button]: value });

const sessionOf = async ({ jar }: ScriptBrowser): Promise<Record<string, unknown> | undefined> =>
  (
    await app.sql('SELECT * FROM auth.login_sessions WHERE cookie_digest = $1', [
      digestOf(jar.get('latchkey-session') ?? ''),
    ])
  )[0];
const sidOf = async (browser: ScriptBrowser): Promise<string> => String((await sessionOf(browser))?.['sid']);
const isSignedIn = async (browser: ScriptBrowser): Promise<boolean> =>
  (await browser.get('/account')).body.includes('<h1>Your account</h1>');
const events = (kind: string) =>
  app.sql(`SELECT * FROM ${AUDIT_EVENTS} WHERE kind = $1 AND actor = $2 ORDER BY id`, [kind, sub]);
const revocations = () =>
  app.sql(`SELECT kind, value, cause FROM auth.revocations WHERE actor = $1 ORDER BY kind, value`, [sub]);

const allow = async (scope: readonly string[], clientName: string, sid = randomUUID()): Promise<string> => {
  const { clientId } = await app.addClient({ clientName });
  await app.sql('INSERT INTO auth.consents (sub, client_id, scope) VALUES ($1, $2, $3)', [sub, clientId, scope]);
  await app.sql(
    `INSERT INTO auth.grants (grant_id, client_id, sub, token_sub, scope, auth_time, amr, sid, ends_with_session, gen_iss,
       gen_cli, gen_sub, created_at, expires_at, code_digest)
     VALUES (gen_random_uuid(), $1, $2::uuid, $2::text, $3, now(), '{pwd}', $4, true, 0, 0, 0, now(), now() + interval '1 hour', $5)`,
    [clientId, sub, scope, sid, digestOf(randomUUID())],
  );
  return clientId;
};

describe('RFC 9700 §4.7, the account page belongs to one person, one browser and one session', () => {
  it.each(['session-end', 'consent-withdraw', 'logout', 'logout-everywhere'])(
    'does nothing for a form without its token, with a foreign one, or from another site: %s',
    async (button) => {
      const { browser, page } = await signIn();
      const other = await signIn();
      const value = button === 'session-end' ? await sidOf(browser) : await allow(['notes:read'], 'Notes');
      for (const csrf of ['', 'x', other.page.hidden['csrf'] ?? '']) {
        expect((await browser.post('/account', { csrf, [button]: value })).status).toBe(403);
      }
      const crossSite = await browser.post(
        '/account',
        { ...page.hidden, [button]: value },
        { 'sec-fetch-site': 'cross-site' },
      );
      expect(crossSite.status).toBe(403);
      expect(await isSignedIn(browser)).toBe(true);
      expect(await revocations()).toEqual([]);
    },
  );

  it('refuses the form of the password page on the account page, and the other way', async () => {
    const { browser, page } = await signIn();
    const password = await browser.get('/account/password');
    expect((await browser.post('/account', { ...password.hidden, logout: 'x' })).status).toBe(403);
    expect((await browser.post('/account/password', { ...page.hidden })).status).toBe(403);
  });

  it('refuses a form that was shown to the session before, in the same browser', async () => {
    const { browser, page } = await signIn();
    await press(browser, page, 'logout');
    await browser.logIn(await browser.get('/account'), name, PASSWORD);
    expect((await press(browser, page, 'logout')).status).toBe(403);
  });

  it('lets no stranger log a victim in as himself', async () => {
    const attacker = new ScriptBrowser(app.url);
    const page = await attacker.get('/account');
    const victim = new ScriptBrowser(app.url);
    await victim.get('/account');
    expect((await victim.logIn(page, name, PASSWORD)).status).toBe(403);
    expect(victim.jar.has('latchkey-session')).toBe(false);
  });

  it('ends no session of somebody else, and takes nothing back for them', async () => {
    const { browser: victim } = await signIn();
    const clientId = await allow(['notes:read'], 'Notes');
    const sid = await sidOf(victim);
    name = `stranger-${randomUUID()}`;
    await app.addPerson(name, PASSWORD);
    const { browser, page } = await signIn();
    expect((await press(browser, page, 'session-end', sid)).status).toBe(303);
    expect((await press(browser, page, 'session-end', 'no uuid')).status).toBe(303);
    expect((await press(browser, page, 'consent-withdraw', clientId)).status).toBe(303);
    expect(await isSignedIn(victim)).toBe(true);
    expect(await app.sql('SELECT 1 FROM auth.consents WHERE sub = $1 AND withdrawn_at IS NULL', [sub])).toHaveLength(1);
  });

  it('shows nothing and does nothing for whoever is not logged in', async () => {
    const browser = new ScriptBrowser(app.url);
    expect((await browser.get('/account')).body).toContain('Sign in to Latchkey');
    for (const path of ['/account', '/account/password']) {
      expect([(await browser.post(path, { logout: 'x' })).location, path]).toEqual(['/account', path]);
    }
  });
});

describe('P1, P3 what the account page shows', () => {
  it('is kept nowhere, framed by nobody, loads no script, and escapes the names of applications', async () => {
    const { browser } = await signIn();
    await allow(['notes:read'], '<script>alert(1)</script>"x"');
    const { headers, body } = await browser.get('/account');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
    );
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(body).not.toContain('<script');
    expect(body).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(body).toContain(name);
    expect(body).toContain('Read your notes');
  });

  it('writes no sentence that the address brings', async () => {
    const { browser } = await signIn();
    const { body } = await browser.get('/account?done=Call+0800+EVIL&sessions=x&applications=%27');
    expect(body).toContain('<h1>Your account</h1>');
    expect(body).not.toContain('EVIL');
    for (const name of ['constructor', 'toString', '__proto__']) {
      expect((await browser.get(`/account?done=${name}`)).body).not.toContain('class="notice"');
    }
  });

  it('shows each session and each application once, page by page', async () => {
    const { browser } = await signIn();
    for (let n = 0; n < 12; n++) await signIn();
    for (let n = 0; n < 12; n++) await allow(['notes:read'], `Application ${n}`);
    const values = ({ body }: Seen, button: string): string[] =>
      [...body.matchAll(new RegExp(`name="${button}" value="([^"]+)"`, 'g'))].map(([, value = '']) => value);
    const link = ({ body }: Seen, text: string): string =>
      new RegExp(`href="([^"]+)">${text}<`).exec(body)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const first = await browser.get('/account');
    const later = await browser.get(link(first, 'More sessions'));
    const last = await browser.get(link(later, 'More applications'));
    expect(new Set([...values(first, 'session-end'), ...values(later, 'session-end')]).size).toBe(13);
    expect(new Set([...values(first, 'consent-withdraw'), ...values(last, 'consent-withdraw')]).size).toBe(12);
    // The other list stays where it was.
    expect(values(last, 'session-end')).toEqual(values(later, 'session-end'));
    expect([link(last, 'More sessions'), link(last, 'More applications')]).toEqual(['', '']);
    const again = await browser.get(link(last, 'Back to the first applications'));
    expect(values(again, 'consent-withdraw')).toEqual(values(first, 'consent-withdraw'));
  });

  it('answers 503 and changes nothing while PostgreSQL is away', async () => {
    const { browser, page } = await signIn();
    await app.sql('ALTER TABLE auth.login_sessions RENAME TO away');
    const seen = await press(browser, page, 'logout').finally(() =>
      app.sql('ALTER TABLE auth.away RENAME TO login_sessions'),
    );
    expect(seen.status).toBeGreaterThanOrEqual(500);
    expect(seen.headers.getSetCookie()).toEqual([]);
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('needs no Redis', async () => {
    app.ephemeral.broken = true;
    try {
      const { browser, page } = await signIn();
      expect((await press(browser, page, 'logout')).location).toBe('/logout/done');
      expect(await isSignedIn(browser)).toBe(false);
    } finally {
      app.ephemeral.broken = false;
    }
  });
});

describe('revocation.md V4 logout → session, by the person', () => {
  it('logs out: the session and those that it has replaced end with their tokens, the cookie goes, the trail says who', async () => {
    const { browser } = await signIn();
    const before = await sidOf(browser);
    await browser.logIn(await loginPageOf(browser), name, PASSWORD);
    const sid = await sidOf(browser);
    expect(sid).not.toBe(before);
    const seen = await press(browser, await browser.get('/account'), 'logout');
    expect([seen.status, seen.location]).toEqual([303, '/logout/done']);
    expect(seen.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^latchkey-session=; Path=\/; HttpOnly; SameSite=Lax; Max-Age=0$/),
    ]);
    expect((await browser.get('/logout/done')).body).toContain('You are signed out');
    expect(await isSignedIn(browser)).toBe(false);
    expect((await revocations()).map(({ kind, value }) => [kind, value]).sort()).toEqual(
      [before, sid].sort().map((value) => ['session', value]),
    );
    expect(await events('logout.succeeded')).toMatchObject([
      { target: sid, detail: { sessions: 2 }, address: '127.0.0.1' },
    ]);
  });

  it('a cookie that somebody has kept opens nothing afterwards', async () => {
    const { browser, page } = await signIn();
    const kept = new ScriptBrowser(app.url);
    for (const [key, value] of browser.jar) kept.jar.set(key, value);
    await press(browser, page, 'logout');
    expect(await isSignedIn(kept)).toBe(false);
  });

  it('ends another session alone, and the one of this browser as a log-out', async () => {
    const here = await signIn();
    const there = await signIn();
    const seen = await press(here.browser, here.page, 'session-end', await sidOf(there.browser));
    expect(seen.location).toBe('/account?done=session');
    expect((await here.browser.get(seen.location)).body).toContain('That session has ended.');
    expect([await isSignedIn(here.browser), await isSignedIn(there.browser)]).toEqual([true, false]);
    expect((await press(here.browser, here.page, 'session-end', await sidOf(here.browser))).location).toBe(
      '/logout/done',
    );
    expect(await isSignedIn(here.browser)).toBe(false);
    expect((await events('session.ended')).map(({ detail }) => detail)).toEqual([
      { cause: 'ended_by_person' },
      { cause: 'logged_out' },
    ]);
  });

  it('logs out everywhere, and of nobody else', async () => {
    const here = await signIn();
    const there = await signIn();
    const mine = name;
    name = `neighbour-${randomUUID()}`;
    await app.addPerson(name, PASSWORD);
    const neighbour = await signIn();
    name = mine;
    expect((await press(here.browser, here.page, 'logout-everywhere')).location).toBe('/logout/done');
    expect([
      await isSignedIn(here.browser),
      await isSignedIn(there.browser),
      await isSignedIn(neighbour.browser),
    ]).toEqual([false, false, true]);
    expect(await revocations()).toHaveLength(2);
  });

  it('of 50 at once one logs out, and nobody is told of a fault', async () => {
    const { browser, page } = await signIn();
    const seen = await fifty(() => press(browser, page, 'logout'));
    expect(new Set(seen.map(({ status }) => status))).toEqual(new Set([303]));
    expect(await events('logout.succeeded')).toHaveLength(1);
    expect(await revocations()).toHaveLength(1);
  });

  it('V4 consent withdrawn → grant: of that application alone', async () => {
    const { browser } = await signIn();
    const [notes, mail] = [await allow(['notes:read'], 'Notes'), await allow(['notes:write'], 'Mail')];
    const seen = await press(browser, await browser.get('/account'), 'consent-withdraw', notes);
    expect(seen.location).toBe('/account?done=access');
    const { body } = await browser.get(seen.location);
    expect([body.includes(notes), body.includes(mail)]).toEqual([false, true]);
    expect(await revocations()).toMatchObject([{ kind: 'grant', cause: 'consent_withdrawn' }]);
    expect(await events('consent.withdrawn')).toMatchObject([{ detail: { client_id: notes } }]);
  });
});

describe('a password is changed by whoever knows it', () => {
  const change = async (browser: ScriptBrowser, over: Readonly<Record<string, string>> = {}): Promise<Seen> => {
    const page = await browser.get('/account/password');
    return browser.post('/account/password', {
      ...page.hidden,
      ...{ 'current-password': PASSWORD, 'new-password': NEW_PASSWORD, 'new-password-again': NEW_PASSWORD, ...over },
    });
  };
  const hashOf = async (): Promise<unknown> =>
    (await app.sql('SELECT password_hash FROM auth.users WHERE sub = $1', [sub]))[0]?.['password_hash'];

  it.each([
    ['a wrong password', { 'current-password': 'wrong' }, 'That is not your current password.'],
    ['two that differ', { 'new-password-again': 'something else' }, 'The two new passwords are not the same.'],
    ['a short one', { 'new-password': 'short', 'new-password-again': 'short' }, 'at least 8 characters'],
    ['one that is too long', { 'new-password': 'x'.repeat(1025), 'new-password-again': 'x'.repeat(1025) }, 'too long'],
  ])('refuses %s, and repeats none of them', async (_what, over, sentence) => {
    const { browser } = await signIn();
    const before = await hashOf();
    const seen = await change(browser, over);
    expect(seen.status).toBe(400);
    expect(seen.body).toContain(sentence);
    for (const typed of [PASSWORD, NEW_PASSWORD, ...Object.values(over)]) expect(seen.body).not.toContain(`"${typed}"`);
    expect(await hashOf()).toBe(before);
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('P6 counts what fails with the log-ins that fail, and says so in the trail without a password', async () => {
    const { browser } = await signIn();
    for (let n = 0; n < FAILURES; n++)
      expect((await change(browser, { 'current-password': 'a guess' })).status).toBe(400);
    const seen = await change(browser);
    expect(seen.status).toBe(429);
    expect(seen.headers.get('retry-after')).not.toBeNull();
    const stranger = new ScriptBrowser(app.url);
    expect((await stranger.logIn(await stranger.get('/account'), name, PASSWORD)).status).toBe(429);
    const refused = await events('password.changed');
    expect(refused.map(({ outcome, detail }) => [outcome, (detail as { reason: string }).reason])).toEqual([
      ...Array.from({ length: FAILURES }, () => ['refused', 'wrong_password']),
      ['refused', 'limited'],
    ]);
    expect(JSON.stringify(refused)).not.toContain('a guess');
  });

  it('ends every other session and its tokens, and keeps this one under another cookie', async () => {
    const { browser } = await signIn();
    const there = await signIn();
    const [sid, other, cookie] = [
      await sidOf(browser),
      await sidOf(there.browser),
      browser.jar.get('latchkey-session'),
    ];
    const seen = await change(browser);
    expect([seen.status, seen.location]).toEqual([303, '/account?done=password']);
    expect(await hashOf()).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect([await isSignedIn(browser), await isSignedIn(there.browser)]).toEqual([true, false]);
    expect(await sidOf(browser)).toBe(sid);
    const thief = new ScriptBrowser(app.url);
    thief.jar.set('latchkey-session', cookie ?? '');
    expect(await isSignedIn(thief)).toBe(false);
    expect(await revocations()).toEqual([{ kind: 'session', value: other, cause: 'password_changed' }]);
    expect(await events('password.changed')).toMatchObject([
      { target: sub, outcome: 'done', address: '127.0.0.1', detail: { sid } },
    ]);
    const stale = new ScriptBrowser(app.url);
    expect((await stale.logIn(await stale.get('/account'), name, PASSWORD)).status).toBe(400);
    await signIn(NEW_PASSWORD);
  });

  it('of 50 at once one changes it', async () => {
    const { browser } = await signIn();
    const page = await browser.get('/account/password');
    const seen = await fifty((n) =>
      browser.send('/account/password', {
        method: 'POST',
        body: new URLSearchParams({
          ...page.hidden,
          ...{
            'current-password': PASSWORD,
            'new-password': `${NEW_PASSWORD} ${n}`,
            'new-password-again': `${NEW_PASSWORD} ${n}`,
          },
        }).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      }),
    );
    expect(tally(seen.map(({ location }) => location))['/account?done=password']).toBe(1);
    expect(await app.sql('SELECT password_version FROM auth.users WHERE sub = $1', [sub])).toEqual([
      { password_version: 1 },
    ]);
  });

  it('begins no session by the password of before, of which the hash was verified a moment ago', async () => {
    const { browser } = await signIn();
    const late = new ScriptBrowser(app.url);
    const page = await late.get('/account');
    let changed: Seen | undefined;
    app.race.next = async () => {
      changed = await change(browser);
    };
    const seen = await late.logIn(page, name, PASSWORD);
    expect([changed?.status, seen.status]).toEqual([303, 400]);
    expect(await app.sql('SELECT 1 FROM auth.login_sessions WHERE sub = $1 AND ended_at IS NULL', [sub])).toHaveLength(
      1,
    );
  });
});
