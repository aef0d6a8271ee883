/**
 * Owns what takes everything from a person at once: disabled, deleted, a password that was reset (revocation.md V4:
 * `subject`). Does not own the sweeping of what hangs on a deleted person (admin-api.md A10), nor the hashing of a password.
 */
import { auditOf, UNKNOWN, type Act, type Ending } from './act.js';
import { appendAudit } from './audit-store.js';
import { raisePerson, type Along } from './generations.js';
import { standingRevocation } from './revocation-row.js';
import type { Revoking } from './revoking.js';
import { isUuid } from './uuid.js';

export class PostgresPersonEndings {
  constructor(private readonly revoking: Revoking) {}

  /** @throws Unavailable */
  async disable(sub: string, act: Act): Promise<Ending> {
    return this.#end(sub, act, 'user.disabled', { set: 'enabled = false', when: 'enabled' });
  }

  /** A10: "commits "disabled" and its revocation in one transaction". The name stays taken until the row is swept. @throws Unavailable */
  async delete(sub: string, act: Act): Promise<Ending> {
    const set = 'enabled = false, deleted_at = clock_timestamp()';
    return this.#end(sub, act, 'user.deleted', { set, when: 'deleted_at IS NULL' });
  }

  /** @param passwordHash argon2id, PHC string. @throws Unavailable */
  async resetPassword(sub: string, passwordHash: string, act: Act): Promise<Ending> {
    const along = { set: 'password_hash = $2', when: 'deleted_at IS NULL', parameters: [passwordHash] };
    return this.#end(sub, act, 'user.password_reset', along);
  }

  async #end(named: string, act: Act, kind: string, along: Along): Promise<Ending> {
    if (!isUuid(named)) return UNKNOWN;
    const sub = named.toLowerCase();
    return this.revoking.end(act.receipt, async (statements) => {
      const entries = await raisePerson(statements, sub, act, { cause: kind, along });
      if (entries !== undefined) {
        const detail = { revocations: entries.map(({ id }) => id) };
        await appendAudit(statements, auditOf(act, { kind, target: sub }, detail));
        return { outcome: 'ended', revocations: entries };
      }
      const { rows } = await statements.run('SELECT 1 FROM auth.users WHERE sub = $1', [sub]);
      if (rows.length === 0) return UNKNOWN;
      const standing = await standingRevocation(statements, { kind: 'subject', value: sub });
      return { outcome: 'before', revocations: standing === undefined ? [] : [standing] };
    });
  }
}
