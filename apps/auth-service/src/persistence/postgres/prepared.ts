/**
 * Owns which statements PostgreSQL is asked to keep, so that each connection parses and plans them once: those that a request
 * waits for, each a constant of its module, so that a connection keeps no more of them than there are modules that say so.
 * Does not own the running of any.
 */
import { createHash } from 'node:crypto';

/** By its text: the name under which PostgreSQL keeps it. */
const NAMES = new Map<string, string>();

/**
 * Says of a statement that it is to be kept. For a text that is a constant, outside of any function. It comes back as it is:
 * whoever runs it, runs it as any other.
 */
export const prepared = (sql: string): string => {
  // At most 63 bytes are a name to PostgreSQL.
  NAMES.set(sql, createHash('sha256').update(sql).digest('hex').slice(0, 32));
  return sql;
};

/** Undefined for a statement that is not kept. */
export const preparedName = (sql: string): string | undefined => NAMES.get(sql);

/** All that modules said so far; for a spec that looks at how they are planned. */
export const preparedTexts = (): readonly string[] => [...NAMES.keys()];

/**
 * What PostgreSQL says before it has begun with a kept statement that it cannot use any more: it has forgotten it, or a table
 * has changed since.
 */
export const FORGOTTEN_STATES: ReadonlySet<string | undefined> = new Set([
  '26000', // invalid_sql_statement_name
  '0A000', // feature_not_supported: "cached plan must not change result type"
]);
