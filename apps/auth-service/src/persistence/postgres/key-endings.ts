/**
 * Owns the killing of a signing key (revocation.md V4: "key killed → `key`"). Does not own rotation, by which a key ends in
 * peace, nor the next key: whoever kills the active one makes another (KeyStore.insertFirst) and announces the JWKS.
 */
import { auditOf, isStorable, UNKNOWN, type Act, type Ending } from './act.js';
import { appendAudit } from './audit-store.js';
import { standingRevocation, writeRevocation } from './revocation-row.js';
import type { Revoking } from './revoking.js';

export class PostgresKeyEndings {
  constructor(private readonly revoking: Revoking) {}

  /**
   * V2: "`key` entries never expire and a killed thumbprint is never accepted again": the store of keys neither loads nor
   * takes it. A key that rotation has dropped before can be killed as well. @throws Unavailable
   */
  async kill(kid: string, act: Act): Promise<Ending> {
    if (!isStorable(kid)) return UNKNOWN;
    return this.revoking.end(act.receipt, async (statements) => {
      const { rows } = await statements.run<{ readonly kid: string }>(
        `UPDATE auth.signing_keys SET state = 'dropped' WHERE kid = $1 RETURNING kid`,
        [kid],
      );
      if (rows.length === 0) return UNKNOWN;
      const { actor, reason } = act;
      const entry = await writeRevocation(statements, {
        ...{ kind: 'key', value: kid, cause: 'key.killed', actor, expiresAt: null },
        ...(reason === undefined ? {} : { reason }),
      });
      if (entry === undefined) {
        const standing = await standingRevocation(statements, { kind: 'key', value: kid });
        return { outcome: 'before', revocations: standing === undefined ? [] : [standing] };
      }
      await appendAudit(statements, auditOf(act, { kind: 'key.killed', target: kid }, { revocations: [entry.id] }));
      return { outcome: 'ended', revocations: [entry] };
    });
  }
}
