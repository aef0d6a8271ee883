import { randomBytes } from 'node:crypto';
import type { StoredKey } from '@latchkey/tokens/issuing';
import { PostgresKeyStore } from './key-store.js';
import { startKeyProcesses, type KeyProcesses } from './testing/key-processes.js';
import { openTestDatabase, tally, type OpenTestDatabase } from './testing/open-test-database.js';

const PROCESSES = 10;
const RINGS = ['ES256', 'EdDSA', 'refresh'];

let test: OpenTestDatabase;
let store: PostgresKeyStore;
let processes: KeyProcesses;
beforeAll(async () => {
  test = await openTestDatabase(2);
  store = new PostgresKeyStore(test.revoking);
  processes = await startKeyProcesses(PROCESSES, test.url, randomBytes(32));
});
afterAll(async () => {
  await processes.close();
  await test.close();
});

const keys = async (): Promise<readonly StoredKey[]> => (await store.load()).keys;
/** How many keys are in each state, of each ring. */
const states = async (): Promise<Record<string, number>> =>
  tally((await keys()).map(({ ring, state }) => `${ring.algorithm} ${state}`));
const ofEach = (...expected: readonly string[]): Record<string, number> =>
  Object.fromEntries(RINGS.flatMap((ring) => expected.map((state) => [`${ring} ${state}`, 1])));
const events = async (): Promise<Record<string, number>> => {
  const { rows } = await test.database.run<{ readonly kind: string }>('SELECT kind FROM auth.audit_events');
  await test.database.run('TRUNCATE auth.audit_events');
  return tally(rows.map(({ kind }) => kind));
};

/** Each ring has its first key, which has signed for as long as it may. */
const begin = async (): Promise<void> => {
  await processes.all({ do: 'run' });
  await test.database.run(`UPDATE auth.keys SET active_at = active_at - interval '31 days'`);
  await events();
};
beforeEach(async () => {
  await test.database.run('TRUNCATE auth.keys, auth.revocations, auth.audit_events');
});

describe('K3 ten processes at the same instant', () => {
  it('make one first key of each ring', async () => {
    const { revision } = await store.load();
    await processes.all({ do: 'run' });
    expect(await states()).toEqual(ofEach('active'));
    expect((await store.load()).revision).toBeGreaterThan(revision);
    expect(await events()).toEqual({ 'key.activated': RINGS.length });
  });

  it('announce one successor of each ring when it is due, all by themselves', async () => {
    await begin();
    await processes.all({ do: 'run' });
    expect(await states()).toEqual(ofEach('active', 'announced'));
    expect(await events()).toEqual({ 'key.announced': RINGS.length });
  });

  it('let one sign and one retire of each ring when its span is over', async () => {
    await begin();
    await processes.all({ do: 'run' });
    await events();
    await test.database.run(
      `UPDATE auth.keys SET announced_at = announced_at - interval '1 hour', active_from = active_from - interval '1 hour'
       WHERE state = 'announced'`,
    );
    await processes.all({ do: 'run' });
    expect(await states()).toEqual(ofEach('active', 'retired'));
    expect(await events()).toEqual({ 'key.activated': RINGS.length, 'key.retired': RINGS.length });
  });

  it('rotate by an operator who asks all of them: one new key of each ring, and all name the same', async () => {
    await begin();
    const { revision } = await store.load();
    const answers = await processes.all({ do: 'rotate' });
    const announced = (await keys()).filter(({ state }) => state === 'announced').map(({ kid }) => kid);
    expect(announced).toHaveLength(RINGS.length);
    for (const answer of answers) expect([...answer].sort()).toEqual([...announced].sort());
    expect(await states()).toEqual(ofEach('active', 'announced'));
    expect((await store.load()).revision).toBeGreaterThan(revision);
    expect(await events()).toEqual({ 'key.announced': RINGS.length });
  });

  it('K7 kill a key 50 times: one revocation, one audit event, one successor', async () => {
    await begin();
    const victim = (await keys()).find(({ ring }) => ring.algorithm === 'ES256');
    const answers = await processes.all({ do: 'kill', kid: victim?.kid ?? '', times: 5 });
    expect(tally(answers.flat())).toEqual({ killed: 1, before: 49 });
    const { rows } = await test.database.run('SELECT kind, value FROM auth.revocations');
    expect(rows).toEqual([{ kind: 'key', value: victim?.kid }]);
    expect(await states()).toEqual({ ...ofEach('active'), 'ES256 dropped': 1 });
    expect(await events()).toEqual({ 'key.killed': 1, 'key.activated': 1 });
  });
});
