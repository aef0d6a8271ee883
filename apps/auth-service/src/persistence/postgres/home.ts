/**
 * Owns whether this database is the one that the service has written, or a copy of it that was read back from a dump: such a
 * copy has forgotten revocations, and serves nobody before it is declared restored (admin-api.md A12). Does not own that
 * declaration (restored).
 */
import type { Statements } from './database.js';

/** The service refuses to start. The message says how to go on. */
export class RestoredCopy extends Error {
  override readonly name = 'RestoredCopy';
  constructor() {
    super(
      'This database was read back from a dump, and so it has forgotten what was revoked since: nothing is served from it ' +
        'yet. Run "npm run restore -- --in-place" (in the image: node apps/auth-service/dist/restored.js) with ' +
        'MIGRATION_DATABASE_URL set to the owner of the tables: it revokes whatever was issued before, and then the ' +
        'service starts.',
    );
  }
}

/** Not detected: a data folder that was put back as files, and CREATE DATABASE … TEMPLATE. Both carry the row itself. */
export const isAtHome = async (statements: Statements): Promise<boolean> => {
  const { rows } = await statements.run<{ readonly home: boolean }>(
    'SELECT written_in = tableoid::bigint AND written_by = xmin::text::bigint AS home FROM auth.home',
  );
  return rows[0]?.home === true;
};

/** @throws RestoredCopy */
export const refuseCopy = async (statements: Statements): Promise<void> => {
  if (!(await isAtHome(statements))) throw new RestoredCopy();
};
