/**
 * Owns the change of a password by the person whose it is: the hash, and the end of every other session of theirs, in one
 * transaction. Does not own passwords (interaction/passwords) nor what an operator puts (person-endings).
 */
import type { PasswordChange, PasswordChanges } from '../../interaction/account/account-ports.js';
import { auditOf } from './act.js';
import { appendAudit } from './audit-store.js';
import type { Revoking } from './revoking.js';
import { endSessionsOfPerson } from './session-endings.js';

export class PostgresPasswordChanges implements PasswordChanges {
  constructor(private readonly revoking: Revoking) {}

  /**
   * Of 50 at once one changes it. Whoever logs in meanwhile with the password of before is refused, or ended here: both hold
   * the person's row. What `offline_access` was allowed goes on: it ends by being withdrawn.
   * @throws Unavailable
   */
  async change({
    person,
    session,
    passwordHash,
    cookieDigest,
    address,
  }: PasswordChange): Promise<'changed' | 'changed_meanwhile'> {
    const act = { actor: person.sub, address, receipt: false };
    return this.revoking.commit<'changed' | 'changed_meanwhile'>(act.receipt, async (statements) => {
      const { affected } = await statements.run(
        `UPDATE auth.users SET password_hash = $2, password_version = password_version + 1
         WHERE sub = $1 AND password_version = $3 AND generation = $4 AND enabled`,
        [person.sub, passwordHash, person.passwordVersion, person.generation],
      );
      if (affected === 0) return { answer: 'changed_meanwhile', entries: [] };
      // A cookie that somebody has copied is worth nothing from now on. One that was ended meanwhile gets none.
      await statements.run(
        `UPDATE auth.login_sessions SET cookie_digest = $3
         WHERE sid = $1 AND cookie_digest = $2 AND ended_at IS NULL AND replaced_by IS NULL`,
        [session.sid, session.cookieDigest, cookieDigest],
      );
      const kept = { sub: person.sub, keep: session.sid };
      const entries = await endSessionsOfPerson(statements, kept, act, 'password_changed');
      const detail = { sid: session.sid, revocations: entries.map(({ id }) => id) };
      await appendAudit(statements, auditOf(act, { kind: 'password.changed', target: person.sub }, detail));
      return { answer: 'changed', entries };
    });
  }
}
