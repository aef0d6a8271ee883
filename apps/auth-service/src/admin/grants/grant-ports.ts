/** Owns the port through which the admin API reads grants and ends one. Does not own SQL, nor how a grant is given. */
import type { EpochMilliseconds, EpochSeconds, RevocationEntry } from '@latchkey/tokens';

/** A grant as it stands: whatever an operator may see of it, and no digest. */
export interface GrantRecord {
  readonly grantId: string;
  readonly clientId: string;
  /** The person's UUID, whatever its tokens say. */
  readonly sub: string;
  readonly scope: readonly string[];
  readonly resource?: string;
  readonly authTime: EpochSeconds;
  readonly amr: readonly string[];
  readonly sid: string;
  readonly endsWithSession: boolean;
  readonly createdAt: EpochMilliseconds;
  readonly expiresAt: EpochSeconds;
  /** Its own revocation; what was taken from its client or person as a whole is not in it. */
  readonly revokedAt?: EpochSeconds;
  /** The start of the ten seconds or so in which its refresh token was last rotated. */
  readonly lastRefreshedAt?: EpochSeconds;
  /** It can still give tokens: neither it nor anything that it depends on has ended. */
  readonly active: boolean;
}

/** Where a page ended. The order is by time of creation, newest first, then grant_id. */
export interface GrantPosition {
  readonly createdAt: EpochMilliseconds;
  readonly grantId: string;
}

export interface GrantQuery {
  readonly sub?: string;
  readonly clientId?: string;
  readonly limit: number;
  readonly after?: GrantPosition;
}

export interface GrantPage {
  readonly items: readonly GrantRecord[];
  /** Absent on the last page. */
  readonly next?: GrantPosition;
}

export interface GrantOrder {
  readonly actor: string;
  readonly address: string;
  /** The guards are asked to report. */
  readonly receipt: boolean;
  /** Called with the grant as it stands under its lock; whatever it throws undoes everything. */
  readonly decide: (standing: GrantRecord) => void;
}

export interface GrantEnd {
  /** `ended`: by this call. `before`: it had ended already and nothing was written. */
  readonly outcome: 'ended' | 'before' | 'unknown';
  /** What stands for it now, whoever wrote it; none when it ended so long ago that no token is left. */
  readonly revocations: readonly RevocationEntry[];
  /** As it stands afterwards; absent when there is none. */
  readonly grant?: GrantRecord;
}

export interface GrantRecords {
  /** Newest first. @throws Unavailable */
  list(query: GrantQuery): Promise<GrantPage>;
  /** Revoked ones too, until they are swept. @throws Unavailable */
  find(grantId: string): Promise<GrantRecord | undefined>;
  /** Its end, the entry and the audit record in one transaction (revocation.md V4: "grant deleted → `grant`"). @throws Unavailable */
  end(grantId: string, order: GrantOrder): Promise<GrantEnd>;
}
