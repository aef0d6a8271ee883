/** Owns how a revocation and its receipt read on the wire. Does not own what they say. */
import { type Receipt, toSeconds } from '@latchkey/tokens';
import type { RevocationRecord } from '../ports.js';
import type { ReceiptResource, RevocationResource } from './revocation-schema.js';

export const resourceOf = (
  record: RevocationRecord,
  state: RevocationResource['state'],
): Omit<RevocationResource, 'receipt'> => ({
  id: record.id,
  kind: record.kind,
  value: record.kind === 'issuer' ? null : record.value,
  reason: record.reason ?? null,
  created_at: toSeconds(record.createdAt),
  expires_at: record.expiresAt,
  state,
});

export const withReceipt = (record: RevocationRecord, receipt: Receipt): RevocationResource => ({
  ...resourceOf(record, receipt.state),
  receipt: receiptResourceOf(receipt),
});

export const receiptResourceOf = (receipt: Receipt): ReceiptResource => ({
  state: receipt.state,
  live: receipt.live,
  confirmed: receipt.confirmed,
  slowest_ms: rounded(receipt.slowestMs),
  guards: receipt.guards.map(({ guardId, service, state, afterMs }) => ({
    guard_id: guardId,
    service,
    state,
    after_ms: rounded(afterMs),
  })),
});

/** To a tenth: no clock here is better than that. */
const rounded = (milliseconds: number | null): number | null =>
  milliseconds === null ? null : Math.round(milliseconds * 10) / 10;
