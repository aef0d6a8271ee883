import { RESTORED } from './restored.js';
import { endClient, openTestDatabase, type OpenTestDatabase, settle } from './testing/open-test-database.js';

let test: OpenTestDatabase;
beforeAll(async () => {
  test = await openTestDatabase(2);
});
afterAll(() => test.close());

const generationsOf = async (clientId: string, sub: string): Promise<readonly number[]> => {
  const { rows } = await test.database.run<{ generation: number }>(
    `SELECT generation FROM auth.clients WHERE client_id = $1
     UNION ALL SELECT generation FROM auth.users WHERE sub = $2::uuid
     UNION ALL SELECT generation FROM auth.issuer_state`,
    [clientId, sub],
  );
  return rows.map(({ generation }) => generation);
};

describe('A12 a database that was restored', () => {
  it('V7 counts on beyond what guards that go on may have heard of its people, its clients and the issuer after the dump', async () => {
    const { client, sub } = await settle(test.database);
    const dumped = await generationsOf(client.clientId, sub);
    await endClient(test.revoking, client.clientId, { actor: 'spec', receipt: false }, 'disabled');
    await test.database.run('UPDATE auth.users SET generation = generation + 5 WHERE sub = $1', [sub]);
    await test.database.run('UPDATE auth.issuer_state SET generation = generation + 5');
    const heard = await generationsOf(client.clientId, sub);
    for (const [index, generation] of heard.entries()) expect(generation).toBeGreaterThan(dumped[index] ?? Infinity);

    // The dump knows nothing of it.
    await test.database.run('UPDATE auth.clients SET generation = $1 WHERE client_id = $2', [
      dumped[0],
      client.clientId,
    ]);
    await test.database.run('UPDATE auth.users SET generation = $1 WHERE sub = $2', [dumped[1], sub]);
    await test.database.run('UPDATE auth.issuer_state SET generation = $1', [dumped[2]]);
    await test.database.transaction(async (statements) => {
      for (const statement of RESTORED) await statements.run(statement);
    });
    const restored = await generationsOf(client.clientId, sub);
    for (const [index, generation] of restored.entries()) expect(generation).toBeGreaterThan(heard[index] ?? Infinity);
  });
});
