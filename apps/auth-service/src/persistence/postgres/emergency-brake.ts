/**
 * Owns the operator's emergency brake (revocation.md V4: `issuer`): every token of this issuer that exists, and whatever an
 * old login, code or refresh token would give later. Does not own who may pull it.
 */
import { auditOf, type Act, type Ending } from './act.js';
import { appendAudit } from './audit-store.js';
import { raiseIssuer } from './generations.js';
import type { Revoking } from './revoking.js';

export class PostgresEmergencyBrake {
  constructor(private readonly revoking: Revoking) {}

  /** Each pull is one of its own: what began since the last is refused as well. @throws Unavailable */
  async pull(act: Act): Promise<Ending> {
    return this.revoking.end(act.receipt, async (statements) => {
      const entries = await raiseIssuer(statements, act, 'emergency_brake');
      const detail = { revocations: entries.map(({ id }) => id) };
      await appendAudit(statements, auditOf(act, { kind: 'issuer.revoked', target: 'issuer' }, detail));
      return { outcome: 'ended', revocations: entries };
    });
  }
}
