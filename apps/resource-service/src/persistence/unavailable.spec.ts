import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@latchkey/testbed';
import type { DataSource } from 'typeorm';
import { dataSource } from './data-source.js';
import { asking, Unavailable } from './unavailable.js';

let test: TestDatabase;
let database: DataSource;
beforeAll(async () => {
  test = await createTestDatabase();
  database = dataSource({ url: test.url, poolSize: 1, statementTimeoutMs: 0 });
  await database.initialize();
});
afterAll(async () => {
  await database.destroy();
  await test.drop();
});

/** PostgreSQL itself says it. */
const raised = (state: string): Promise<unknown> =>
  asking(() => database.query(`DO $$ BEGIN RAISE EXCEPTION 'said so' USING ERRCODE = '${state}'; END $$`));

describe('PostgreSQL Appendix A, SQLSTATEs that tell of a bug', () => {
  it.each([
    ['22P02', 'invalid_text_representation'],
    ['23505', 'unique_violation'],
    ['23503', 'foreign_key_violation'],
    ['25P02', 'in_failed_sql_transaction'],
    ['28P02', 'a state that nobody knows'],
    ['40002', 'transaction_integrity_constraint_violation'],
    ['42501', 'insufficient_privilege'],
    ['42P01', 'undefined_table'],
    ['55006', 'object_in_use'],
    ['P0001', 'raise_exception'],
  ])('leaves %s (%s) as it is', async (state) => {
    await expect(raised(state)).rejects.not.toBeInstanceOf(Unavailable);
    await expect(raised(state)).rejects.toMatchObject({ driverError: { code: state } });
  });

  it('leaves a TypeError, and what TypeORM says of itself, as they are', async () => {
    const wrong = asking(() => Promise.reject(new TypeError('undefined is not a function')));
    await expect(wrong).rejects.toThrow(TypeError);
    const missing = asking(() => database.getRepository('nothing').find());
    await expect(missing).rejects.toMatchObject({ name: 'EntityMetadataNotFoundError' });
  });
});

describe('PostgreSQL Appendix A, SQLSTATEs that tell of a broken world', () => {
  it.each([
    ['08006', 'connection_failure'],
    ['25006', 'read_only_sql_transaction'],
    ['25P03', 'idle_in_transaction_session_timeout'],
    ['28000', 'invalid_authorization_specification'],
    ['28P01', 'invalid_password'],
    ['3D000', 'invalid_catalog_name'],
    ['40001', 'serialization_failure'],
    ['40P01', 'deadlock_detected'],
    ['53300', 'too_many_connections'],
    ['55P03', 'lock_not_available'],
    ['57014', 'query_canceled'],
    ['57P01', 'admin_shutdown'],
    ['58030', 'io_error'],
  ])('makes %s (%s) Unavailable', async (state) => {
    await expect(raised(state)).rejects.toBeInstanceOf(Unavailable);
  });

  it('makes a server that does not answer Unavailable', async () => {
    const nowhere = dataSource({ url: 'postgres://a@127.0.0.1:1/none', poolSize: 1, statementTimeoutMs: 0 });
    await expect(asking(() => nowhere.initialize())).rejects.toBeInstanceOf(Unavailable);
  });

  it('keeps neither the statement nor its parameters', async () => {
    const secret = 'SELECT $1::text, pg_terminate_backend(pg_backend_pid())';
    const fault: unknown = await asking(() => database.query(secret, ['a note'])).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(Unavailable);
    const { cause } = fault instanceof Unavailable ? fault : {};
    expect(cause).not.toHaveProperty('query');
    expect(cause).not.toHaveProperty('parameters');
  });
});
