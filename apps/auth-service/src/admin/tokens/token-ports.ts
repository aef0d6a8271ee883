/** Owns what is asked of PostgreSQL about a token whose signature is genuine. Does not own SQL, nor what follows from it. */
import type { AccessTokenClaims, EpochSeconds, RevocationKind } from '@latchkey/tokens';

export interface MatchedRevocation {
  readonly id: string;
  readonly kind: RevocationKind;
  readonly cause: string;
  readonly createdAt: EpochSeconds;
}

/** Whoever is not there any more, or is deleted, is undefined. */
export interface Holder {
  readonly enabled: boolean;
  readonly generation: number;
}

export interface TokenStanding {
  /** One of each kind that matches, the strictest. */
  readonly revocations: readonly MatchedRevocation[];
  readonly issuerGeneration: number;
  readonly client: Holder | undefined;
  /** Whoever it speaks for, by the grant or by the sub; undefined also for a machine's token. */
  readonly person: Holder | undefined;
  /** revocation.md V2: what lives longer is refused. */
  readonly longestLifetimeSeconds: number;
}

export interface TokenStandings {
  /** For any claims, whoever wrote them. @throws Unavailable */
  standingOf(claims: AccessTokenClaims, kid: string): Promise<TokenStanding>;
}
