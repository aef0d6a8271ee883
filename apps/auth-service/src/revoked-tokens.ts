/**
 * Owns who is asked whether a token was revoked, for the doors that machines use: the exact list in memory while the feed is
 * fresh, PostgreSQL whenever it is not. Does not own either of them, nor whether the token is genuine.
 *
 * revocation.md V5: "the auth-service's own doors (admin, `/userinfo`, `/introspect` …) judge from PostgreSQL whenever the feed
 * is stale. Caches on those doors are unused while it is." Nothing is asked less by asking the list:
 * - A judgeable list holds every living row of auth.revocations that was acknowledged before its newest watermark (V6), matches by
 *   the same seven comparisons as the statement, and is exact.
 * - What this very instance has committed stands in it before whoever revoked is answered (revocation.ts), also with the wire cut.
 * - Rows that the sweep has deleted, and entries that the list has forgotten, ended a minute after the last token that they can match;
 *   the verifier has refused those tokens before by `exp`, `forgottenUpTo` and `longestLifetimeSeconds`.
 * - The statement reads auth.revocations alone: whatever ends a grant, a session or a person's standing for tokens that still live
 *   writes an entry in its own transaction (V4). A grant that merely expires ends nothing that was issued from it.
 * What another instance has committed is heard with the feed's delay, as every guard hears it, and at most ONE_SECOND_MS later.
 */
import type { RevokedTokens } from '@latchkey/protocol';
import type { RevocableClaims, RevocationKind } from '@latchkey/tokens';

/** A9: in force on every instance within a second, and so stricter here than the bound of guards may be. */
const ONE_SECOND_MS = 1000;

export interface RevokedTokensParts {
  /** What this instance has heard, and has committed itself. */
  readonly heard: RevokedTokens['heard'] & { judgeable(maxStalenessMs: number): boolean };
  /** The truth. */
  readonly ledger: { isRevoked(claims: RevocableClaims, kid: string): Promise<RevocationKind | undefined> };
  /** Of guards; this asks for no less. */
  readonly maxStalenessMs: number;
}

export class KnownRevocations implements RevokedTokens {
  readonly heard: RevokedTokens['heard'];
  readonly #parts: RevokedTokensParts;
  readonly #boundMs: number;

  constructor(parts: RevokedTokensParts) {
    this.heard = parts.heard;
    this.#parts = parts;
    this.#boundMs = Math.min(parts.maxStalenessMs, ONE_SECOND_MS);
  }

  /** @throws Unavailable when the feed is stale and PostgreSQL does not answer */
  async isRevoked(claims: RevocableClaims, kid: string): Promise<boolean> {
    const { heard, ledger } = this.#parts;
    // What was heard is revoked for good, however old the rest of the knowledge is.
    if (heard.match(claims, kid) !== undefined) return true;
    return heard.judgeable(this.#boundMs) ? false : (await ledger.isRevoked(claims, kid)) !== undefined;
  }
}
