import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { digestOf, type CodeRedemption } from '@latchkey/protocol';
import { PostgresApiChanges } from './api-changes.js';
import { PostgresConsentEndings } from './consent-endings.js';
import { type DatabaseOptions, openDatabase } from './data-source.js';
import { PostgresEmergencyBrake } from './emergency-brake.js';
import { PostgresGrantRecords } from './grant-records.js';
import { PostgresGrantStore } from './grant-store.js';
import { PostgresLoginSessionStore } from './login-session-store.js';
import { PostgresPasswordChanges } from './password-changes.js';
import { PostgresPersonEndings } from './person-endings.js';
import { PostgresRevocationRegister } from './revocation-register.js';
import { Revoking } from './revoking.js';
import { PostgresSessionEndings } from './session-endings.js';
import { PostgresSessionRecords } from './session-records.js';
import {
  aRedemption,
  endClient,
  everything,
  fifty,
  openTestDatabase,
  settle,
  tally,
  type Inhabitants,
  type OpenTestDatabase,
} from './testing/open-test-database.js';
import { PostgresUserRegistry } from './user-registry.js';

let test: OpenTestDatabase;
let service: Service;
beforeEach(async () => {
  test = await openTestDatabase();
});
afterEach(async () => {
  // Closed already where that is what ends the waiting.
  if (service.database.source.isInitialized) await service.database.close();
  await test.close();
});

const ACT = { actor: 'an-operator', reason: 'a reason', address: '192.0.2.7', receipt: false };
const ORDER = { ...ACT, decide: () => undefined };
const ANYWAY = (): void => undefined;
const API = 'https://notes.example';

/** For whoever is asked who gets what, and not how soon; how long a lock is waited for in PostgreSQL is as in production. */
const PATIENT = { connectTimeoutMs: 60_000, statementTimeoutMs: 60_000 } as const;

/** With the time limits of production, unless it is said. */
async function aService(options: Pick<DatabaseOptions, 'poolSize' | 'connectTimeoutMs' | 'statementTimeoutMs'>) {
  const database = await openDatabase({ url: test.url, ...options });
  const revoking = new Revoking(database, test.onRevoked);
  return {
    database,
    grants: new PostgresGrantStore(database, test.onRevoked),
    sessions: new PostgresLoginSessionStore(database, test.onRevoked),
    logouts: new PostgresSessionEndings(revoking),
    consents: new PostgresConsentEndings(revoking),
    people: new PostgresPersonEndings(revoking),
    passwords: new PostgresPasswordChanges(revoking),
    users: new PostgresUserRegistry(database),
    grantRecords: new PostgresGrantRecords(revoking),
    sessionRecords: new PostgresSessionRecords(revoking),
    register: new PostgresRevocationRegister(revoking),
    apis: new PostgresApiChanges(revoking),
    brake: new PostgresEmergencyBrake(revoking),
    revoking,
  };
}
type Service = Awaited<ReturnType<typeof aService>>;

/** Somebody with a grant, a session whose cookie is known, and what they allowed. */
interface Somebody extends Inhabitants {
  readonly cookieDigest: string;
  readonly redemption: CodeRedemption;
  readonly username: string;
}

async function somebody(): Promise<Somebody> {
  const who = await settle(test.database);
  const redemption = aRedemption(who);
  expect(await new PostgresGrantStore(test.database, () => undefined).redeemCode(redemption)).toBe('redeemed');
  const { rows } = await test.database.run<{ readonly cookie: string; readonly username: string }>(
    `SELECT cookie_digest AS cookie, username FROM auth.login_sessions JOIN auth.users USING (sub) WHERE sid = $1`,
    [who.sid],
  );
  return { ...who, redemption, cookieDigest: rows[0]?.cookie ?? '', username: rows[0]?.username ?? '' };
}

const revoke = (
  { grants }: Service,
  { redemption: { grant, revocationExpiresAt } }: Somebody,
): ReturnType<PostgresGrantStore['revokeGrant']> =>
  grants.revokeGrant({ ...grant, revocationExpiresAt, cause: 'revoked_by_client', receipt: false });

const ofPerson = ({ sub }: Somebody) => `SELECT FROM auth.users WHERE sub = '${sub}' FOR UPDATE`;
const ofGrant = ({ redemption }: Somebody) =>
  `SELECT FROM auth.grants WHERE grant_id = '${redemption.grant.grantId}' FOR UPDATE`;
const ofSession = ({ sid }: Somebody) => `SELECT FROM auth.login_sessions WHERE sid = '${sid}' FOR UPDATE`;

interface Waiting {
  /** SQL of whoever holds it. */
  readonly held: (who: Somebody) => string;
  readonly ask: (service: Service, who: Somebody) => Promise<unknown>;
  /** Of 50 at once, how many hear what; the first is for who asks alone. */
  readonly answers: Readonly<Record<string, number>>;
}

const WAITING: Readonly<Record<string, Readonly<Record<string, Waiting>>>> = {
  'a grant, and the consent to one': {
    'RFC 7009 §2.1 a client revokes its grant': {
      held: ofGrant,
      ask: async (own, who) => (await revoke(own, who)).outcome,
      answers: { revoked: 1, unknown: 49 },
    },
    'RFC 6749 §4.1.2 a code is replayed': {
      held: ofGrant,
      ask: ({ grants }, { redemption }) => grants.redeemCode(redemption),
      answers: { replayed: 50 },
    },
    'RFC 6749 §4.1.2 a code is replayed after its context is gone': {
      held: ofGrant,
      ask: ({ grants }, { redemption: { codeDigest, revocationExpiresAt } }) =>
        grants.replayExpiredCode(codeDigest, revocationExpiresAt),
      answers: { replayed: 50 },
    },
    'an operator ends a grant': {
      held: ofGrant,
      ask: async ({ grantRecords }, { redemption }) =>
        (await grantRecords.end(redemption.grant.grantId, ORDER)).outcome,
      answers: { ended: 1, before: 49 },
    },
    'RFC 6749 §4.1.3 a code is redeemed whose person was asked': {
      held: ({ sub }) => `SELECT FROM auth.consents WHERE sub = '${sub}' FOR UPDATE`,
      ask: ({ grants }, who) => grants.redeemCode(aRedemption(who)),
      answers: { redeemed: 50 },
    },
  },
  'a session': {
    'OpenID Connect RP-Initiated Logout 1.0 §2 a person logs out': {
      held: ofSession,
      ask: async ({ logouts }, who) => (await logouts.logOut(who.cookieDigest, ACT)).outcome,
      answers: { ended: 1, before: 49 },
    },
    'a person logs out everywhere': {
      held: ofSession,
      ask: async ({ logouts }, who) => (await logouts.logOutEverywhere(who, ACT)).outcome,
      answers: { ended: 1, unknown: 49 },
    },
    'a person ends another session': {
      held: ofSession,
      ask: async ({ logouts }, who) => (await logouts.endOwn(who, ACT)).outcome,
      answers: { ended: 1, before: 49 },
    },
    'an operator ends a session': {
      held: ofSession,
      ask: async ({ sessionRecords }, { sid }) => (await sessionRecords.end(sid, ORDER)).outcome,
      answers: { ended: 1, before: 49 },
    },
  },
  'a person': {
    'a person logs in': {
      held: ofPerson,
      ask: async ({ sessions }, { sub }) =>
        (
          await sessions.start({
            ...{ cookieDigest: digestOf(randomUUID()), sub, amr: ['pwd'], lifetimeSeconds: 600 },
            ...{ passwordVersion: 0, personGeneration: 0 },
          })
        )?.sub !== undefined,
      answers: { true: 50 },
    },
    'a person changes the password': {
      held: ofPerson,
      ask: ({ passwords }, { sub, sid, cookieDigest }) =>
        passwords.change({
          person: { sub, passwordVersion: 0, generation: 0 },
          session: { sid, cookieDigest },
          ...{ passwordHash: 'another', cookieDigest: digestOf(randomUUID()), address: '192.0.2.7' },
        }),
      answers: { changed: 1, changed_meanwhile: 49 },
    },
    'a consent is taken back': {
      held: ofPerson,
      ask: async ({ consents }, { sub, client: { clientId } }) =>
        (await consents.withdraw({ sub, clientId }, ACT, ANYWAY)).outcome,
      answers: { ended: 1, unknown: 49 },
    },
    'a person is disabled': {
      held: ofPerson,
      ask: async ({ people }, { sub }) => (await people.disable(sub, ACT, ANYWAY)).outcome,
      answers: { ended: 1, before: 49 },
    },
    'a person is deleted': {
      held: ofPerson,
      ask: async ({ people }, { sub }) => (await people.delete(sub, ACT, ANYWAY)).outcome,
      answers: { ended: 1, unknown: 49 },
    },
    'an operator revokes a person': {
      held: ofPerson,
      ask: async ({ register }, { sub }) => (await register.revoke({ ...ACT, kind: 'subject', value: sub })).length,
      answers: { '1': 50 },
    },
  },
  'what is registered, and the issuer': {
    'a person is given a name that somebody else is about to have': {
      held: ({ username }) =>
        `UPDATE auth.users SET normalized_username = normalized_username WHERE username = '${username}'`,
      ask: ({ users }, { username }) =>
        users.insert(
          { sub: randomUUID(), username, passwordHash: 'stand-in', claims: {} },
          { ...{ actor: 'spec', kind: 'user.created', target: 'spec', outcome: 'done' } },
        ),
      answers: { taken: 50 },
    },
    'a client is disabled': {
      held: ({ client }) => `SELECT FROM auth.clients WHERE client_id = '${client.clientId}' FOR UPDATE`,
      ask: async ({ revoking }, { client }) => (await endClient(revoking, client.clientId, ACT, 'disabled')).outcome,
      answers: { ended: 1, before: 49 },
    },
    'an API is removed': {
      held: () => `SELECT FROM auth.apis FOR UPDATE`,
      ask: async ({ apis }) => {
        const gone = await apis.remove(API, ACT, ANYWAY);
        return gone === 'unknown' ? gone : gone.api.identifier;
      },
      answers: { [API]: 1, unknown: 49 },
    },
    'an operator pulls the emergency brake': {
      held: () => 'SELECT FROM auth.issuer_state FOR UPDATE',
      ask: async ({ brake }) => (await brake.pull(ACT)).outcome,
      answers: { ended: 50 },
    },
  },
};

/** One for each who waits, and 20 who have nothing to do with them. */
async function inhabitants(those: readonly Waiting[]) {
  await test.database.run(
    `INSERT INTO auth.apis (identifier, name, access_token_signing_alg) VALUES ($1, 'Notes', 'ES256')`,
    [API],
  );
  const each = await Promise.all(those.map(async (waiting) => ({ ...waiting, who: await somebody() })));
  return { each, others: await Promise.all(Array.from({ length: 20 }, somebody)) };
}

/** Somebody else's transaction, which does nothing in the end. */
async function whileHeld(
  each: readonly (Waiting & { readonly who: Somebody })[],
  work: () => Promise<void>,
): Promise<void> {
  const letGo = new Error('let go');
  const holding = test.database.transaction(async (statements) => {
    await statements.run('SET LOCAL idle_in_transaction_session_timeout = 0');
    for (const { held, who } of each) await statements.run(held(who));
    await work();
    throw letGo;
  });
  await expect(holding).rejects.toBe(letGo);
}

describe('DESIGN §3 what somebody else holds', () => {
  const askAll = (each: readonly (Waiting & { readonly who: Somebody })[], of: Service): Promise<unknown>[] => {
    const most = Math.ceil(64 / each.length);
    return each.flatMap(({ ask, who }) => Array.from({ length: most }, () => ask(of, who)));
  };

  it.each(Object.entries(WAITING))(
    'keeps nobody waiting but those who need it, 64 at once: %s',
    async (_what, those) => {
      service = await aService({ poolSize: 4, ...PATIENT });
      const { each, others } = await inhabitants(Object.values(those));
      await whileHeld(each, async () => {
        const waiting = askAll(each, service);
        let told = false;
        const tell = (): void => void (told = true);
        void Promise.race(waiting).then(tell, tell);
        await pause(100);
        const codes = others.map((other) => service.grants.redeemCode(aRedemption(other)));
        expect(tally(await Promise.all(codes))).toEqual({ redeemed: 20 });
        const revoked = await Promise.all(others.map((other) => revoke(service, other)));
        expect(tally(revoked.map(({ outcome }) => outcome))).toEqual({ revoked: 20 });
        expect(told).toBe(false);
        await service.database.close();
        await Promise.allSettled(waiting);
      });
    },
  );

  it.each(Object.entries(WAITING))(
    'is not to be had in time by those who need it, and nothing becomes of that, 64 at once: %s',
    async (_what, those) => {
      service = await aService({ poolSize: 4 });
      const { each } = await inhabitants(Object.values(those));
      await whileHeld(each, async () => {
        const before = await everything(test.database);
        for (const answer of await Promise.allSettled(askAll(each, service))) {
          expect(answer).toMatchObject({ status: 'rejected', reason: { name: 'Unavailable' } });
        }
        expect(await everything(test.database)).toEqual(before);
      });
      await service.database.close();
      service = await aService({ poolSize: 4, ...PATIENT });
      for (const { ask, who, answers } of each) {
        expect(String(await ask(service, who))).toBe(Object.keys(answers)[0]);
      }
    },
  );

  it.each(Object.entries(WAITING))(
    'is had by whoever is first when it is let go, 50 at once for each: %s',
    async (_what, those) => {
      service = await aService({ poolSize: 10, ...PATIENT });
      const { each } = await inhabitants(Object.values(those));
      test.revoked.length = 0;
      let asked: Promise<readonly (readonly unknown[])[]> | undefined;
      await whileHeld(each, async () => {
        asked = Promise.all(each.map(({ ask, who }) => fifty(() => ask(service, who))));
        await pause(200);
        expect(test.revoked).toEqual([]);
      });
      const heard = (await asked) ?? [];
      expect(heard.map((answers) => tally(answers.map(String)))).toEqual(each.map(({ answers }) => answers));
      const { rows } = await test.database.run<{ readonly id: string }>('SELECT id FROM auth.revocations');
      expect(test.revoked.map(({ id }) => id).sort()).toEqual(rows.map(({ id }) => id).sort());
    },
  );
});
