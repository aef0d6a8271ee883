/**
 * Owns the agreement of ledger and wire on one epoch (revocation.md V7). Does not own what is published in it.
 */
import { randomUUID } from 'node:crypto';
import type { Epoch, EpochRecord, RevocationLedger, RevocationWire, WireIdentity } from './feed.js';

/** Whether wire and ledger agree: the record is of this life of the wire. */
export const isSettled = (life: WireIdentity, record: EpochRecord): boolean =>
  record.epoch > 0 && life.epoch === record.epoch && record.identity.startsWith(`${life.identity}#`);

/**
 * For a life of the wire and a record that did not agree. If it is a new life, raises the epoch; whoever wins marks the stream, and nobody
 * else ever does: a second mark of one epoch could hide that the entries behind the first were lost.
 * @returns the epoch that was raised, and the one that it took the place of, where the wire has lost nothing and counted further than this
 * ledger: another ledger's; undefined when none was raised, here: it stands, or somebody else is raising it. Rejects when the wire or the
 * ledger does not answer.
 */
export async function settleEpoch(
  wire: RevocationWire,
  ledger: RevocationLedger,
  record: EpochRecord,
): Promise<{ readonly epoch: Epoch; readonly overtaken?: Epoch } | undefined> {
  // Perhaps somebody else raised it between our two reads: look once more before doing the same.
  const again = await wire.inspect();
  if (isSettled(again, record)) return undefined;
  const identity = `${again.identity}#${randomUUID()}`;
  let raised = record;
  do {
    raised = await ledger.raiseEpoch(raised.epoch, identity);
    if (raised.identity !== identity) return undefined;
    // A wire that counts further than a ledger that was restored from a backup is overtaken.
  } while (raised.epoch <= (again.epoch ?? 0));
  await wire.beginEpoch(raised.epoch);
  const { epoch } = raised;
  // Whoever wins marks: no mark of this ledger is ahead of it.
  return again.epoch !== undefined && again.epoch > record.epoch ? { epoch, overtaken: again.epoch } : { epoch };
}
