/** Owns the question whether a role could do to the tables what no serving role needs. Does not own what it is granted (migrate). */
import type { Statements } from './database.js';

/** admin-api.md A11: whoever owns the trail can rewrite it. True for a superuser as well. @throws Unavailable */
export const servesAsOwner = async (statements: Statements): Promise<boolean> => {
  const { rows } = await statements.run<{ readonly owns: boolean }>(
    `SELECT pg_has_role(current_user, relowner, 'USAGE') AS owns FROM pg_class WHERE oid = 'auth.audit_events'::regclass`,
  );
  return rows[0]?.owns === true;
};
