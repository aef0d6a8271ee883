/** Owns the port through which the admin API reads login sessions and ends one. Does not own SQL, nor how one begins. */
import type { EpochMilliseconds, EpochSeconds, RevocationEntry } from '@latchkey/tokens';

/** A login session as it stands: whatever an operator may see of it, and no digest of a cookie. */
export interface SessionRecord {
  readonly sid: string;
  readonly sub: string;
  /** When it began: a login is one session. */
  readonly authTime: EpochMilliseconds;
  readonly amr: readonly string[];
  readonly expiresAt: EpochSeconds;
  readonly endedAt?: EpochSeconds;
  /** The session that took its place in the same browser. Both end together. */
  readonly replacedBy?: string;
  /** Its cookie still logs the person in. */
  readonly active: boolean;
}

/** Where a page ended. The order is by auth_time, newest first, then sid. */
export interface SessionPosition {
  readonly authTime: EpochMilliseconds;
  readonly sid: string;
}

export interface SessionQuery {
  readonly sub?: string;
  readonly limit: number;
  readonly after?: SessionPosition;
}

export interface SessionPage {
  readonly items: readonly SessionRecord[];
  /** Absent on the last page. */
  readonly next?: SessionPosition;
}

export interface SessionOrder {
  readonly actor: string;
  readonly address: string;
  /** The guards are asked to report. */
  readonly receipt: boolean;
  /** Called with the session as it stands under its lock; whatever it throws undoes everything. */
  readonly decide: (standing: SessionRecord) => void;
}

export interface SessionEnd {
  /** `ended`: by this call. `before`: it had ended already and nothing was written. */
  readonly outcome: 'ended' | 'before' | 'unknown';
  /** One for each session that ended with it, its own first, or what stands for it since before. */
  readonly revocations: readonly RevocationEntry[];
  /** As it stands afterwards; absent when there is none. */
  readonly session?: SessionRecord;
}

export interface SessionRecords {
  /** Newest first. @throws Unavailable */
  list(query: SessionQuery): Promise<SessionPage>;
  /** Ended and replaced ones too, until they are swept. @throws Unavailable */
  find(sid: string): Promise<SessionRecord | undefined>;
  /** It and whatever it replaced or was replaced by end in one transaction with entries and audit records. @throws Unavailable */
  end(sid: string, order: SessionOrder): Promise<SessionEnd>;
}
