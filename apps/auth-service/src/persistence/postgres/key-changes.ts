/**
 * Owns the statements by which one key changes, each conditional on the state that it expects, and the audit event of each.
 * Does not own the transaction that they stand in, nor which of many wins (key-store).
 */
import type { RevocationEntry } from '@latchkey/tokens';
import type { KeyChange, StoredKey } from '@latchkey/tokens/issuing';
import { auditOf, type Act } from './act.js';
import type { AuditEvent } from './audit-store.js';
import type { Statements } from './database.js';
import { parametersOf } from './key-row.js';
import { writeRevocation } from './revocation-row.js';

export interface Changed {
  readonly event: AuditEvent;
  /** For a kill. */
  readonly entry?: RevocationEntry;
}

/** The row that a statement has changed. */
interface Touched {
  readonly algorithm: string;
  readonly audience: string;
}

/** The state was another than whoever decided this had read: since the revision was the same, that is a bug. */
const unexpected = (change: KeyChange['type'], kid: string): Error =>
  new Error(`The key ${kid} is in no state to ${change}; nothing was written.`);

/** @throws Error when the key is in another state than the change expects */
export const changeKey = async (statements: Statements, change: KeyChange, act: Act): Promise<Changed> => {
  switch (change.type) {
    case 'insert':
      return { event: await insert(statements, change.key, act) };
    case 'hasten':
      return { event: await step(statements, HASTEN, change, new Date(change.activeFrom), act) };
    case 'activate':
      return { event: await step(statements, ACTIVATE, change, new Date(change.at), act) };
    case 'retire':
      return { event: await step(statements, RETIRE, change, new Date(change.at), act) };
    case 'drop':
      return { event: await step(statements, DROP, change, new Date(change.at), act) };
    case 'kill':
      return kill(statements, change.kid, new Date(change.at), act);
    case 'reseal':
      return { event: await step(statements, RESEAL, change, change.sealedKey, act) };
  }
};

export const RESEALED = 'key.resealed';

interface Step {
  /** SQL of this source alone; `$2` is the one parameter. */
  readonly set: string;
  readonly when: string;
  readonly kind: string;
}

const HASTEN: Step = { set: 'active_from = $2', when: `state = 'announced'`, kind: 'key.hastened' };
const ACTIVATE: Step = { set: `state = 'active', active_at = $2`, when: `state = 'announced'`, kind: 'key.activated' };
/** A private half has signed for the last time, and nobody can lose what is not there; a shared secret still verifies. */
const RETIRE: Step = {
  set: `state = 'retired', retired_at = $2, sealed_key = CASE WHEN public_jwk IS NULL THEN sealed_key END`,
  when: `state = 'active'`,
  kind: 'key.retired',
};
const DROP: Step = {
  set: `state = 'dropped', dropped_at = $2, sealed_key = NULL`,
  when: `state IN ('announced', 'retired')`,
  kind: 'key.dropped',
};
const KILL: Step = {
  set: `state = 'dropped', dropped_at = coalesce(dropped_at, $2), sealed_key = NULL`,
  when: 'true',
  kind: 'key.killed',
};
const RESEAL: Step = { set: 'sealed_key = $2', when: 'sealed_key IS NOT NULL', kind: RESEALED };

const touch = async (
  statements: Statements,
  { set, when }: Step,
  change: { readonly type: KeyChange['type']; readonly kid: string },
  parameter: Date | string,
): Promise<Touched> => {
  const { rows } = await statements.run<Touched>(
    `UPDATE auth.keys SET ${set} WHERE kid = $1 AND ${when} RETURNING algorithm, audience`,
    [change.kid, parameter],
  );
  if (rows[0] === undefined) throw unexpected(change.type, change.kid);
  return rows[0];
};

const step = async (
  statements: Statements,
  how: Step,
  change: { readonly type: KeyChange['type']; readonly kid: string },
  parameter: Date | string,
  act: Act,
): Promise<AuditEvent> => {
  const touched = await touch(statements, how, change, parameter);
  return auditOf(act, { kind: how.kind, target: change.kid }, ringDetail(touched));
};

const insert = async (statements: Statements, key: StoredKey, act: Act): Promise<AuditEvent> => {
  const { state, kid, ring } = key;
  if (state !== 'announced' && state !== 'active') throw unexpected('insert', kid);
  const { affected } = await statements.run(
    `INSERT INTO auth.keys (kid, algorithm, audience, state, public_jwk, sealed_key, announced_at, active_from, active_at)
     SELECT $1, $2, $3, $4, $5::jsonb, $6, $7::timestamptz, $8::timestamptz, $9::timestamptz
     WHERE NOT EXISTS (SELECT FROM auth.revocations r WHERE r.kind = 'key' AND r.value = $1)`,
    parametersOf(key),
  );
  // revocation.md V2: "a killed thumbprint is never accepted again".
  if (affected !== 1) throw new Error(`The key ${kid} was killed, and is never accepted again.`);
  const kind = state === 'active' ? 'key.activated' : 'key.announced';
  return auditOf(act, { kind, target: kid }, ringDetail({ ...ring, audience: ring.audience ?? '' }));
};

/** revocation.md V4: "key killed → `key`". A key that was dropped before can be killed as well. */
const kill = async (statements: Statements, kid: string, at: Date, act: Act): Promise<Changed> => {
  const touched = await touch(statements, KILL, { type: 'kill', kid }, at);
  const said = { kind: 'key', value: kid, cause: KILL.kind, actor: act.actor, expiresAt: null } as const;
  const entry = await writeRevocation(statements, said);
  if (entry === undefined) throw unexpected('kill', kid);
  const detail = { ...ringDetail(touched), revocations: [entry.id] };
  return { event: auditOf(act, { kind: KILL.kind, target: kid }, detail), entry };
};

const ringDetail = ({ algorithm, audience }: Touched): Readonly<Record<string, string>> => ({
  algorithm,
  ...(audience === '' ? {} : { audience }),
});
