/** Owns how a guard on the register reads from its row. Does not own the verbs (guard-register, guard-records). */
import type { RegisteredGuard } from '@latchkey/tokens';

export interface GuardColumns {
  readonly lease_key: string;
  readonly guard_id: string;
  readonly registration: string;
  readonly service: string;
  readonly on_stale: string;
  readonly lease_ms: number;
  readonly registered_at: Date;
}

/** `g` is auth.guards. */
export const GUARD_COLUMNS =
  'g.lease_key, g.guard_id, g.registration, g.service, g.on_stale, g.lease_ms, g.registered_at';

/** Fails towards the stricter receipt: whatever is not known to refuse may admit although it is stale. */
export const guardFrom = (row: GuardColumns): RegisteredGuard => ({
  leaseKey: row.lease_key,
  guardId: row.guard_id,
  registration: row.registration,
  service: row.service,
  onStale: row.on_stale === 'refuse' ? 'refuse' : 'allow',
  leaseMs: row.lease_ms,
  registeredAt: row.registered_at.getTime(),
});
