/**
 * Owns the agreement of ledger and wire on one epoch (revocation.md V7). Does not own what is published in it.
 */
import { randomUUID } from 'node:crypto';
import type { EpochRecord, RevocationLedger, RevocationWire, WireIdentity } from './feed.js';

/**
 * The epoch of this life of the wire. If it is a new one, raises the epoch; whoever wins marks the stream, and nobody
 * else ever does: a second mark of one epoch could hide that the entries behind the first were lost.
 * @returns undefined when somebody else is raising it. Rejects when the wire or the ledger does not answer.
 */
export async function settleEpoch(
  wire: RevocationWire,
  ledger: RevocationLedger,
  life: WireIdentity,
): Promise<(EpochRecord & { readonly raised: boolean }) | undefined> {
  const record = await ledger.currentEpoch();
  if (isSettled(life, record)) return { ...record, raised: false };
  // Perhaps somebody else raised it between our two reads: look once more before doing the same.
  const again = await wire.inspect();
  if (isSettled(again, record)) return { ...record, raised: false };
  const identity = `${again.identity}#${randomUUID()}`;
  let raised = record;
  do {
    raised = await ledger.raiseEpoch(raised.epoch, identity);
    if (raised.identity !== identity) return undefined;
    // A wire that counts further than a ledger that was restored from a backup is overtaken.
  } while (raised.epoch <= (again.epoch ?? 0));
  await wire.beginEpoch(raised.epoch);
  return { ...raised, raised: true };
}

const isSettled = (life: WireIdentity, record: EpochRecord): boolean =>
  record.epoch > 0 && life.epoch === record.epoch && record.identity.startsWith(`${life.identity}#`);
