/**
 * Owns the taking back of what a person allowed a client (revocation.md V4: "consent withdrawn → `grant`"). Does not own what
 * else ends a grant (grant-endings).
 */
import type { ConsentEndings, ConsentRecord } from '../../admin/users/user-ports.js';
import { auditOf, isStorable, type Act } from './act.js';
import { appendAudit } from './audit-store.js';
import { CONSENT_COLUMNS, consentFrom, type ConsentColumns } from './consent-store.js';
import { endGrants } from './grant-endings.js';
import { BY_TOKEN_LIFE } from './revocation-row.js';
import type { Revoking } from './revoking.js';
import { isUuid } from './uuid.js';

type Withdrawal = Awaited<ReturnType<ConsentEndings['withdraw']>>;
const NOTHING_ALLOWED: Withdrawal = { outcome: 'unknown', revocations: [] };

export class PostgresConsentEndings implements ConsentEndings {
  constructor(private readonly revoking: Revoking) {}

  /**
   * The row stays, with a higher generation: a code that was allowed before and is redeemed after finds it, whenever that is.
   * @throws Unavailable; whatever judge throws
   */
  async withdraw(
    { sub, clientId }: { readonly sub: string; readonly clientId: string },
    act: Act,
    judge: (standing: ConsentRecord) => void,
  ): Promise<Withdrawal> {
    if (!isUuid(sub) || !isStorable(clientId)) return NOTHING_ALLOWED;
    const pair = [sub, clientId];
    return this.revoking.commit<Withdrawal>(act.receipt, async (statements) => {
      // A code that is being redeemed holds the person's row: its grant and its consent are committed, and seen below, or not
      // begun, and then it finds the higher generation.
      await statements.run('SELECT FROM auth.users WHERE sub = $1 FOR NO KEY UPDATE', [sub]);
      const { rows } = await statements.run<ConsentColumns>(
        `SELECT ${CONSENT_COLUMNS} FROM auth.consents WHERE sub = $1 AND client_id = $2 AND withdrawn_at IS NULL FOR UPDATE`,
        pair,
      );
      const [row] = rows;
      if (row === undefined) return { answer: NOTHING_ALLOWED, entries: [] };
      const consent = consentFrom(row);
      judge(consent);
      await statements.run(
        `UPDATE auth.consents SET generation = generation + 1, withdrawn_at = clock_timestamp(), scope = '{}'
         WHERE sub = $1 AND client_id = $2`,
        pair,
      );
      const entries = await endGrants(statements, ['sub = $1 AND client_id = $2', ...pair], act, {
        ...{ cause: 'consent_withdrawn', expiresAt: BY_TOKEN_LIFE },
      });
      const detail = { client_id: clientId, scope: consent.scope, revocations: entries.map(({ id }) => id) };
      await appendAudit(statements, auditOf(act, { kind: 'consent.withdrawn', target: sub.toLowerCase() }, detail));
      return { answer: { outcome: 'ended', consent, revocations: entries }, entries };
    });
  }
}
