/**
 * Owns how long an answer waits for what it has revoked (revocation.md V17), and what it can say of it then. Does not own
 * how it is found out who has applied it (the desk).
 */
import type { ReceiptDesk } from '@latchkey/tokens';
import { receiptResourceOf } from './revocation-resource.js';
import type { ReceiptResource, RevocationResource } from './revocation-schema.js';

/** Longer than Redis is waited for at a time. What it has not taken by then is partial. */
const PUBLISHING_MS = 1500;

export interface Standing {
  readonly state: RevocationResource['state'];
  readonly receipt?: ReceiptResource;
  /** Absent when nobody was waited for: nobody asked, or too many wait already. */
  readonly waitedSeconds?: number;
}

/** @param ids of revocations that are committed; @param waitSeconds undefined: only until they are on the wire. Never rejects. */
export async function whenInForce(
  desk: Pick<ReceiptDesk, 'wait' | 'onTheWire'>,
  ids: readonly string[],
  waitSeconds: number | undefined,
): Promise<Standing> {
  const receipt = waitSeconds === undefined ? undefined : await desk.wait(ids, waitSeconds);
  if (waitSeconds === undefined || receipt === undefined) {
    return { state: (await desk.onTheWire(ids, PUBLISHING_MS)) ? 'committed' : 'partial' };
  }
  return { state: receipt.state, receipt: receiptResourceOf(receipt), waitedSeconds: waitSeconds };
}
