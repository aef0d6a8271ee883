import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { digestOf } from '@latchkey/protocol';
import { until } from '@latchkey/tokens/testing';
import pg from 'pg';
import { insertClient } from './client-row.js';
import { insertFirstSecret } from './client-secrets.js';
import { openDatabase } from './data-source.js';
import type { Statements } from './database.js';
import { PostgresGrantStore } from './grant-store.js';
import { RESTORED } from './restored.js';
import { PostgresRegistryReads, REGISTRY_READS } from './registry-reads.js';
import {
  addClient,
  aNewClient,
  aNewPublicClient,
  aRedemption,
  endClient,
  fifty,
  openTestDatabase,
  type OpenTestDatabase,
  settle,
} from './testing/open-test-database.js';
import { PATIENT } from './testing/patient.js';

let test: OpenTestDatabase;
let reads: PostgresRegistryReads;
beforeAll(async () => {
  test = await openTestDatabase();
  reads = new PostgresRegistryReads(test.database, []);
});
afterAll(() => test.close());

const undone = new Error('undone');

/** Whether the revision is another one after this, in a transaction that comes to nothing. */
const raises = async (act: (statements: Statements) => Promise<unknown>): Promise<boolean> => {
  let after = 0;
  const work = test.database.transaction(async (statements) => {
    await aRowOfEach(statements);
    // What was done until here must not be what raises it.
    await statements.run('SET CONSTRAINTS ALL IMMEDIATE');
    await statements.run('SET CONSTRAINTS ALL DEFERRED');
    await statements.run(`SELECT set_config('latchkey.registry_raised_in', '', true)`);
    await statements.run('UPDATE auth.registry_revision SET revision = 5');
    await act(statements);
    await statements.run('SET CONSTRAINTS ALL IMMEDIATE');
    after = await new PostgresRegistryReads(statements, []).revision();
    throw undone;
  });
  await expect(work).rejects.toBe(undone);
  return after !== 5;
};

/** Two of what another row may point to: nothing points to the second. */
const aRowOfEach = async (statements: Statements): Promise<void> => {
  await statements.run('DELETE FROM auth.client_secrets');
  await statements.run('DELETE FROM auth.apis');
  await statements.run(
    `INSERT INTO auth.apis (identifier, name, access_token_signing_alg)
     VALUES ('https://one.example', 'One', 'ES256'), ('https://two.example', 'Two', 'ES256')`,
  );
  await statements.run(
    `INSERT INTO auth.api_scopes (name, identifier, description, position) VALUES ('one', 'https://one.example', 'Words', 0)`,
  );
  await statements.run(
    `INSERT INTO auth.client_secrets (id, client_id, place, digest)
     SELECT gen_random_uuid(), client_id, 1, $1 FROM auth.clients WHERE ctid = (SELECT min(ctid) FROM auth.clients)`,
    [digestOf('one')],
  );
};

/** Where the type alone does not say what else could stand there. */
const OTHERWISE: Readonly<Record<string, string>> = {
  'clients.client_id': `'${randomBytes(16).toString('hex')}'`,
  'clients.application_type': `CASE application_type WHEN 'web' THEN 'native' ELSE 'web' END`,
  'clients.subject_type': `CASE subject_type WHEN 'public' THEN 'pairwise' ELSE 'public' END, sector_identifier = 'a.example'`,
  'clients.enabled': 'false',
  'clients.deleted_at': 'now(), enabled = false',
  'client_secrets.client_id': `(SELECT client_id FROM auth.clients c WHERE c.client_id <> client_secrets.client_id LIMIT 1)`,
  'client_secrets.place': '2',
  'client_secrets.digest': `'${digestOf('another')}'`,
  'apis.identifier': `'https://another.example'`,
  'api_scopes.identifier': `(SELECT identifier FROM auth.apis a WHERE a.identifier <> api_scopes.identifier LIMIT 1)`,
};
const BY_TYPE: Readonly<Record<string, (column: string) => string>> = {
  text: (column) => `coalesce(${column}, '') || 'x'`,
  ARRAY: (column) => `${column} || 'x'::text`,
  jsonb: () => `'{"keys":[{}]}'`,
  integer: (column) => `coalesce(${column}, 0) + 7`,
  smallint: (column) => `${column} + 1`,
  boolean: (column) => `NOT ${column}`,
  uuid: () => 'gen_random_uuid()',
  'timestamp with time zone': () => `now() + interval '1 day'`,
};

interface SeenColumn {
  readonly table: string;
  readonly column: string;
  readonly type: string;
}

/** What a statement reads, as PostgreSQL itself has understood it. */
const columnsOf = async (statements: Statements, sql: string): Promise<readonly SeenColumn[]> => {
  await statements.run(`CREATE VIEW auth.what_is_read AS ${sql.replaceAll('$1', `'${randomUUID()}'`)}`);
  const { rows } = await statements.run<SeenColumn>(
    `SELECT DISTINCT u.table_name AS "table", u.column_name AS "column", c.data_type AS type
     FROM information_schema.view_column_usage u
     JOIN information_schema.columns c USING (table_schema, table_name, column_name)
     WHERE u.view_schema = 'auth' AND u.view_name = 'what_is_read' ORDER BY 1, 2`,
  );
  await statements.run('DROP VIEW auth.what_is_read');
  return rows;
};

describe('admin-api.md A9 the revision of what is registered', () => {
  it('is another one with a change of any column that a remembered read looks at, whichever columns those are', async () => {
    await addClient(test.database);
    await addClient(test.database);
    const seen: string[] = [];
    for (const sql of Object.values(REGISTRY_READS)) {
      const columns = await test.database.transaction((statements) => columnsOf(statements, sql));
      for (const { table, column, type } of columns.filter((each) => each.table !== 'registry_revision')) {
        const name = `${table}.${column}`;
        const value = OTHERWISE[name] ?? BY_TYPE[type]?.(column);
        if (value === undefined) throw new Error(`How does ${name} change? Its type is ${type}.`);
        const raised = await raises(async (statements) => {
          const { affected } = await statements.run(
            `UPDATE auth.${table} SET ${column} = ${value} WHERE ctid = (SELECT max(ctid) FROM auth.${table})`,
          );
          expect([name, affected]).toEqual([name, 1]);
        });
        expect([name, raised]).toEqual([name, true]);
        seen.push(name);
      }
    }
    expect(seen).toEqual(
      expect.arrayContaining(['clients.enabled', 'client_secrets.digest', 'issuer_state.generation']),
    );
    expect(seen.length).toBeGreaterThan(40);
  });

  it.each([
    [
      'a secret comes',
      `INSERT INTO auth.client_secrets (id, client_id, place, digest)
       SELECT gen_random_uuid(), client_id, 2, repeat('0', 64) FROM auth.clients LIMIT 1`,
    ],
    ['a secret goes', 'DELETE FROM auth.client_secrets'],
    ['a client goes', 'DELETE FROM auth.clients'],
    ['an API goes', 'DELETE FROM auth.apis'],
    ['a scope goes', 'DELETE FROM auth.api_scopes'],
    [
      'an API comes',
      `INSERT INTO auth.apis (identifier, name, access_token_signing_alg) VALUES ('https://b', 'B', 'ES256')`,
    ],
    [
      'a scope comes',
      `INSERT INTO auth.api_scopes (name, identifier, description, position)
       SELECT 'one more', identifier, 'Words', 9 FROM auth.apis LIMIT 1`,
    ],
    ['clients are thrown away', 'TRUNCATE auth.clients CASCADE'],
    ['APIs are thrown away', 'TRUNCATE auth.apis CASCADE'],
  ])('is another one when %s', async (_, sql) => {
    expect(await raises((statements) => statements.run(sql))).toBe(true);
  });

  it.each([
    [
      'changed',
      `UPDATE auth.clients SET enabled = NOT enabled WHERE client_id = (SELECT min(client_id) FROM auth.clients)`,
    ],
    ['thrown away', 'TRUNCATE auth.client_secrets'],
  ])('is another one when something is %s as a replica applies it, or a tool that writes data back', async (_, sql) => {
    await addClient(test.database);
    const [before, replica] = [await reads.revision(), new pg.Client({ connectionString: test.superuserUrl })];
    await replica.connect();
    try {
      await replica.query('SET session_replication_role = replica');
      await replica.query(sql);
    } finally {
      await replica.end();
    }
    expect(await reads.revision()).not.toBe(before);
  });

  it('stays when nothing of it changes: neither a grant, nor a mark of lifetimes, nor a change that comes to nothing', async () => {
    const inhabitants = await settle(test.database);
    const before = await reads.revision();
    await new PostgresGrantStore(test.database, test.onRevoked).redeemCode(aRedemption(inhabitants));
    await test.database.run(
      'UPDATE auth.issuer_state SET longest_token_lifetime_seconds = longest_token_lifetime_seconds + 1',
    );
    await test.database
      .transaction(async (statements) => {
        await statements.run('UPDATE auth.clients SET enabled = false');
        throw undone;
      })
      .catch(() => undefined);
    expect(await reads.revision()).toBe(before);
  });

  it('stays when a client is new that nobody can have remembered, with its first secret or without', async () => {
    expect(await raises((statements) => statements.run(INSERT_CLIENTS, [1, 'x']))).toBe(false);
    expect(await raises((statements) => insertClient(statements, aNewClient()))).toBe(false);
  });

  it.each([
    [
      'a secret comes to one that was there before',
      (statements: Statements, there: string) => insertFirstSecret(statements, there, { digest: digestOf('first') }),
    ],
    [
      'a client is made anew under the id of one that goes',
      async (statements: Statements, there: string) => {
        await statements.run('DELETE FROM auth.clients WHERE client_id = $1', [there]);
        await insertClient(statements, aNewClient({ clientId: there }));
      },
    ],
    [
      'one that is new is changed besides',
      async (statements: Statements) => {
        const { clientId } = await insertClient(statements, aNewClient());
        await statements.run('UPDATE auth.clients SET enabled = false WHERE client_id = $1', [clientId]);
      },
    ],
    [
      // Four thousand million transactions later the number of one is given out again.
      'a secret comes to an old client whose row bears the number of this transaction',
      async (statements: Statements) => {
        const { clientId } = await insertClient(statements, aNewPublicClient());
        await statements.run('ALTER TABLE auth.clients DISABLE TRIGGER registry_changed');
        await statements.run(`UPDATE auth.clients SET created_at = now() - interval '1 year' WHERE client_id = $1`, [
          clientId,
        ]);
        await statements.run('ALTER TABLE auth.clients ENABLE ALWAYS TRIGGER registry_changed');
        await insertFirstSecret(statements, clientId, { digest: digestOf('first') });
      },
    ],
  ])('is another one when %s', async (_, act) => {
    const { clientId } = await test.database.transaction((statements) => insertClient(statements, aNewPublicClient()));
    expect(await raises((statements) => act(statements, clientId))).toBe(true);
  });

  it('rises once for a transaction, however many rows it changes', async () => {
    await test.database.run(INSERT_CLIENTS, [1000, 'many']);
    // In the far future, so that the clock has no say.
    await test.database.run('UPDATE auth.registry_revision SET revision = 9000000000000');
    await test.database.transaction(async (statements) => {
      await statements.run(`UPDATE auth.clients SET client_name = 'more' WHERE client_name = 'many'`);
      await statements.run(`DELETE FROM auth.clients WHERE client_name = 'more'`);
      // Not before the commit: it is the last that is locked.
      expect(await new PostgresRegistryReads(statements, []).revision()).toBe(9000000000000);
    });
    expect(await reads.revision()).toBe(9000000000001);
    // The next transaction on the same connection is another one.
    await test.database.run(`UPDATE auth.issuer_state SET generation = generation + 1`);
    expect(await reads.revision()).toBe(9000000000002);
    await test.database.run('UPDATE auth.registry_revision SET revision = 1');
  });

  it('goes on by the clock: a database that has lost changes gives their numbers to no others', async () => {
    const clients = [await addClient(test.database), await addClient(test.database)];
    const [first, second] = clients.map(({ clientId }) => clientId);
    await endClient(test.revoking, first ?? '', { actor: 'spec', receipt: false }, 'disabled');
    const lost = await reads.revision();
    // As a replica that lagged, or a backup, knows it.
    await test.database.run('UPDATE auth.registry_revision SET revision = $1', [lost - 1]);
    await until(() => Date.now() > lost, 'the clock goes on');
    await endClient(test.revoking, second ?? '', { actor: 'spec', receipt: false }, 'disabled');
    expect(await reads.revision()).toBeGreaterThan(lost);
  });

  it('A12 is another one in a database that was restored', async () => {
    const before = await reads.revision();
    await test.database.transaction(async (statements) => {
      for (const statement of RESTORED) await statements.run(statement);
    });
    expect(await reads.revision()).toBeGreaterThan(before);
  });

  it('holds nobody up: 50 changes of many rows at once, in any order, all commit, and each has a number of its own', async () => {
    const clients = await Promise.all(Array.from({ length: 10 }, () => addClient(test.database)));
    await test.database.run('UPDATE auth.registry_revision SET revision = 9000000000000');
    await fifty((index) =>
      test.database.transaction(async (statements) => {
        const { clientId } = clients[index % 10] ?? clients[0] ?? { clientId: '' };
        await statements.run('UPDATE auth.clients SET client_name = $2 WHERE client_id = $1', [clientId, `${index}`]);
        // Each goes on to what others may have changed before: only the revision's own row could make a circle of them.
        await statements.run('INSERT INTO auth.apis (identifier, name, access_token_signing_alg) VALUES ($1, $1, $2)', [
          ...[`https://${index}.example`, 'ES256'],
        ]);
      }),
    );
    expect(await reads.revision()).toBe(9000000000050);
    await test.database.run('UPDATE auth.registry_revision SET revision = 1');
  });

  it('is of the same snapshot as what is read with it, while 50 others change that', async () => {
    const { clientId } = await addClient(test.database);
    const rename = (index: number) =>
      test.database.run('UPDATE auth.clients SET client_name = $2 WHERE client_id = $1', [clientId, `${index}`]);
    const changing = fifty(rename);
    const seen = new Map<number, Set<string | undefined>>();
    for (let look = 0; look < 100; look += 1) {
      const { value, revision } = await reads.client(clientId);
      seen.set(revision, (seen.get(revision) ?? new Set()).add(value?.clientName));
    }
    await changing;
    expect([...seen.values()].filter(({ size }) => size !== 1)).toEqual([]);
  });

  it('is read with what is not there', async () => {
    const revision = await reads.revision();
    expect(await reads.client('nobody')).toEqual({ value: undefined, revision });
    expect(await reads.client('no\u0000body')).toEqual({ value: undefined, revision });
    await test.database.run('DELETE FROM auth.apis');
    expect(await reads.apis()).toEqual({ value: [], revision: await reads.revision() });
  });
});

describe('admin-api.md A11, DESIGN §2 the role that serves', () => {
  it('raises the revision with its change, and can neither set it nor lower it', async () => {
    const role = `service_${randomUUID().replaceAll('-', '')}`;
    const [owner, url] = [new pg.Client({ connectionString: test.superuserUrl }), new URL(test.url)];
    await owner.connect();
    try {
      await owner.query(`CREATE ROLE ${role} LOGIN PASSWORD 'word'`);
      await owner.query(`GRANT CONNECT ON DATABASE ${url.pathname.slice(1)} TO ${role}`);
      [url.username, url.password] = [role, 'word'];
      const serving = await openDatabase({ url: url.href, migrationUrl: test.url, poolSize: 1, ...PATIENT });
      const { clientId } = await addClient(serving);
      const before = await reads.revision();
      await serving.run('UPDATE auth.clients SET enabled = false WHERE client_id = $1', [clientId]);
      expect(await reads.revision()).toBeGreaterThan(before);
      await expect(serving.run('UPDATE auth.registry_revision SET revision = 0')).rejects.toThrow(/permission denied/);
      await serving.close();
    } finally {
      await owner.query(`DROP OWNED BY ${role}`);
      await owner.query(`DROP ROLE ${role}`);
      await owner.end();
    }
  });
});

/** Public ones, of this name. */
const INSERT_CLIENTS = `INSERT INTO auth.clients (client_id, client_name, application_type, redirect_uris, grant_types,
    allowed_scope, token_endpoint_auth_method, require_pkce, id_token_signed_response_alg)
  SELECT md5(gen_random_uuid()::text), $2, 'web', '{}', '{}', '{}', 'none', true, 'RS256' FROM generate_series(1, $1::integer)`;
