/**
 * Owns the set of revocations in memory, exact, and the question whether a token is in it.
 * Does not own how entries arrive (feed) nor whether the set is complete and fresh (knowledge).
 */
import type { AccessTokenClaims } from '../access-token/claims.js';
import type { EpochSeconds } from '../time.js';
import type { RevocationEntry, RevocationKind } from './entry.js';
import { Horizon } from './horizon.js';
import { NamedEntries } from './named-entries.js';

/** The claims by which a token can be revoked. */
export type RevocableClaims = Pick<AccessTokenClaims, 'jti' | 'grant_id' | 'sid' | 'sub' | 'client_id' | 'gen'>;

type NamedKind = Extract<RevocationKind, 'token' | 'grant' | 'session'>;
type GenerationKind = Extract<RevocationKind, 'subject' | 'client' | 'issuer'>;

interface Raised {
  readonly generation: number;
  readonly expiresAt: EpochSeconds;
}

const NEVER = Number.POSITIVE_INFINITY;

/** A verifier lets a token live a little longer than its exp; an entry outlives the most that any verifier may allow. */
export const EXPIRY_MARGIN_SECONDS = 60;

/**
 * A join-semilattice (revocation.md V2): order, repetition and interleaving of additions do not matter, the stricter
 * wins, and no addition ever turns a refusal into an admission.
 */
export class RevocationList {
  /** The kinds that come in floods. */
  readonly #named: Readonly<Record<NamedKind, NamedEntries>> = {
    token: new NamedEntries(),
    grant: new NamedEntries(),
    session: new NamedEntries(),
  };
  readonly #raised: Readonly<Record<GenerationKind, Map<string, Raised>>> = {
    subject: new Map(),
    client: new Map(),
    issuer: new Map(),
  };
  /** A killed key is never accepted again: its entries have no end. */
  readonly #keys = new Set<string>();
  #sweep: Iterator<number, void> | undefined;
  readonly #horizon = new Horizon();

  add(entry: RevocationEntry): void {
    const expiresAt = entry.expiresAt ?? NEVER;
    switch (entry.kind) {
      case 'key':
        this.#keys.add(entry.value);
        return;
      case 'token':
      case 'grant':
      case 'session':
        this.#named[entry.kind].put(entry.value, expiresAt);
        return;
      case 'subject':
      case 'client':
      case 'issuer':
        this.#raise(entry.kind, entry.value, { generation: entry.generation ?? NEVER, expiresAt });
    }
  }

  /** In memory and synchronous. Undefined when nothing here matches; says nothing of how fresh the list is. */
  match(claims: RevocableClaims, kid: string): RevocationKind | undefined {
    if (this.#keys.has(kid)) return 'key';
    const { token, grant, session } = this.#named;
    if (token.has(claims.jti)) return 'token';
    if (claims.grant_id !== undefined && grant.has(claims.grant_id)) return 'grant';
    if (claims.sid !== undefined && session.has(claims.sid)) return 'session';
    const { subject, client, issuer } = this.#raised;
    // A token that speaks for a revoked subject without saying when it was born is older than everything.
    if ((claims.gen.sub ?? -1) < (subject.get(claims.sub)?.generation ?? -1)) return 'subject';
    if (claims.gen.cli < (client.get(claims.client_id)?.generation ?? -1)) return 'client';
    if (claims.gen.iss < (issuer.get('')?.generation ?? -1)) return 'issuer';
    return undefined;
  }

  /** How many things are named. */
  get size(): number {
    const parts = [...Object.values(this.#named), ...Object.values(this.#raised)];
    return parts.reduce((sum, part) => sum + part.size, this.#keys.size);
  }

  /**
   * The latest end of an entry that was forgotten. A token that ends no later was expired by every clock then, and may have
   * been revoked: it must stay refused although a wall clock that was put back takes it for good (revocation.md V11).
   */
  get forgottenUpTo(): EpochSeconds {
    return this.#horizon.forgottenUpTo;
  }

  /** The generation below which tokens of this subject, client or issuer ('' as value) are refused; 0 when none was raised. */
  generationOf(kind: GenerationKind, value: string): number {
    return this.#raised[kind].get(value)?.generation ?? 0;
  }

  /**
   * Forgets entries that no living token can match any more (with a minute's margin). Does about the work of looking at
   * `slice` of them, and goes on from there at the next call, so that no call pauses the process: with 2000, ten times a
   * second, a call takes well under a millisecond, and a million that end together are gone two minutes later.
   * @returns whether it came to the end.
   */
  expire(nowSeconds: EpochSeconds, slice = 1000): boolean {
    this.#horizon.before = nowSeconds - EXPIRY_MARGIN_SECONDS;
    this.#sweep ??= this.#sweeping();
    for (let looked = 0; looked < slice;) {
      const step = this.#sweep.next();
      if (step.done === true) {
        this.#sweep = undefined;
        return true;
      }
      looked += step.value;
    }
    return false;
  }

  #raise(kind: GenerationKind, value: string, raised: Raised): void {
    const known = this.#raised[kind].get(value);
    this.#raised[kind].set(value, {
      generation: Math.max(known?.generation ?? 0, raised.generation),
      expiresAt: Math.max(known?.expiresAt ?? 0, raised.expiresAt),
    });
  }

  *#sweeping(): Generator<number, void> {
    for (const entries of Object.values(this.#named)) yield* entries.sweep(this.#horizon);
    for (const map of Object.values(this.#raised)) {
      for (const [value, { expiresAt }] of map) {
        if (this.#horizon.forgets(expiresAt)) map.delete(value);
        yield 1;
      }
    }
  }
}
