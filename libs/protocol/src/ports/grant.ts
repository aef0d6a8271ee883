/**
 * Owns what is remembered of a redeemed authorization code, one row per grant, and the atomic verbs on it.
 * Does not own SQL. Every verb says who won; none is find-then-save.
 */
import type { EpochSeconds, GenerationStamp } from '@latchkey/tokens';
import type { RequestedClaims } from '../claims-request.js';

/** What a person allowed a client. */
export interface Grant {
  /** A UUID, drawn at /authorize. */
  readonly grantId: string;
  readonly clientId: string;
  readonly sub: string;
  /** What its tokens say as `sub`: the same, or a pairwise value (OpenID Connect Core §8.1). */
  readonly tokenSub: string;
  /** Granted scope; never widened afterwards. */
  readonly scope: readonly string[];
  /** The `resource` of the authorization request (RFC 8707), if one was sent. */
  readonly resource?: string;
  readonly authTime: EpochSeconds;
  readonly amr: readonly string[];
  /** The login session; always known. */
  readonly sid: string;
  /** True when the grant ends with the login session (no `offline_access`). */
  readonly endsWithSession: boolean;
  /** The generations stamped at the beginning; `sub` is always present. */
  readonly generations: Required<GenerationStamp>;
  readonly createdAt: EpochSeconds;
  /** Beyond this instant nothing is refreshed; the spans of its client may end it before. */
  readonly expiresAt: EpochSeconds;
  /** The nonce of the authorization request, repeated in the ID token. */
  readonly nonce?: string;
  /** Claims that were asked for one by one (OpenID Connect Core §5.5), and allowed with the rest. */
  readonly claims?: RequestedClaims;
}

export interface CodeRedemption {
  readonly grant: Grant;
  /** SHA-256 of the code, hex: unique in the table, so the database says who won. */
  readonly codeDigest: string;
  /** Of the consent under which the code was born (ConsentStore). */
  readonly consentGeneration: number;
  /** What is remembered as allowed. */
  readonly consentedScope: readonly string[];
  /** False: it was allowed before, so that it gives a grant only while that stands, and allows nothing anew. */
  readonly asked: boolean;
  /** Revocation entries caused by a replay must live this long. */
  readonly revocationExpiresAt: EpochSeconds;
}

/**
 * What a grant gives, from its birth on and for ever: it may be remembered, for it says nothing of whether the grant is still
 * alive. Whoever acts by it asks that in the verb that commits.
 */
export type GivenGrant = Omit<Grant, 'createdAt' | 'expiresAt' | 'nonce'>;

/** A grant as it stands, with the succession of its refresh tokens. */
export interface StoredGrant extends Grant {
  /** The generation of the refresh token that is valid now; the first is 0. */
  readonly refreshGeneration: number;
  readonly revoked: boolean;
}

export type RotationOutcome =
  /** This call moved the grant to `presented + 1`. */
  | { readonly outcome: 'rotated'; readonly successor: number }
  /** Rotated away a moment ago, and the one before the current: a retry, which gets the same successor. */
  | { readonly outcome: 'retried'; readonly successor: number }
  /** Rotated away a moment ago, but not the immediately previous one: refused, nothing is revoked. */
  | { readonly outcome: 'superseded' }
  /** Too old, or from the future: the grant and its access tokens are revoked now, in the same transaction. */
  | { readonly outcome: 'reused' }
  /** Revoked, expired, its session ended, a generation raised, the client or person disabled, or never existed. */
  | { readonly outcome: 'ended' };

export type GrantRevocationCause =
  | 'code_replayed'
  | 'refresh_token_reused'
  | 'revoked_by_client'
  | 'consent_withdrawn'
  | 'grant_deleted'
  | 'revoked_by_operator';

export interface GrantStore {
  /**
   * One INSERT with the unique digest of the code; it also checks, in the same statement, that client, person and
   * issuer still have the stamped generations, that client and person are enabled, that the session is live and that the
   * consent was not taken back since; and it remembers what the person has allowed, if the person was asked.
   * `replayed`: the code was redeemed before; that grant is revoked (entry `grant`) in the transaction that answers.
   * `ended`: something it depends on was revoked, disabled or taken back since; nothing was written.
   */
  redeemCode(redemption: CodeRedemption): Promise<'redeemed' | 'replayed' | 'ended'>;
  /** For a code past its life: revokes the grant that it gave, if it gave one. */
  replayExpiredCode(codeDigest: string, revocationExpiresAt: EpochSeconds): Promise<'replayed' | 'unknown'>;
  find(grantId: string): Promise<StoredGrant | undefined>;
  /** Undefined when there is no such grant. One that has ended or was swept may still be told. */
  given(grantId: string): Promise<GivenGrant | undefined>;
  /**
   * Until when, if it is not used before, the grant of a token that `rotateRefreshToken` would take now (`rotated` or
   * `retried`) can be refreshed; undefined for any other token. Changes nothing, and revokes nothing.
   */
  refreshableUntil(request: {
    readonly grantId: string;
    readonly presented: number;
    readonly presentedKey: number;
    readonly toleranceSeconds: number;
  }): Promise<EpochSeconds | undefined>;
  /**
   * One conditional UPDATE moves `presented` to `presented + 1`, on PostgreSQL's clock, checking what redeemCode checks.
   * See DESIGN "Refresh token" for the tolerance of 10–20 s: `toleranceSeconds` is the width of one bucket.
   */
  rotateRefreshToken(request: {
    readonly grantId: string;
    readonly presented: number;
    /**
     * The number of the MAC key of the token that was presented: one that has been killed, whoever knows of it by now, moves
     * nothing and is `ended`.
     */
    readonly presentedKey: number;
    readonly toleranceSeconds: number;
    readonly revocationExpiresAt: EpochSeconds;
  }): Promise<RotationOutcome>;
  /**
   * Idempotent: revoking what is revoked answers `unknown` and writes nothing. `revocation` is the entry that stands for it
   * now, whoever wrote it.
   */
  revokeGrant(request: {
    readonly grantId: string;
    readonly clientId: string;
    readonly cause: GrantRevocationCause;
    /** When a refresh token names the grant: the number of its MAC key. One that has been killed revokes nothing. */
    readonly presentedKey?: number;
    readonly revocationExpiresAt: EpochSeconds;
    /** The guards are asked to report that they have applied it. */
    readonly receipt: boolean;
  }): Promise<{ readonly outcome: 'revoked' | 'unknown'; readonly revocation: string | undefined }>;
  /** Writes the entry `token`; a second call for the same jti writes nothing. Committed when it resolves. */
  revokeAccessToken(request: {
    readonly jti: string;
    readonly clientId: string;
    readonly expiresAt: EpochSeconds;
    readonly receipt: boolean;
  }): Promise<{ readonly revocation: string | undefined }>;
}
