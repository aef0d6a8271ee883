/**
 * Owns how whatever takes something away says so in its answer (admin-api.md A9): `revocation`, and how far it is.
 * Does not own what is taken away.
 */
import type { ReceiptDesk, RevocationEntry } from '@latchkey/tokens';
import { REVOCATION_KINDS } from '@latchkey/tokens';
import Type, { type Static } from 'typebox';
import { UUID_PATTERN } from '../http/list.js';
import { wordSchema } from '../http/text-schema.js';
import { ReceiptSchema } from './revocation-schema.js';
import { whenInForce } from './when-in-force.js';

const Outcome = Type.Object(
  {
    id: Type.String({ pattern: UUID_PATTERN, description: 'To be found at /admin/v1/revocations/{id}.' }),
    kind: wordSchema(REVOCATION_KINDS, { description: 'As on /admin/v1/revocations.' }),
    state: wordSchema(['committed', 'partial', 'applied'], {
      description: 'committed: it stands, and nobody waited. partial: waited in vain for some. applied: everywhere.',
    }),
    receipt: Type.Optional(ReceiptSchema),
  },
  { additionalProperties: false, title: 'RevocationOutcome', description: 'What is refused from now on.' },
);
export type RevocationOutcome = Static<typeof Outcome>;

/** The member `revocation` of an answer: null when nothing had been given that could be taken away. */
export const RevocationOutcomeSchema = Type.Union([Outcome, Type.Null()], {
  description: 'What was taken away by this, in the same transaction; null when there was nothing.',
});

/**
 * @param entries committed by this act, or standing for it since before; all are waited for, the first is told
 * @param waitSeconds undefined: only until they are on the wire
 */
export async function revocationOf(
  desk: Pick<ReceiptDesk, 'wait' | 'onTheWire'>,
  entries: readonly Pick<RevocationEntry, 'id' | 'kind'>[],
  waitSeconds: number | undefined,
): Promise<{ readonly revocation: RevocationOutcome | null; readonly waitedSeconds?: number }> {
  const [first] = entries;
  if (first === undefined) return { revocation: null };
  const { state, receipt, waitedSeconds } = await whenInForce(
    desk,
    entries.map(({ id }) => id),
    waitSeconds,
  );
  return {
    revocation: { id: first.id, kind: first.kind, state, ...(receipt === undefined ? {} : { receipt }) },
    ...(waitedSeconds === undefined ? {} : { waitedSeconds }),
  };
}
