/**
 * Owns who sends which logout token next: each delivery is taken by one of many instances, for as long as a lease, and is gone when
 * it has been delivered or given up. At least once: whoever is killed after it was sent and before that was written sends again.
 * Does not own the sending (backchannel), nor what is owed (logout-outbox).
 */
import type { Failure, LogoutDelivery, LogoutDeliveries } from '../../backchannel/backchannel-ports.js';
import { appendAudit } from './audit-store.js';
import type { Database } from './database.js';

/** Longer than one try may take; whoever has not said by then what became of it is taken for dead. */
const LEASE = `interval '60 seconds'`;

const COLUMNS =
  'id, sid, client_id, token_sub, tries, extract(epoch FROM clock_timestamp() - created_at)::float8 AS age';

interface DeliveryColumns {
  readonly id: string;
  readonly sid: string;
  readonly client_id: string;
  readonly token_sub: string;
  readonly tries: number;
  readonly age: number;
}

/** @param selected one statement that locks what it finds and skips what others have locked; evaluated once */
const taking = (selected: string): string =>
  `UPDATE auth.logout_deliveries SET tries = tries + 1, next_try_at = clock_timestamp() + ${LEASE}
   WHERE id = ANY (ARRAY(${selected} FOR UPDATE OF d SKIP LOCKED)) RETURNING ${COLUMNS}`;

const FIRST = taking(
  'SELECT d.id FROM auth.logout_deliveries d WHERE d.sid = ANY ($1::uuid[]) AND d.tries = 0 ORDER BY d.id LIMIT $2',
);

/** Of no client more than a few at once: one that does not answer keeps no other from being told. */
const DUE = taking(
  `SELECT d.id FROM auth.logout_deliveries d JOIN (
     SELECT id, row_number() OVER (PARTITION BY client_id ORDER BY next_try_at, id) AS place
     FROM auth.logout_deliveries WHERE next_try_at <= now() AND client_id <> ALL ($3::text[])) ranked ON ranked.id = d.id AND ranked.place <= $2
   WHERE d.next_try_at <= now() ORDER BY d.next_try_at, d.id LIMIT $1`,
);

export class PostgresLogoutDeliveries implements LogoutDeliveries {
  constructor(private readonly database: Database) {}

  /** @throws Unavailable */
  async takeFirst(sids: readonly string[], most: number): Promise<readonly LogoutDelivery[]> {
    if (sids.length === 0) return [];
    return (await this.database.run<DeliveryColumns>(FIRST, [sids, most])).rows.map(deliveryFrom);
  }

  /** @throws Unavailable */
  async takeDue(most: number, perClient: number, without: readonly string[]): Promise<readonly LogoutDelivery[]> {
    return (await this.database.run<DeliveryColumns>(DUE, [most, perClient, without])).rows.map(deliveryFrom);
  }

  /** Whoever has taken it since sends it once more, for nothing. @throws Unavailable */
  async delivered({ id }: LogoutDelivery): Promise<void> {
    await this.database.run('DELETE FROM auth.logout_deliveries WHERE id = $1', [id]);
  }

  /** Unless another has taken it since. @throws Unavailable */
  async postpone({ id, tries }: LogoutDelivery, seconds: number): Promise<void> {
    await this.database.run(
      `UPDATE auth.logout_deliveries SET next_try_at = clock_timestamp() + make_interval(secs => $3)
       WHERE id = $1 AND tries = $2`,
      [id, tries, seconds],
    );
  }

  /** With its audit event, unless another has taken it since. @throws Unavailable */
  async giveUp({ id, clientId, sid, tries }: LogoutDelivery, reason: Failure): Promise<void> {
    await this.database.transaction(async (statements) => {
      const { affected } = await statements.run('DELETE FROM auth.logout_deliveries WHERE id = $1 AND tries = $2', [
        id,
        tries,
      ]);
      if (affected === 0) return;
      await appendAudit(statements, {
        ...{ actor: 'system', kind: 'logout.undelivered', target: clientId, outcome: 'refused' },
        detail: { reason, sid, tries },
      });
    });
  }
}

const deliveryFrom = ({ id, sid, client_id, token_sub, tries, age }: DeliveryColumns): LogoutDelivery => ({
  ...{ id, sid, clientId: client_id, tokenSub: token_sub, tries, ageSeconds: age },
});
