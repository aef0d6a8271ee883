/**
 * Owns what takes everything from a person at once: disabled, deleted, a password that was reset (revocation.md V4:
 * `subject`). Does not own the sweeping of what hangs on a deleted person (admin-api.md A10), nor the hashing of a password.
 */
import type { JudgeUser, UserEnding, UserEndings, UserRecord } from '../../admin/users/user-ports.js';
import { auditOf, type Act } from './act.js';
import { appendAudit } from './audit-store.js';
import type { Statements } from './database.js';
import { raisePerson } from './generations.js';
import { standingRevocation } from './revocation-row.js';
import type { Revoking } from './revoking.js';
import { eraseUser } from './user-erasure.js';
import { lockUser } from './user-row.js';
import { isUuid } from './uuid.js';

interface Cause {
  readonly kind: 'user.disabled' | 'user.deleted' | 'user.password_reset';
  /** What the UPDATE that raises the generation sets besides; `$2` is the parameter, if there is one. */
  readonly set: string;
  readonly parameters?: readonly unknown[];
  readonly done?: (standing: UserRecord) => boolean;
  readonly besides?: (statements: Statements, sub: string) => Promise<void>;
}

const DISABLED: Cause = { kind: 'user.disabled', set: 'enabled = false', done: ({ enabled }) => !enabled };

/** A10: "commits "disabled" and its revocation in one transaction". Who it was is forgotten at once, and the name is free. */
const DELETED: Cause = {
  kind: 'user.deleted',
  set: `enabled = false, deleted_at = clock_timestamp(), username = NULL, normalized_username = NULL,
    password_hash = NULL, claims = '{}'`,
  besides: eraseUser,
};

const PASSWORD_RESET = { kind: 'user.password_reset', set: 'password_hash = $2' } as const;

const NOBODY: UserEnding = { outcome: 'unknown', revocations: [] };

export class PostgresPersonEndings implements UserEndings {
  constructor(private readonly revoking: Revoking) {}

  /** @throws Unavailable; whatever judge throws */
  async disable(sub: string, act: Act, judge: JudgeUser): Promise<UserEnding> {
    return this.#end(sub, act, judge, DISABLED);
  }

  /** @throws Unavailable; whatever judge throws */
  async delete(sub: string, act: Act, judge: JudgeUser): Promise<UserEnding> {
    return this.#end(sub, act, judge, DELETED);
  }

  /** @param passwordHash argon2id, PHC string. @throws Unavailable; whatever judge throws */
  async resetPassword(sub: string, passwordHash: string, act: Act, judge: JudgeUser): Promise<UserEnding> {
    return this.#end(sub, act, judge, { ...PASSWORD_RESET, parameters: [passwordHash] });
  }

  async #end(
    named: string,
    act: Act,
    judge: JudgeUser,
    { kind, set, parameters = [], done, besides }: Cause,
  ): Promise<UserEnding> {
    if (!isUuid(named)) return NOBODY;
    const sub = named.toLowerCase();
    return this.revoking.commit<UserEnding>(act.receipt, async (statements) => {
      const standing = await lockUser(statements, sub);
      if (standing === undefined) return { answer: NOBODY, entries: [] };
      judge(standing);
      if (done?.(standing) === true) {
        const entry = await standingRevocation(statements, { kind: 'subject', value: sub });
        const revocations = entry === undefined ? [] : [entry];
        return { answer: { outcome: 'before', user: standing, revocations }, entries: [] };
      }
      const entries = await raisePerson(statements, sub, act, {
        cause: kind,
        along: { set, when: 'true', parameters },
      });
      if (entries === undefined) throw new Error('a person who is locked is not there');
      await besides?.(statements, sub);
      await appendAudit(statements, auditOf(act, { kind, target: sub }, { revocations: entries.map(({ id }) => id) }));
      const user = kind === 'user.password_reset' ? standing : { ...standing, enabled: false };
      return { answer: { outcome: 'ended', user, revocations: entries }, entries };
    });
  }
}
