/**
 * Owns the writing of the audit trail, always inside the transaction of its cause (admin-api.md A11). Does not own its
 * listing, its sealing, nor the erasing of what names a person. The serving role may insert and select here, nothing else.
 */
import { randomBytes } from 'node:crypto';
import { boundedDetail } from './audit-detail.js';
import type { Statements } from './database.js';
import { isUuid } from './uuid.js';

export interface AuditEvent {
  /** Who did it: a client_id, a sub, or `system`. */
  readonly actor: string;
  /** What was done, as `noun.verb`: `client.created`, `grant.revoked`. */
  readonly kind: string;
  /** What it was done to: an identifier, never a secret, never what names a person. */
  readonly target: string;
  readonly outcome: 'done' | 'refused';
  /** From where. Kept beside the chain; of a person who acts it is erased with the person. */
  readonly address?: string;
  /** Whatever else an operator wants to know, 8 KiB of it (audit-detail). Never a secret, code, token or verifier; it cannot be erased. */
  readonly detail?: Readonly<Record<string, unknown>>;
  /** What names a person. It never stands in `detail`. */
  readonly personal?: Readonly<Record<string, unknown>>;
  /** The sub whose personal data that is, and with whom it is erased; with nobody when left out. */
  readonly about?: string;
}

/** Nobody finds what was erased by trying: its digest cannot be made without this, which is erased with it. */
const SALT_BYTES = 16;

/**
 * The chain takes the digest of what stands beside it, of the text that PostgreSQL makes of a jsonb: one text for one value,
 * so that whoever verifies makes the same. A salt is drawn for each, so a digest also tells which row is whose.
 *
 * Of whoever is erased nothing is written any more. The lock conflicts with the UPDATE that deletes a person, since that
 * changes the unique name: either that waits and then erases this row too, or this waits and then finds the person deleted. Their row stays for longer than any request runs (sweeps).
 */
const APPEND = `
  WITH people AS (
    SELECT sub, deleted_at FROM auth.users WHERE sub = ANY ($7::uuid[] || $10::uuid[]) FOR KEY SHARE),
  erased AS (SELECT sub FROM people WHERE deleted_at IS NOT NULL),
  said AS (
    SELECT actor, kind, target, outcome, detail, place,
      CASE WHEN address_of IN (SELECT sub FROM erased) THEN NULL ELSE address END AS address, address_of, address_salt,
      CASE WHEN personal_of IN (SELECT sub FROM erased) THEN NULL ELSE personal END AS personal, personal_of, personal_salt
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::jsonb[],
      $6::jsonb[], $7::uuid[], $8::bytea[], $9::jsonb[], $10::uuid[], $11::bytea[]) WITH ORDINALITY
      AS given (actor, kind, target, outcome, detail,
        address, address_of, address_salt, personal, personal_of, personal_salt, place)),
  given AS (
    SELECT *, encode(sha256(address_salt || convert_to(address::text, 'UTF8')), 'hex') AS address_digest,
      encode(sha256(personal_salt || convert_to(personal::text, 'UTF8')), 'hex') AS personal_digest
    FROM said),
  written AS (
    INSERT INTO auth.audit_events (actor, kind, target, outcome, detail, address_digest, personal_digest)
    SELECT actor, kind, target, outcome, detail, address_digest, personal_digest FROM given ORDER BY place
    RETURNING id, address_digest, personal_digest)
  INSERT INTO auth.audit_personal (event_id, part, sub, salt, data)
  SELECT id, 'address', address_of, address_salt, address FROM given JOIN written USING (address_digest)
  UNION ALL SELECT id, 'personal', personal_of, personal_salt, personal FROM given JOIN written USING (personal_digest)`;

/** In this order; one statement, however many. */
export const appendAudit = async (statements: Statements, ...events: readonly AuditEvent[]): Promise<void> => {
  if (events.length === 0) return;
  const column = <Value>(of: (event: AuditEvent) => Value): readonly Value[] => events.map(of);
  await statements.run(APPEND, [
    ...[column(({ actor }) => actor), column(({ kind }) => kind), column(({ target }) => target)],
    ...[column(({ outcome }) => outcome), column(({ detail }) => jsonOf(boundedDetail(detail ?? {})))],
    // A machine's address is nobody's; a person acts under a UUID (revocation.md V3), whatever else a client_id.
    ...[column(({ address }) => jsonOf(address)), column(({ actor }) => personOf(actor)), column(saltOf('address'))],
    ...[column(({ personal }) => jsonOf(personal)), column(({ about }) => personOf(about)), column(saltOf('personal'))],
  ]);
};

const personOf = (name: string | undefined): string | null => (name !== undefined && isUuid(name) ? name : null);

const saltOf =
  (part: 'address' | 'personal') =>
  (event: AuditEvent): Buffer | null =>
    event[part] === undefined ? null : randomBytes(SALT_BYTES);

/** What somebody typed may hold what jsonb cannot (U+0000, half of a surrogate pair): that never keeps it from being recorded. */
const jsonOf = (value: unknown): string | null =>
  value === undefined
    ? null
    : JSON.stringify(value, (_name, each: unknown) =>
        typeof each === 'string' ? Buffer.from(each.replaceAll('\u0000', '\ufffd'), 'utf8').toString('utf8') : each,
      );
