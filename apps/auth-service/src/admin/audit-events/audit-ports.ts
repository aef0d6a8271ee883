/** Owns the ports through which the admin API reads and verifies the audit trail. Does not own SQL, nor the writing. */
import type { EpochMilliseconds } from '@latchkey/tokens';

export interface AuditEventRecord {
  /** Digits: they grow with the order of writing. */
  readonly id: string;
  readonly at: EpochMilliseconds;
  readonly actor: string;
  readonly kind: string;
  readonly target: string;
  readonly outcome: 'done' | 'refused';
  readonly detail: Readonly<Record<string, unknown>>;
  /** Null when nobody said it, and after it was erased. */
  readonly address: string | null;
  readonly personal: Readonly<Record<string, unknown>> | null;
  readonly sealed: boolean;
}

/** All of them together. */
export interface AuditFilter {
  /** From this instant on. */
  readonly since?: EpochMilliseconds;
  /** Before this instant. */
  readonly until?: EpochMilliseconds;
  readonly actor?: string;
  readonly kind?: string;
  readonly target?: string;
}

/** Where a page ended. The order is by time, newest first, then id. */
export interface AuditPosition {
  readonly at: EpochMilliseconds;
  readonly id: string;
}

export interface AuditReader {
  /** @throws Unavailable */
  list(page: {
    readonly limit: number;
    readonly filter: AuditFilter;
    readonly after?: AuditPosition;
  }): Promise<{ readonly items: readonly AuditEventRecord[]; readonly next?: AuditPosition }>;
  /** @param id digits, at most 15. @throws Unavailable */
  find(id: string): Promise<AuditEventRecord | undefined>;
}

/** The first that was found; the walk ends there. */
export interface ChainFault {
  /** Null when no seal in particular is wrong. */
  readonly seal: number | null;
  /** The event, where it can be told: a seal speaks for many. */
  readonly event: string | null;
  readonly detail: string;
}

export interface AuditVerification {
  /** Of the last seal up to which nothing is wrong; null before the first. */
  readonly head: string | null;
  /** How many seals were walked, and how many events under them. */
  readonly seals: number;
  readonly events: number;
  /** Whether the head that was asked for is among them; null when none was. */
  readonly containsHead: boolean | null;
  readonly broken: ChainFault | null;
}

export interface AuditVerifier {
  /**
   * Walks the chain up to the newest seal, in pages.
   * @param asked `head`: must be in the chain; `afterSeal`: begins after this seal, which the caller has seen before
   * @throws Unavailable
   */
  verify(asked: { readonly head?: string; readonly afterSeal?: number }): Promise<AuditVerification>;
}
