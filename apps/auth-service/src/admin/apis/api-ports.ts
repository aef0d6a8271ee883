/**
 * Owns the ports through which the admin API changes and removes a protected API, and gives it secrets. Does not own SQL, nor
 * the rules that decide (they are handed in, and asked where the change commits).
 */
import type { Api } from '@latchkey/protocol';
import type { RevocationEntry } from '@latchkey/tokens';
import type { CheckKey, KeyAct, KeySnapshot, NewKey, RemovalAnswer } from '@latchkey/tokens/issuing';
import type { AuditRecord, KeptAnswer } from '../ports.js';

export interface ApiChange {
  /** As it is to stand; its identifier is the same. */
  readonly api: Api;
  /** For the trail: what has changed. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Pure. Asked of the API as it stands, under its lock. Undefined: nothing is to change. @throws Problem, and nothing is written */
export type DecideChange = (standing: Api) => ApiChange | undefined;
export type DecideRemoval = (standing: Api) => void;

export interface ChangedApi {
  /** As it stands now; for a removal, as it stood. */
  readonly api: Api;
  /** What was given for it and is revoked: clients first, then secrets. */
  readonly revocations: readonly RevocationEntry[];
}

export interface ApiChanges {
  /**
   * In one transaction with the audit record, and with all that it takes away: a scope that is removed leaves every client
   * and every remembered consent, and those clients are revoked; another algorithm revokes whoever could have a token of the
   * old one, and kills the secrets of HS256. `scope_taken`: a scope is another's by now. `no_secret`: HS256 is wanted, and
   * there is no secret to sign with. @throws Unavailable; what `decide` throws
   */
  change(
    identifier: string,
    act: KeyAct,
    decide: DecideChange,
  ): Promise<ChangedApi | 'unknown' | 'scope_taken' | 'no_secret'>;
  /** Nothing that was given for it survives. @throws Unavailable; what `decide` throws */
  remove(identifier: string, act: KeyAct, decide: DecideRemoval): Promise<ChangedApi | 'unknown'>;
}

/** The secrets that APIs share with the issuer. What is kept for a repetition commits with the key; KeptBefore may be thrown. */
export interface ApiSecrets {
  list(): Promise<KeySnapshot>;
  /** An API with HS256 and its first secret, both or neither. @throws Unavailable; KeptBefore */
  register(
    api: Api,
    act: KeyAct,
    audit: AuditRecord,
    kept: KeptAnswer | undefined,
  ): Promise<NewKey | 'exists' | 'scope_taken'>;
  /** `unknown`: the API is gone; `full`: two live already. @throws Unavailable; KeptBefore */
  add(identifier: string, act: KeyAct, keep?: (kid: string) => KeptAnswer): Promise<NewKey | 'full' | 'unknown'>;
  /** See KeyRotation.removeSecret. */
  remove(identifier: string, kid: string, act: KeyAct, check?: CheckKey): Promise<RemovalAnswer>;
}
