/** Owns the difference between a broken world and a bug, as PostgreSQL tells it. Does not own what the caller is told. */

/** The database cannot answer now; the caller may try again. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

/** Classes of SQLSTATE by which PostgreSQL says "not now": connection, rollback, resources, operator. */
const NOT_NOW = /^(08|40|53|55|57)/;

/** Runs a statement. @throws Unavailable when PostgreSQL does not answer or says "not now"; anything else as it is. */
export async function asking<T>(statement: () => Promise<T>): Promise<T> {
  try {
    return await statement();
  } catch (error) {
    const state = sqlStateOf(error);
    // Without a SQLSTATE nobody answered: refused, cut off, timed out, no connection free.
    if (state === undefined || NOT_NOW.test(state)) throw new Unavailable('PostgreSQL', { cause: error });
    throw error;
  }
}

function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error ? error.code : undefined;
  // Node's own codes (ECONNREFUSED) have another form.
  if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) return code;
  return 'driverError' in error ? sqlStateOf(error.driverError) : undefined;
}
