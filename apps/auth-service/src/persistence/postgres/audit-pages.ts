/**
 * Owns the reading of events and seals in the order of the chain, in pages whose size is bounded in rows and in bytes. Does
 * not own what the chain makes of them (audit-chain).
 */
import type { ChainedEvent, Seal } from './audit-chain.js';
import type { Statements } from './database.js';

/** Few: whoever comes while they are read and digested waits for it. An event may be small or hold a whole client before and after. */
export const EVENTS_IN_PAGE = 200;
const BYTES_IN_PAGE = 4 * 1024 * 1024;

const SEALS_IN_PAGE = 500;

export interface CheckedEvent extends ChainedEvent {
  /** What stands beside it is not what its digests say. What was erased is not altered. */
  readonly alteredBeside: boolean;
}

/** Exact, and also for what no clock of ours has written. */
const milliseconds = (column: string): string => `trim_scale(extract(epoch FROM ${column}) * 1000)::text`;

const alteredBeside = (part: 'address' | 'personal'): string =>
  `EXISTS (SELECT FROM auth.audit_personal p WHERE p.event_id = sized.id AND p.part = '${part}'
     AND encode(sha256(p.salt || convert_to(p.data::text, 'UTF8')), 'hex') IS DISTINCT FROM sized.${part}_digest)`;

/** What nobody has altered yet, for whoever seals it. At least one, if there is one; fewer than a page where no more are there, or the page is full in bytes. @throws Unavailable */
export const eventsBetween = (statements: Statements, after: string, upTo: string): Promise<readonly ChainedEvent[]> =>
  pageOf<ChainedEvent>(statements, [after, upTo], '');

/** The same with what stands beside them. @throws Unavailable */
export const checkedEventsBetween = (
  statements: Statements,
  after: string,
  upTo: string,
): Promise<readonly CheckedEvent[]> =>
  pageOf<CheckedEvent>(
    statements,
    [after, upTo],
    `, ${alteredBeside('address')} OR ${alteredBeside('personal')} AS "alteredBeside"`,
  );

const pageOf = async <Event>(
  statements: Statements,
  span: readonly [string, string],
  further: string,
): Promise<readonly Event[]> => {
  const { rows } = await statements.run<Event>(
    `SELECT id::text, ${milliseconds('at')} AS at, actor, kind, target, outcome, text AS detail,
       address_digest AS "addressDigest", personal_digest AS "personalDigest"${further}
     FROM (
       SELECT *, sum(octet_length(text)) OVER (ORDER BY id) - octet_length(text) AS bytes_before FROM (
         SELECT *, detail::text AS text FROM auth.audit_events WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3) page) sized
     WHERE bytes_before < $4 ORDER BY sized.id`,
    [...span, EVENTS_IN_PAGE, BYTES_IN_PAGE],
  );
  return rows;
};

const SEAL_COLUMNS = `number::text, up_to::text AS "upTo", events, ${milliseconds('sealed_at')} AS "sealedAt", digest, head`;
type SealColumns = Omit<Seal, 'number'> & { readonly number: string };
const sealFrom = ({ number, ...rest }: SealColumns): Seal => ({ ...rest, number: Number(number) });

/** @throws Unavailable */
export const newestSeal = async (statements: Statements): Promise<Seal | undefined> => {
  const { rows } = await statements.run<SealColumns>(
    `SELECT ${SEAL_COLUMNS} FROM auth.audit_seals ORDER BY audit_seals.number DESC LIMIT 1`,
  );
  return rows.map(sealFrom)[0];
};

/** @throws Unavailable */
export const sealNumbered = async (statements: Statements, number: number): Promise<Seal | undefined> => {
  const { rows } = await statements.run<SealColumns>(
    `SELECT ${SEAL_COLUMNS} FROM auth.audit_seals WHERE audit_seals.number = $1`,
    [number],
  );
  return rows.map(sealFrom)[0];
};

/** In order, one page; empty when there are no more. @throws Unavailable */
export const sealsBetween = async (statements: Statements, after: number, last: number): Promise<readonly Seal[]> => {
  const { rows } = await statements.run<SealColumns>(
    `SELECT ${SEAL_COLUMNS} FROM auth.audit_seals WHERE audit_seals.number > $1 AND audit_seals.number <= $2
     ORDER BY audit_seals.number LIMIT $3`,
    [after, last, SEALS_IN_PAGE],
  );
  return rows.map(sealFrom);
};
