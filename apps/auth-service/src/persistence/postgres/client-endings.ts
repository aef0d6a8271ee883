/**
 * Owns what takes everything from a client at once: disabled, deleted (revocation.md V4: `client`). Does not own the sweeping
 * of what hangs on a deleted client (admin-api.md A10), nor who may do it to which client (A2).
 */
import { auditOf, isStorable, UNKNOWN, type Act, type Ending } from './act.js';
import { appendAudit } from './audit-store.js';
import { raiseClient, type Along } from './generations.js';
import { standingRevocation } from './revocation-row.js';
import type { Revoking } from './revoking.js';

export class PostgresClientEndings {
  constructor(private readonly revoking: Revoking) {}

  /** @throws Unavailable */
  async disable(clientId: string, act: Act): Promise<Ending> {
    return this.#end(clientId, act, 'client.disabled', { set: 'enabled = false', when: 'enabled' });
  }

  /** A10: "commits "disabled" and its revocation in one transaction". Nobody finds it from then on. @throws Unavailable */
  async delete(clientId: string, act: Act): Promise<Ending> {
    const set = 'enabled = false, deleted_at = clock_timestamp()';
    return this.#end(clientId, act, 'client.deleted', { set, when: 'deleted_at IS NULL' });
  }

  async #end(clientId: string, act: Act, kind: string, along: Along): Promise<Ending> {
    if (!isStorable(clientId)) return UNKNOWN;
    return this.revoking.end(act.receipt, async (statements) => {
      const entries = await raiseClient(statements, clientId, act, { cause: kind, along });
      if (entries !== undefined) {
        const detail = { revocations: entries.map(({ id }) => id) };
        await appendAudit(statements, auditOf(act, { kind, target: clientId }, detail));
        return { outcome: 'ended', revocations: entries };
      }
      const { rows } = await statements.run('SELECT 1 FROM auth.clients WHERE client_id = $1', [clientId]);
      if (rows.length === 0) return UNKNOWN;
      const standing = await standingRevocation(statements, { kind: 'client', value: clientId });
      return { outcome: 'before', revocations: standing === undefined ? [] : [standing] };
    });
  }
}
