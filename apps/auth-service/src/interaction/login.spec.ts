import { digestOf } from '@latchkey/protocol';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { LimitSettings } from '../limits/limits.js';
import { limitOf } from '../limits/test/limits-bench.js';
import { tally } from '../persistence/postgres/testing/open-test-database.js';
import { authorizePath, PASSWORD, type PagesApp, type PagesSettings, startPagesApp } from './test/pages-app.js';
import { ScriptBrowser, type Seen } from './test/script-browser.js';

let app: PagesApp;
const start = async (settings: PagesSettings = {}): Promise<ScriptBrowser> => {
  app = await startPagesApp(settings);
  return new ScriptBrowser(app.url);
};
afterEach(() => app.close());

const MANY = limitOf(10_000);
const limitedTo = (failures: number): LimitSettings => ({ ...MANY, failures });

/** What a person can see, without what must differ between any two pages. */
const visible = ({ body }: Seen): string =>
  body.replace(/\/interaction\/[\w-]{43}/g, '').replace(/value="[\w-]{43}"/g, '');

describe('RFC 9700 §4.7, the login form belongs to one browser and one interaction', () => {
  it('refuses a form without a token, with a wrong one, and with one of another interaction', async () => {
    const browser = await start();
    const page = await browser.begin(authorizePath(app));
    const other = await browser.begin(authorizePath(app));
    for (const csrf of ['', 'x', other.hidden['csrf'] ?? '']) {
      const seen = await browser.post(page.action, { csrf, username: 'ada', password: PASSWORD });
      expect(seen.status).toBe(403);
      expect(seen.headers.getSetCookie()).toEqual([]);
    }
    expect(app.people.lookups).toBe(0);
  });

  it('refuses a form whose token stands twice', async () => {
    const browser = await start();
    const page = await browser.begin(authorizePath(app));
    const csrf = page.hidden['csrf'] ?? '';
    const seen = await browser.send(page.action, {
      method: 'POST',
      body: `csrf=${csrf}&csrf=${csrf}&username=ada&password=x`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(seen.status).toBe(403);
  });

  it('lets no stranger log a victim in as himself: his page is none in the browser of the victim', async () => {
    const attacker = await start();
    const page = await attacker.begin(authorizePath(app));
    const victim = new ScriptBrowser(app.url);
    expect((await victim.logIn(page, 'ada', PASSWORD)).status).toBe(400);
    await victim.begin(authorizePath(app));
    const seen = await victim.logIn(page, 'ada', PASSWORD);
    expect(seen.status).toBe(400);
    expect(seen.body).toContain('This page is no longer valid');
    expect(victim.jar.has('latchkey-session')).toBe(false);
  });

  it('refuses what the browser itself calls cross-site, and a foreign Origin', async () => {
    const browser = await start();
    const page = await browser.begin(authorizePath(app));
    const fields = { ...page.hidden, username: 'ada', password: PASSWORD };
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }, { origin: 'x' }]) {
      expect((await browser.post(page.action, fields, headers)).status).toBe(403);
    }
  });

  it.each([[{}], [{ origin: 'null' }], [{ 'sec-fetch-site': 'same-origin' }], [{ origin: 'http://localhost:4000' }]])(
    'P1: lets in with %j: only the token decides',
    async (headers) => {
      const browser = await start();
      const page = await browser.begin(authorizePath(app));
      const seen = await browser.post(page.action, { ...page.hidden, username: 'ada', password: PASSWORD }, headers);
      expect(seen.status).toBe(303);
    },
  );

  it('finds no interaction that is over, unknown or no id at all, and redirects nowhere', async () => {
    const browser = await start();
    const page = await browser.begin(authorizePath(app));
    const path = page.action.replace(/\/login$/, '');
    app.advance(601);
    for (const gone of [path, `/interaction/${'a'.repeat(43)}`, '/interaction/x', '/interaction/%00']) {
      const seen = await browser.get(gone);
      expect(seen.status).toBe(400);
      expect(seen.body).toContain('This page is no longer valid');
    }
    expect((await browser.logIn(page, 'ada', PASSWORD)).status).toBe(400);
  });
});

describe('Login, a wrong name and a wrong password', () => {
  it('answers unknown, disabled and wrong alike, and names no one', async () => {
    const browser = await start();
    await app.addPerson('off', PASSWORD);
    await app.sql(`UPDATE auth.users SET enabled = false WHERE username = 'off'`);
    const answers = [];
    for (const [username, password] of [
      ['ada', 'wrong'],
      ['nobody', PASSWORD],
      ['off', PASSWORD],
      ['ada', PASSWORD.repeat(100)],
    ] as const) {
      const seen = await browser.logIn(await browser.begin(authorizePath(app)), username, password);
      expect(seen.status).toBe(400);
      expect(seen.headers.getSetCookie()).toEqual([]);
      answers.push(visible(seen).replaceAll(`value="${username}"`, 'value="?"'));
    }
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain('That username and password do not match.');
    expect(answers[0]).toMatch(/id="username"[^>]* aria-invalid="true" aria-describedby="login-problem"/);
  });

  it.each([
    ['a known person with a wrong password', 'ada', 'wrong'],
    ['a known person with too long a password', 'ada', PASSWORD.repeat(100)],
    ['a known person with the right password', 'ada', PASSWORD],
    ['an unknown person', 'nobody', PASSWORD],
    ['an unknown person with too long a password', 'nobody', PASSWORD.repeat(100)],
    ['a name that can be nobody’s', 'a'.repeat(300), PASSWORD],
    ['a disabled person with the right password', 'off', PASSWORD],
    ['a disabled person with a wrong password', 'off', 'wrong'],
  ])('costs one argon2id verification, of one weight, for %s', async (_who, username, password) => {
    const browser = await start();
    await app.addPerson('off', PASSWORD);
    await app.sql(`UPDATE auth.users SET enabled = false WHERE username = 'off'`);
    await browser.logIn(await browser.begin(authorizePath(app)), username, password);
    expect(app.verified).toEqual([expect.stringMatching(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)]);
  });

  it.each([`a\u0000b`, 'a'.repeat(300), "' or 1=1 --", '%'])(
    'asks the database nothing odd for %j',
    async (username) => {
      const browser = await start();
      expect((await browser.logIn(await browser.begin(authorizePath(app)), username, 'x')).status).toBe(400);
    },
  );

  it('asks for what is missing without counting it', async () => {
    const browser = await start({ limits: limitedTo(1) });
    const page = await browser.begin(authorizePath(app));
    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect((await browser.logIn(page, 'ada', '')).body).toContain('Please enter your username and your password.');
    }
    expect((await browser.logIn(page, 'ada', PASSWORD)).status).toBe(303);
  });
});

describe('RFC 9700 §4.7 and session fixation', () => {
  it('starts a session under a value that no browser brought, and ends the one before', async () => {
    const browser = await start();
    const planted = 'p'.repeat(43);
    browser.jar.set('latchkey-session', planted);
    await browser.beginLoggedIn(authorizePath(app), 'ada', PASSWORD);
    const first = browser.jar.get('latchkey-session') ?? '';
    expect(first).toMatch(/^[\w-]{43}$/);
    expect(first).not.toBe(planted);
    const consent = await browser.get((await browser.get(authorizePath(app))).location);
    const login = await browser.get(/href="([^"]+)">Not you\?/.exec(consent.body)?.[1] ?? '');
    await browser.logIn(login, 'ada', PASSWORD);
    const second = browser.jar.get('latchkey-session') ?? '';
    expect(second).not.toBe(first);
    const live = 'SELECT cookie_digest FROM auth.login_sessions WHERE ended_at IS NULL AND replaced_by IS NULL';
    expect(await app.sql(live)).toEqual([{ cookie_digest: digestOf(second) }]);
  });

  it('under an https issuer sets __Host- cookies that are Secure, and promises https', async () => {
    const browser = await start({ issuer: 'https://id.example' });
    const page = await browser.begin(authorizePath(app));
    expect(page.headers.get('strict-transport-security')).toBe('max-age=31536000');
    const seen = await browser.logIn(page, 'ada', PASSWORD);
    expect(seen.headers.getSetCookie().join()).toMatch(
      /^__Host-latchkey-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure/,
    );
    expect([...browser.jar.keys()].sort()).toEqual(['__Host-latchkey-browser', '__Host-latchkey-session']);
  });

  it('OpenID Connect Core §3.1.2.1: asks again for prompt=login in a live session, then goes on', async () => {
    const browser = await start();
    await browser.beginLoggedIn(authorizePath(app), 'ada', PASSWORD);
    const page = await browser.begin(authorizePath(app, { prompt: 'login' }));
    expect(page.body).toContain('id="login-submit"');
    const consent = await browser.get((await browser.logIn(page, 'ada', PASSWORD)).location);
    expect(consent.body).toContain('id="consent-approve"');
  });
});

describe('P6, failed logins are throttled', () => {
  it('answers known and unknown accounts alike, with 429 and Retry-After, and does no work for them', async () => {
    const browser = await start({ limits: limitedTo(3) });
    const page = await browser.begin(authorizePath(app));
    const answers = [];
    for (const username of ['ada', 'nobody']) {
      for (let attempt = 0; attempt < 3; attempt += 1) {
        expect((await browser.logIn(page, username, 'wrong')).status).toBe(400);
      }
      const lookups = app.people.lookups;
      const seen = await browser.logIn(page, username, PASSWORD);
      expect(seen.status).toBe(429);
      expect(Number(seen.headers.get('retry-after'))).toBeGreaterThan(840);
      expect(app.people.lookups).toBe(lookups);
      answers.push(visible(seen).replaceAll(`value="${username}"`, 'value="?"'));
    }
    expect(answers[0]).toBe(answers[1]);
    expect(answers[0]).toContain('Please try again in 15 minutes.');
  });

  it('of 50 guesses at once verifies the limit and not one more, and the right password is not among them', async () => {
    const browser = await start({
      limits: limitedTo(5),
      passwordWork: { concurrency: 4, queueLength: 50, queueWaitMs: 30_000 },
    });
    const page = await browser.begin(authorizePath(app));
    const guesses = Array.from({ length: 50 }, (_, guess) => browser.logIn(page, 'ada', `guess ${guess}`));
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 400)).toHaveLength(5);
    expect(statuses.filter((status) => status !== 400).every((status) => status === 429)).toBe(true);
    expect(app.verified).toHaveLength(5);
    expect((await browser.logIn(page, 'ada', PASSWORD)).status).toBe(429);
  });

  it('lets one address log in well 200 times, whatever the limits', async () => {
    const browser = await start({ limits: limitOf(2, { failuresPerAddress: 2 }) });
    const page = await browser.begin(authorizePath(app));
    const statuses: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      const logins = Array.from({ length: 10 }, () => browser.logIn(page, 'ada', PASSWORD));
      statuses.push(...(await Promise.all(logins)).map(({ status }) => status));
    }
    expect(statuses).toEqual(Array.from({ length: 200 }, () => 303));
  });

  it('answers 503 with Retry-After when too many passwords wait, and counts nothing', async () => {
    const browser = await start({
      limits: MANY,
      passwordWork: { concurrency: 1, queueLength: 1, queueWaitMs: 120_000 },
    });
    const page = await browser.begin(authorizePath(app));
    // The first is at work until all have been refused who find neither a place at work nor one in the queue.
    let letGo: () => void = () => undefined;
    const work = new Promise<void>((resolve) => (letGo = resolve));
    app.race.next = () => work;
    const refused: Seen[] = [];
    const seen = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const answer = await browser.logIn(page, 'ada', PASSWORD);
        if (answer.status === 503) refused.push(answer);
        if (refused.length === 18) letGo();
        return answer;
      }),
    );
    expect(refused.every(({ headers }) => Number(headers.get('retry-after')) > 0)).toBe(true);
    expect(refused[0]?.body).toContain('One moment, please');
    expect(tally(seen.map(({ status }) => String(status)))).toEqual({ 303: 2, 503: 18 });
  });
});
