/**
 * Owns the difference between a broken world and a bug, as PostgreSQL tells it: the same rule as in the auth-service, so
 * that both doors say 503 and 500 in the same hours. Does not own what the caller is told.
 */
import { types } from 'node:util';
import pg from 'pg';
import { QueryFailedError, TypeORMError } from 'typeorm';

/** The database cannot answer now; the caller may try again. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

/** Classes of SQLSTATE that say nothing of the statement: connection, resources, operator intervention, system. */
const BROKEN_CLASSES = ['08', '53', '57', '58'];
const BROKEN_STATES = new Set([
  '25006', // read_only_sql_transaction: a standby, or a primary that was demoted
  '25P03', // idle_in_transaction_session_timeout
  '28000', // invalid_authorization_specification
  '28P01', // invalid_password
  '3D000', // invalid_catalog_name
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '55P03', // lock_not_available
]);

const BUGS = new Set(['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError']);

/**
 * Runs a statement.
 * @throws Unavailable when PostgreSQL does not answer or says that the world is broken; anything else as it is
 */
export async function asking<T>(statement: () => Promise<T>): Promise<T> {
  try {
    return await statement();
  } catch (error) {
    const cause: unknown = error instanceof QueryFailedError ? error.driverError : error;
    if (isBroken(cause)) throw new Unavailable('PostgreSQL', { cause });
    throw error;
  }
}

function isBroken(cause: unknown): boolean {
  if (cause instanceof pg.DatabaseError) {
    const state = cause.code ?? '';
    return BROKEN_STATES.has(state) || BROKEN_CLASSES.includes(state.slice(0, 2));
  }
  // Whatever the driver says without PostgreSQL having spoken: refused, reset, timed out, ended. A TypeError is a bug, and
  // so is what TypeORM says of itself. By name and native form: an error of Node's own sockets is not of this realm in
  // every runtime.
  return types.isNativeError(cause) && !BUGS.has(cause.name) && !(cause instanceof TypeORMError);
}
