import type { ServerResponse } from 'node:http';
import { digestOf } from '@latchkey/protocol';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@latchkey/tokens/testing';
import { decodeJwt, type JWTPayload, jwtVerify } from 'jose';
import { pino } from 'pino';
import { formOf, Outside, textOf } from '../http/test/outside.js';
import { ISSUER, type ProtocolApp, startProtocolApp, type TestClient } from '../http/test/protocol-app.js';
import { wronglySigned } from '../http/test/wrongly-signed.js';
import { Outbound } from '../outbound/outbound.js';
import { AUDIT_EVENTS } from '../persistence/postgres/testing/audit-columns.js';
import { LogoutDeliveryJob } from '../jobs/logout-delivery-job.js';
import { fifty } from '../persistence/postgres/testing/open-test-database.js';
import { PostgresClientStore } from '../persistence/postgres/client-store.js';
import { PostgresLogoutDeliveries } from '../persistence/postgres/logout-deliveries.js';
import { PostgresPersonEndings } from '../persistence/postgres/person-endings.js';
import { Revoking } from '../persistence/postgres/revoking.js';
import { PostgresSessionRecords } from '../persistence/postgres/session-records.js';
import { againInSeconds } from './backoff.js';
import { BackchannelLogout, type BackchannelParts } from './backchannel-logout.js';
import { type Receiver, silence, startReceiver, status } from './test/receiver.js';

const AFTER = 'https://client.example/after';
const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} };

let app: ProtocolApp;
let receiver: Receiver;
let client: TestClient;
let outside: Outside;
/**
 * As the process that is at work has it; a restart makes another. Patient, unless it is said: who is told is asked here, and not
 * how soon.
 */
const instance = (over: Partial<BackchannelParts> = {}): BackchannelLogout =>
  new BackchannelLogout({
    deliveries: new PostgresLogoutDeliveries(app.database),
    clients: new PostgresClientStore(app.database),
    tokens: app.logoutTokens,
    door: new Outbound({ allow: '127.0.0.1' }),
    log: pino({ level: 'silent' }),
    ...{ patienceMs: 60_000, timeoutMs: 60_000 },
    ...over,
  });

beforeAll(async () => {
  app = await startProtocolApp();
});
beforeEach(async () => {
  receiver = await startReceiver();
  client = await aClientToldAt(receiver.url);
  outside = new Outside(app);
  app.backchannel = instance();
});
afterEach(async () => {
  await app.sql('DELETE FROM auth.logout_deliveries');
  await receiver.close();
});
afterAll(() => app.close());

const aClientToldAt = (backchannelLogoutUri: string, over: object = {}): Promise<TestClient> =>
  app.addClient({ postLogoutRedirectUris: [AFTER], backchannelLogoutUri, ...over });
const idToken = async (of = client, words = {}): Promise<string> =>
  textOf(await outside.logIn(of, { scope: 'openid', ...words }), 'id_token');
const logOut = (hint: string) =>
  outside.browser.get(`/logout?${formOf({ id_token_hint: hint, post_logout_redirect_uri: AFTER }).toString()}`);
const owed = () => app.sql('SELECT sid, client_id, tries FROM auth.logout_deliveries ORDER BY created_at, id');
const makeDue = (which = 'true') =>
  app.sql(`UPDATE auth.logout_deliveries SET next_try_at = clock_timestamp() - interval '1 second' WHERE ${which}`);
const claimsOf = (token: string): JWTPayload => decodeJwt(token);

describe('L4 OpenID Connect Back-Channel Logout 1.0 §2.4 the logout token', () => {
  it.each(['RS256', 'ES256', 'PS256', 'EdDSA'] as const)(
    'is signed as the ID tokens are, %s, and says this and nothing else',
    async (alg) => {
      const of = await aClientToldAt(receiver.url, { idTokenSignedResponseAlg: alg });
      const token = await idToken(of, { nonce: 'a nonce' });
      const hint = claimsOf(token);
      await logOut(token);
      expect(receiver.told).toHaveLength(1);
      const told = receiver.told[0]?.token ?? '';
      const { header, claims } = await outside.verified(told, of.clientId);
      expect(header).toEqual({ alg, typ: 'logout+jwt', kid: expect.any(String) });
      const { iat = 0, exp = 0, jti, ...rest } = claims;
      expect(rest).toEqual({ iss: ISSUER, aud: of.clientId, sub: hint.sub, sid: hint['sid'], events: EVENTS });
      expect([typeof jti, exp - iat]).toEqual(['string', 120]);
      expect(Math.abs(iat - app.nowSeconds())).toBeLessThan(60);
    },
  );

  it('is under HS256 by the newest secret of the client, without a kid (OpenID Connect Core §10.1)', async () => {
    const older = await aClientToldAt(receiver.url, { idTokenSignedResponseAlg: 'HS256' });
    const { secret = '' } = await app.addSecret(older);
    await logOut(await idToken(older));
    const told = receiver.told[0]?.token ?? '';
    const expected = { issuer: ISSUER, audience: older.clientId, currentDate: new Date(app.nowSeconds() * 1000) };
    await expect(jwtVerify(told, Buffer.from(older.secret ?? '', 'utf8'), expected)).rejects.toThrow();
    const { protectedHeader } = await jwtVerify(told, Buffer.from(secret, 'utf8'), expected);
    expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'logout+jwt' });
  });

  it('follows an ID token under HS256 as a hint, and no forged one (OpenID Connect Core §10.1)', async () => {
    const of = await aClientToldAt(receiver.url, { idTokenSignedResponseAlg: 'HS256' });
    const hint = await idToken(of);
    expect((await logOut(wronglySigned(hint))).status).toBe(400);
    expect((await logOut(hint)).location).toBe(AFTER);
    const { payload, protectedHeader } = await jwtVerify(
      receiver.told[0]?.token ?? '',
      Buffer.from(of.secret ?? '', 'utf8'),
      {
        ...{ issuer: ISSUER, audience: of.clientId, algorithms: ['HS256'], typ: 'logout+jwt' },
        currentDate: new Date(app.nowSeconds() * 1000),
      },
    );
    expect([protectedHeader.alg, payload['sid']]).toEqual(['HS256', claimsOf(hint)['sid']]);
  });

  it('§8 of OpenID Connect Core: speaks of the person as this client knows them', async () => {
    const of = await aClientToldAt(receiver.url, { subjectType: 'pairwise', sectorIdentifier: 'client.example' });
    const hint = await idToken(of);
    await logOut(hint);
    expect(claimsOf(receiver.told[0]?.token ?? '').sub).toBe(claimsOf(hint).sub);
  });

  it('§2.5 is one member of a form, and has arrived before the person is sent back', async () => {
    const seen = await logOut(await idToken());
    expect([seen.status, seen.location]).toEqual([303, AFTER]);
    expect(receiver.told.map(({ method, contentType, form }) => [method, contentType, [...form.keys()]])).toEqual([
      ['POST', 'application/x-www-form-urlencoded', ['logout_token']],
    ]);
    expect(await owed()).toEqual([]);
  });

  it('goes to every client of the session and of those before it that had an ID token, and to no other', async () => {
    const [second, silent, machine] = [
      await aClientToldAt(receiver.url),
      await app.addClient(),
      await aClientToldAt(receiver.url),
    ];
    const hint = await idToken();
    await idToken(second);
    await idToken(silent);
    await outside.logIn(machine, { scope: 'notes:read' });
    // The same person again, in the same browser.
    const last = await idToken(second, { prompt: 'login' });
    await new Outside(app).logIn(second, { scope: 'openid' });
    await logOut(last);
    const told = receiver.told.map(({ token }) => [claimsOf(token).aud, claimsOf(token)['sid']]);
    const sids = [claimsOf(hint)['sid'], claimsOf(last)['sid']];
    expect(told.sort()).toEqual(
      [
        [client.clientId, sids[0]],
        [second.clientId, sids[0]],
        [second.clientId, sids[1]],
      ].sort(),
    );
  });
});

describe('V4 whatever ends a session, its applications are owed to be told in that transaction', () => {
  const person = async (): Promise<string> => String((await app.sql('SELECT sub FROM auth.users'))[0]?.['sub']);
  const order = { actor: 'operator', address: '192.0.2.1', receipt: false };
  const revoking = () => new Revoking(app.database, () => undefined);

  it('an operator ends it', async () => {
    const sid = String(claimsOf(await idToken())['sid']);
    await new PostgresSessionRecords(revoking()).end(sid, { ...order, decide: () => undefined });
    expect(await owed()).toEqual([{ sid, client_id: client.clientId, tries: 0 }]);
  });

  it('an operator revokes, disables or sets another password for the person: once each, and only what lived', async () => {
    const people = new PostgresPersonEndings(revoking());
    const first = String(claimsOf(await idToken())['sid']);
    await people.resetPassword(
      await person(),
      String((await app.sql('SELECT password_hash FROM auth.users'))[0]?.['password_hash']),
      order,
      () => undefined,
    );
    expect((await owed()).filter(({ sid }) => sid === first)).toHaveLength(1);
    outside = new Outside(app);
    const second = String(claimsOf(await idToken())['sid']);
    await app.sql('DELETE FROM auth.logout_deliveries');
    await people.disable(await person(), order, () => undefined);
    expect((await owed()).map(({ sid }) => sid)).toEqual([second]);
    await app.sql('UPDATE auth.users SET enabled = true');
  });

  it('another person logs in', async () => {
    const sid = String(claimsOf(await idToken())['sid']);
    await app.addPerson('grace', 'another password');
    const page = await outside.browser.get(
      (
        await outside.browser.get(
          `/authorize?${formOf({ client_id: client.clientId, redirect_uri: 'https://client.example/cb', response_type: 'code', scope: 'openid', prompt: 'login', code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' }).toString()}`,
        )
      ).location,
    );
    await outside.browser.logIn(page, 'grace', 'another password');
    expect(await owed()).toEqual([{ sid, client_id: client.clientId, tries: 0 }]);
  });

  it('is not owed what was rolled back', async () => {
    const hint = await idToken();
    await app.sql('ALTER TABLE auth.logout_deliveries RENAME TO away');
    const seen = await logOut(hint).finally(() => app.sql('ALTER TABLE auth.away RENAME TO logout_deliveries'));
    expect(seen.status).toBeGreaterThanOrEqual(500);
    expect(
      await app.sql('SELECT 1 FROM auth.login_sessions WHERE sid = $1 AND ended_at IS NULL', [claimsOf(hint)['sid']]),
    ).toHaveLength(1);
  });

  it('whoever redeems a code at that very moment is waited for, and told', async () => {
    const waiting = async (): Promise<number> =>
      (await app.sql(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`))
        .length;
    // What was allowed before stands, so that the redemption can be held in the middle of its statement.
    await idToken();
    const authorized = await outside.authorize(client, { scope: 'openid', prompt: 'consent' });
    const cookie = digestOf(outside.browser.jar.get('latchkey-session') ?? '');
    const sid = String(
      (await app.sql('SELECT sid FROM auth.login_sessions WHERE cookie_digest = $1', [cookie]))[0]?.['sid'],
    );
    await app.sql('DELETE FROM auth.grants WHERE sid = $1', [sid]);
    const records = new PostgresSessionRecords(revoking());
    let hasEnded = false;
    const [redeemed, ended] = await app.database.transaction(async (statements) => {
      await statements.run('SELECT FROM auth.consents WHERE client_id = $1 FOR UPDATE', [client.clientId]);
      const redeeming = outside.redeem(client, authorized);
      await until(async () => (await waiting()) === 1, 'the redemption is held');
      const ending = records.end(sid, { ...order, decide: () => undefined }).then((end) => {
        hasEnded = true;
        return end;
      });
      await until(async () => hasEnded || (await waiting()) === 2, 'the end waits for it');
      return [redeeming, ending] as const;
    });
    expect([(await redeemed).status, (await ended).outcome]).toEqual([200, 'ended']);
    expect(await owed()).toEqual([{ sid, client_id: client.clientId, tries: 0 }]);
  });

  it('50 log-outs at once: the application is told once', async () => {
    const hint = await idToken();
    await fifty(() => logOut(hint));
    expect(receiver.told).toHaveLength(1);
  });
});

describe('§2.8 an application that does not listen', () => {
  it.each([
    ['an error', status(500)],
    ['a redirect, which is not followed', status(302, { location: 'http://127.0.0.1:1/' })],
    ['a limit', status(429)],
  ])(
    '%s twice: the person goes on, and the third time is a token of its own, by another process',
    async (_what, answer) => {
      receiver.answers = [answer, answer, status(204)];
      expect((await logOut(await idToken())).location).toBe(AFTER);
      expect(await owed()).toMatchObject([{ tries: 1 }]);
      await instance().deliverDue();
      // Not before its time.
      expect(receiver.told).toHaveLength(1);
      await makeDue();
      await instance().deliverDue();
      expect(await owed()).toMatchObject([{ tries: 2 }]);
      await makeDue();
      await instance().deliverDue();
      expect(await owed()).toEqual([]);
      const tokens = receiver.told.map(({ token }) => claimsOf(token));
      expect(new Set(tokens.map(({ jti }) => jti)).size).toBe(3);
      expect(new Set(tokens.map((claims) => claims['sid'])).size).toBe(1);
    },
  );

  it.each([['400', status(400), 'refused_by_client']])(
    '%s is its last word: given up, and in the trail',
    async (_what, answer, reason) => {
      receiver.answers = [answer];
      const hint = await idToken();
      await logOut(hint);
      expect(await owed()).toEqual([]);
      expect(await undelivered()).toEqual([{ reason, sid: claimsOf(hint)['sid'], tries: 1 }]);
    },
  );

  const undelivered = async () =>
    (
      await app.sql(`SELECT detail FROM ${AUDIT_EVENTS} WHERE kind = 'logout.undelivered' AND target = $1`, [
        client.clientId,
      ])
    ).map(({ detail }) => detail);

  it('is given up after a day, and when its address is taken away', async () => {
    receiver.answers = [status(503)];
    await logOut(await idToken());
    await app.sql(`UPDATE auth.logout_deliveries SET created_at = now() - interval '24 hours'`);
    await makeDue();
    await instance().deliverDue();
    expect([await owed(), await undelivered()]).toMatchObject([[], [{ reason: 'status_503', tries: 2 }]]);
    outside = new Outside(app);
    await logOut(await idToken());
    await app.sql('UPDATE auth.clients SET backchannel_logout_uri = NULL WHERE client_id = $1', [client.clientId]);
    await makeDue();
    await instance().deliverDue();
    expect((await undelivered())[1]).toMatchObject({ reason: 'unregistered' });
    expect(receiver.told).toHaveLength(3);
  });

  it('is not gone to where this service may not go', async () => {
    app.backchannel = instance({ door: new Outbound() });
    await logOut(await idToken());
    expect(receiver.told).toHaveLength(0);
    expect(await owed()).toMatchObject([{ tries: 1 }]);
  });

  it('who says nothing does not hold the person for long', async () => {
    receiver.answers = [silence];
    app.backchannel = instance({ patienceMs: 100 });
    const seen = await logOut(await idToken());
    expect([seen.status, seen.location]).toEqual([303, AFTER]);
    await until(() => Promise.resolve(receiver.told.length === 1), 'it was asked');
    // Still under way: nobody else takes it.
    expect(await owed()).toMatchObject([{ tries: 1 }]);
    await instance().deliverDue();
    expect(receiver.told).toHaveLength(1);
  });

  it('is told by the next process when the one that had it was killed, and by one of fifty', async () => {
    receiver.answers = [silence, status(200)];
    app.backchannel = instance({ patienceMs: 100 });
    await logOut(await idToken());
    await until(() => Promise.resolve(receiver.told.length === 1), 'it was asked');
    // Its lease is over.
    await makeDue();
    await fifty(() => instance().deliverDue());
    expect(receiver.told).toHaveLength(2);
    expect(await owed()).toEqual([]);
  });

  it('keeps no other from being told', async () => {
    const deaf = await startReceiver();
    deaf.answers = [silence];
    const other = await aClientToldAt(deaf.url);
    const sids: string[] = [];
    for (let n = 0; n < 6; n++) {
      outside = new Outside(app);
      sids.push(String(claimsOf(await idToken(other))['sid']));
      await new PostgresSessionRecords(new Revoking(app.database, () => undefined)).end(sids[n] ?? '', {
        ...{ actor: 'operator', address: '192.0.2.1', receipt: false, decide: () => undefined },
      });
    }
    await makeDue();
    const working = instance().deliverDue();
    await until(() => Promise.resolve(deaf.told.length === 4), 'it is asked');
    // What is due already, more of one client than go at once, and what is due only now.
    for (let n = 0; n < 6; n++) {
      outside = new Outside(app);
      await new PostgresSessionRecords(new Revoking(app.database, () => undefined)).end(
        String(claimsOf(await idToken())['sid']),
        { actor: 'operator', address: '192.0.2.1', receipt: false, decide: () => undefined },
      );
    }
    await makeDue('tries = 0');
    await until(() => Promise.resolve(receiver.told.length === 6), 'the other is told of each');
    expect(deaf.told.length).toBeLessThanOrEqual(4);
    await deaf.close();
    await working;
  });

  it('does not hold up a service that stops', async () => {
    for (let n = 0; n < 6; n++) {
      outside = new Outside(app);
      await new PostgresSessionRecords(new Revoking(app.database, () => undefined)).end(
        String(claimsOf(await idToken())['sid']),
        { actor: 'operator', address: '192.0.2.1', receipt: false, decide: () => undefined },
      );
    }
    await makeDue();
    const unanswered: ServerResponse[] = [];
    receiver.answers = [(response) => void unanswered.push(response)];
    const job = new LogoutDeliveryJob({ backchannel: instance() });
    job.start();
    await until(() => Promise.resolve(unanswered.length === 4), 'it is asked');
    const stopped = job.stop();
    receiver.answers = [status(503)];
    for (const response of unanswered) status(503)(response);
    await stopped;
    expect([receiver.told.length, (await owed()).length]).toEqual([4, 6]);
  });
});

describe('the pauses between tries', () => {
  it('double from ten seconds to two hours, scattered, and end with the day', () => {
    expect([1, 2, 3, 10, 11, 40].map((tries) => againInSeconds(tries, 0, 0.5))).toEqual([10, 20, 40, 5120, 7200, 7200]);
    expect([againInSeconds(1, 0, 0), againInSeconds(1, 0, 1)]).toEqual([7.5, 12.5]);
    expect(againInSeconds(20, 86_000, 0.5)).toBeUndefined();
    let [age, tries] = [0, 0];
    for (let next: number | undefined = 0; next !== undefined; next = againInSeconds(tries, age, 0.5)) {
      age += next;
      tries += 1;
    }
    expect(age).toBeGreaterThan(20 * 3600);
    expect(tries).toBeLessThan(30);
  });
});
