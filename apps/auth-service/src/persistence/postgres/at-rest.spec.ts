import { randomBytes, randomUUID } from 'node:crypto';
import { digestOf, randomSecret } from '@latchkey/protocol';
import { writeRefreshToken } from '@latchkey/protocol/testing';
import { KeyEncryption, KeyRing, KeyRotation, openKey, type KeyAct, type StoredKey } from '@latchkey/tokens/issuing';
import { fakeClock } from '@latchkey/tokens/testing';
import { pino } from 'pino';
import { hashPassword } from '../../interaction/passwords.js';
import { openPairwiseSubjects } from '../../pairwise.js';
import { AuditSealer } from './audit-sealer.js';
import { appendAudit } from './audit-store.js';
import { PostgresGrantStore } from './grant-store.js';
import { keepAnswer } from './kept-answers.js';
import { PostgresKeyStore } from './key-store.js';
import { PostgresLoginSessionStore } from './login-session-store.js';
import { PostgresPairwiseSalt } from './pairwise-salt-store.js';
import { PostgresPersonEndings } from './person-endings.js';
import { PostgresSessionEndings } from './session-endings.js';
import { dumpOf, originalsIn, secretsIn, type Secret } from './testing/database-dump.js';
import {
  addClient,
  addPerson,
  aRedemption,
  openTestDatabase,
  type OpenTestDatabase,
} from './testing/open-test-database.js';

const NOTES = 'https://notes.example';
const MAIL = 'https://mail.example';
const ACT: KeyAct = { actor: 'an-operator', receipt: false };

const keyEncryptionKey = randomBytes(32);
const encryption = new KeyEncryption(keyEncryptionKey);
const secrets: Secret[] = [{ name: 'KEY_ENCRYPTION_KEY', value: keyEncryptionKey }];
const said = (name: string, value: string | Buffer): void => void secrets.push({ name, value });

let test: OpenTestDatabase;
let dump: string;
/** What must be seen in the dump, or nothing was looked at. */
let visible: readonly string[];

/** Whatever is private in it. */
const privateParts = (key: StoredKey): readonly Secret[] => {
  const opened = openKey(key, encryption);
  if (opened.type === 'secret') return [{ name: key.ring.algorithm, value: opened.export() }];
  const { d, p, q } = opened.export({ format: 'jwk' });
  return [d, p, q].flatMap((part) =>
    part === undefined ? [] : [{ name: key.ring.algorithm, value: Buffer.from(part, 'base64url') }],
  );
};

/** A life of every kind of key, with the secrets of each while it had one. */
const liveWithKeys = async (store: PostgresKeyStore): Promise<KeyRing> => {
  const rings = (['ES256', 'RS256', 'PS256', 'EdDSA', 'refresh'] as const).map((algorithm) => ({ algorithm }));
  const rotation = new KeyRotation({ store, encryption, spans: { announceMs: 1, useMs: 3_600_000, keepMs: 1 }, rings });
  await rotation.run();
  for (const audience of [NOTES, NOTES, MAIL]) {
    const added = await rotation.addSecret(audience, ACT);
    if (added !== 'full') said('HS256', added.secret);
  }
  const remember = async (): Promise<readonly StoredKey[]> => {
    const { keys } = await rotation.list();
    for (const key of keys) if (key.sealedKey !== undefined) secrets.push(...privateParts(key));
    return keys;
  };
  const [first] = (await remember()).filter(({ ring }) => ring.audience === NOTES);
  await rotation.rotate(ACT);
  await remember();
  await rotation.run();
  await rotation.removeSecret(NOTES, first?.kid ?? '', ACT);
  for (const { kid, state, ring } of await remember()) {
    if (state === 'active' && (ring.algorithm === 'ES256' || ring.algorithm === 'refresh'))
      await rotation.kill(kid, ACT);
  }
  await remember();
  return KeyRing.open({ store, encryption, rotation, clock: fakeClock() });
};

beforeAll(async () => {
  test = await openTestDatabase(4);
  const { database } = test;
  const ring = await liveWithKeys(new PostgresKeyStore(test.revoking));

  const [clientSecret, code, cookie, password] = [
    randomBytes(32).toString('hex'),
    randomSecret(),
    randomSecret(),
    'Tr0ub4dor&3',
  ];
  said('client secret', clientSecret);
  said('code', code);
  said('cookie', cookie);
  said('password', password);
  const client = await addClient(database, {
    ...{ secretDigest: digestOf(clientSecret), backchannelLogoutUri: 'https://client.example/backchannel' },
  });
  const sub = await addPerson(database);
  const people = new PostgresPersonEndings(test.revoking);
  await people.resetPassword(sub, await hashPassword(password), ACT, () => undefined);
  const sessions = new PostgresLoginSessionStore(database, () => undefined);
  const login = {
    cookieDigest: digestOf(cookie),
    sub,
    passwordVersion: 0,
    personGeneration: 1,
    amr: ['pwd'],
    lifetimeSeconds: 3600,
  };
  const sid = (await sessions.start(login))?.sid ?? '';
  const grants = new PostgresGrantStore(database, test.onRevoked);
  const generations = { iss: 0, cli: 0, sub: 1 };
  const redemption = { ...aRedemption({ client, sub, sid }, { generations }), codeDigest: digestOf(code) };
  const { grantId } = redemption.grant;
  expect(await grants.redeemCode(redemption)).toBe('redeemed');
  for (const presented of [0, 1]) {
    said('refresh token', await writeRefreshToken({ grantId, generation: presented }, ring.refreshKeys));
    const { revocationExpiresAt } = redemption;
    const rotated = await grants.rotateRefreshToken({
      grantId,
      presented,
      presentedKey: 0,
      toleranceSeconds: 10,
      revocationExpiresAt,
    });
    expect(rotated.outcome).toBe('rotated');
  }
  said('refresh token', await writeRefreshToken({ grantId, generation: 2 }, ring.refreshKeys));
  expect(await grants.redeemCode(redemption)).toBe('replayed');
  const token = { jti: randomUUID(), clientId: client.clientId, expiresAt: 4_000_000_000, receipt: false };
  await grants.revokeAccessToken(token);
  const idempotencyKey = randomUUID();
  said('Idempotency-Key', idempotencyKey);
  await database.transaction((statements) =>
    keepAnswer(statements, {
      claim: {
        ...{ clientId: client.clientId, method: 'POST', path: '/admin/v1/clients' },
        ...{ keyDigest: digestOf(idempotencyKey), bodyMac: digestOf(`a body with ${password}`) },
      },
      location: `/admin/v1/clients/${client.clientId}`,
      // An answer that held a secret.
      resource: undefined,
    }),
  );

  await openPairwiseSubjects({ store: new PostgresPairwiseSalt(database), encryption, log: pino({ level: 'silent' }) });
  const { rows: salts } = await database.run<{ sealed_salt: string }>('SELECT sealed_salt FROM auth.pairwise_salt');
  said('pairwise salt', encryption.open(salts[0]?.sealed_salt ?? '', 'pairwise salt'));

  // What the client is owed to be told stands until it was told.
  await new PostgresSessionEndings(test.revoking).logOut(digestOf(cookie), ACT);

  const macKeys = encryption.deriveEach('audit seals', 32);
  said('audit seals', macKeys[0]);
  await appendAudit(database, { actor: sub, kind: 'spec.done', target: sub, outcome: 'done', address: '192.0.2.1' });
  await new AuditSealer({ database, macKeys, onSealed: () => undefined }).round();

  dump = await dumpOf(database);
  visible = [client.clientId, digestOf(code), digestOf(clientSecret), digestOf(cookie), sid, grantId, token.jti];
});
afterAll(() => test.close());

describe('K4 a dump of the database holds nothing that can sign, log in or refresh', () => {
  it('is a dump of everything: each table has a row, each kind of key a state, and what may be seen is there', async () => {
    const { rows } = await test.database.run<{ readonly name: string }>(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'auth'`,
    );
    // Guards are written by guards, and hold nothing of ours; the APIs' own table has no secret either.
    const empty = rows.map(({ name }) => name).filter((name) => !dump.includes(`auth.${name}\n{`));
    expect(empty.sort()).toEqual(['api_scopes', 'apis', 'guards']);
    for (const each of visible) expect(dump).toContain(each);
    const { rows: states } = await test.database.run('SELECT DISTINCT state FROM auth.keys ORDER BY 1');
    expect(states).toEqual(['active', 'dropped', 'retired'].map((state) => ({ state })));
    expect(new Set(secrets.map(({ name }) => name))).toEqual(
      new Set([
        ...['KEY_ENCRYPTION_KEY', 'HS256', 'ES256', 'RS256', 'PS256', 'EdDSA', 'refresh'],
        ...['client secret', 'code', 'cookie', 'password', 'refresh token', 'Idempotency-Key', 'audit seals'],
        'pairwise salt',
      ]),
    );
  });

  it('holds no secret of ours, however it is written', () => {
    expect(secretsIn(dump, secrets)).toEqual([]);
  });

  it('holds nothing whose digest it holds', () => {
    expect(originalsIn(dump)).toEqual([]);
  });

  it('holds no private member of a JWK, and no private half of a key that signs no more', async () => {
    const { rows } = await test.database.run<{ readonly member: string }>(
      'SELECT DISTINCT jsonb_object_keys(public_jwk) AS member FROM auth.keys ORDER BY 1',
    );
    expect(rows.map(({ member }) => member)).toEqual(
      expect.not.arrayContaining(['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']),
    );
    const { rows: sealed } = await test.database.run(
      `SELECT 1 FROM auth.keys WHERE sealed_key IS NOT NULL AND (state = 'dropped' OR state = 'retired' AND public_jwk IS NOT NULL)`,
    );
    expect(sealed).toEqual([]);
  });
});

describe('K4 the search goes red', () => {
  class Undone extends Error {}

  /** The dump after one more statement, which is undone. */
  const dumpWith = async (statement: string, parameter: string | Buffer): Promise<string> => {
    let after = '';
    const doing = test.database.transaction(async (statements) => {
      expect((await statements.run(statement, [parameter])).affected).toBeGreaterThan(0);
      after = await dumpOf(statements);
      throw new Undone();
    });
    await expect(doing).rejects.toBeInstanceOf(Undone);
    return after;
  };
  const secretOf = (name: string): Buffer => {
    const value = secrets.find((secret) => secret.name === name)?.value;
    if (value === undefined) throw new Error(`There is no ${name}.`);
    return Buffer.from(value);
  };
  const textOf = (name: string): string => secretOf(name).toString();

  it.each([
    ['ES256', 'hex', `UPDATE auth.keys SET sealed_key = $1 WHERE state = 'active' AND algorithm = 'ES256'`],
    ['RS256', 'base64url', `UPDATE auth.keys SET sealed_key = $1 WHERE state = 'active' AND algorithm = 'RS256'`],
    ['PS256', 'base64', `UPDATE auth.revocations SET reason = $1`],
    [
      'EdDSA',
      'base64url',
      `UPDATE auth.audit_events SET detail = jsonb_build_object('jwk', jsonb_build_object('d', $1::text))`,
    ],
    [
      'HS256',
      'base64',
      `UPDATE auth.keys SET sealed_key = 'v1.plain.' || $1 WHERE state = 'active' AND algorithm = 'HS256'`,
    ],
    ['refresh', 'hex', `UPDATE auth.keys SET sealed_key = upper($1) WHERE state = 'active' AND algorithm = 'refresh'`],
    ['KEY_ENCRYPTION_KEY', 'base64url', `UPDATE auth.audit_events SET target = $1`],
    ['audit seals', 'hex', `UPDATE auth.audit_seals SET digest = $1`],
    ['client secret', 'utf8', `UPDATE auth.clients SET client_name = 'of ' || $1`],
    ['code', 'utf8', 'UPDATE auth.grants SET nonce = $1'],
    ['cookie', 'hex', 'UPDATE auth.login_sessions SET amr = ARRAY[$1]'],
    ['password', 'utf8', 'UPDATE auth.users SET password_hash = $1'],
    ['refresh token', 'utf8', 'UPDATE auth.consents SET scope = ARRAY[$1]'],
  ] as const)('for %s in the clear, as %s: %s', async (name, form, statement) => {
    expect(secretsIn(await dumpWith(statement, secretOf(name).toString(form)), secrets)).toContain(name);
  });

  it('for a private key inside of PKCS #8, and for a secret in a column that the code does not know', async () => {
    const around = Buffer.concat([randomBytes(5), secretOf('ES256'), randomBytes(7)]);
    const encoded = await dumpWith('UPDATE auth.consents SET scope = ARRAY[$1]', around.toString('base64'));
    expect(secretsIn(encoded, secrets)).toContain('ES256');
    await test.database.run('ALTER TABLE auth.migrations ADD COLUMN extra bytea');
    const extra = await dumpWith('UPDATE auth.migrations SET extra = $1', secretOf('EdDSA'));
    expect(secretsIn(extra, secrets)).toEqual(['EdDSA']);
    await test.database.run('ALTER TABLE auth.migrations DROP COLUMN extra');
  });

  it('for whatever a digest was made of', async () => {
    const after = await dumpWith('UPDATE auth.grants SET nonce = $1', textOf('cookie'));
    expect(originalsIn(after)).toEqual([textOf('cookie')]);
  });
});
