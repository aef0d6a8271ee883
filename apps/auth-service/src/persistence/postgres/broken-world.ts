/**
 * Owns which failures of PostgreSQL mean that the world is broken (503) and which mean that a statement was wrong (500).
 * Does not own races: the stores answer those, and lose none by an exception.
 */
import { types } from 'node:util';
import { Unavailable } from '@latchkey/protocol';
import pg from 'pg';
import { QueryFailedError } from 'typeorm';

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
]);
const LOCK_NOT_AVAILABLE = '55P03';
const QUERY_CANCELED = '57014';

/**
 * Somebody else held what a statement needed, for as long as it may wait in PostgreSQL. It did nothing, and its transaction can do
 * nothing more; the connection is as good as before.
 */
export class StillHeld extends Unavailable {}

const BUGS = new Set(['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError']);

/** The SQLSTATE of what PostgreSQL said; undefined for whatever it did not say. */
export const sqlStateOf = (error: unknown): string | undefined => {
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : error;
  return cause instanceof pg.DatabaseError ? cause.code : undefined;
};

const saysBroken = (cause: unknown): boolean => {
  if (cause instanceof pg.DatabaseError) {
    const state = cause.code ?? '';
    return BROKEN_STATES.has(state) || BROKEN_CLASSES.includes(state.slice(0, 2));
  }
  // Whatever the driver says without PostgreSQL having spoken: refused, reset, timed out, ended. A TypeError is a bug.
  // By name and native form: an error of Node's own sockets is not of this realm in every runtime.
  return types.isNativeError(cause) && !BUGS.has(cause.name);
};

const named = (cause: unknown): unknown => {
  if (cause instanceof pg.DatabaseError && cause.code === LOCK_NOT_AVAILABLE) return new StillHeld('PostgreSQL', cause);
  return saysBroken(cause) ? new Unavailable('PostgreSQL', cause) : cause;
};

/**
 * What to throw for a statement of TypeORM's that failed: `Unavailable` for a broken world, otherwise the driver's own error. The
 * statement and its parameters do not travel on. Whatever did not come from the driver is a bug, and stays what it is.
 */
export const asUnavailable = (error: unknown): unknown =>
  error instanceof QueryFailedError ? named(error.driverError) : error;

/** Whether the connection that heard it is worth nothing any more. */
export const isBroken = (failure: unknown): boolean =>
  failure instanceof Unavailable && !(failure instanceof StillHeld);

/** The same for what the driver itself says, of a statement or of a connection that could not be had. */
export const driverFailure = (error: unknown): unknown => named(error);

/**
 * The same for a statement that was ended sooner than its own timeout does, and has committed nothing. PostgreSQL's lock timeout is a signal to
 * itself: where it comes just as the lock is had and the statement waits for the next, PostgreSQL no longer knows what for, and says that a
 * user canceled it.
 */
export const failureOfWaiting = (error: unknown): unknown =>
  sqlStateOf(error) === QUERY_CANCELED ? new StillHeld('PostgreSQL', error) : named(error);
