/**
 * Owns what a revocation says: a kind, the thing it names and how long it must be remembered.
 * Does not own who caused it, where it is stored or how it travels.
 */
import type { EpochSeconds } from '../time.js';

export const REVOCATION_KINDS = ['token', 'grant', 'session', 'subject', 'client', 'issuer', 'key'] as const;

/** `token` a jti · `grant` a grant_id · `session` a sid · `subject`, `client`, `issuer` a generation · `key` a kid. */
export type RevocationKind = (typeof REVOCATION_KINDS)[number];

/** One revocation as it stands in PostgreSQL, on the wire and in each guard. */
export interface RevocationEntry {
  /** Unique; names this revocation to an operator. */
  readonly id: string;
  readonly kind: RevocationKind;
  /** jti, grant_id, sid, sub, client_id or kid; for `issuer` the empty string. */
  readonly value: string;
  /** For subject, client and issuer: tokens stamped below this generation are refused. Absent for the other kinds. */
  readonly generation?: number;
  /** When the last token that this entry can match has expired; null for `key`: never. */
  readonly expiresAt: EpochSeconds | null;
}
