/**
 * Owns the raising of a generation, in the one transaction with its entry (revocation.md V1), and what a person with
 * pairwise subjects costs (V3). Does not own why it is raised, nor the audit event of that (the endings).
 */
import type { RevocationEntry } from '@latchkey/tokens';
import type { Act } from './act.js';
import type { Statements } from './database.js';
import { oweLogoutsOfPerson } from './logout-outbox.js';
import { pairwiseSubsOf } from './pairwise-subs.js';
import { atFirst, BY_TOKEN_LIFE, writeRevocations } from './revocation-row.js';

/** What else the same UPDATE does. SQL of this source alone; `$1` names whose generation it is, the rest are parameters. */
export interface Along {
  /** As `enabled = false`. */
  readonly set: string;
  /** Under which nothing is written when it does not hold, as `enabled`. */
  readonly when: string;
  readonly parameters?: readonly unknown[];
}

const raise = async (
  statements: Statements,
  table: string,
  id: string,
  named: string,
  along: Along | undefined,
): Promise<{ readonly id: string; readonly generation: number } | undefined> => {
  const { rows } = await statements.run<{ readonly id: string; readonly generation: number }>(
    `UPDATE auth.${table} SET generation = generation + 1${along === undefined ? '' : `, ${along.set}`}
     WHERE ${id} = $1 AND ${along?.when ?? 'true'} RETURNING ${id} AS id, generation`,
    [named, ...(along?.parameters ?? [])],
  );
  return rows[0];
};

interface Raising {
  readonly cause: string;
  readonly along?: Along;
}

/**
 * V3: "revoking a person writes one entry for each distinct `sub` that the person's grants carry, in one transaction". The
 * first entry is that of the person's own UUID. Undefined when there is no such person, or the condition does not hold.
 * @param sub a UUID
 */
export const raisePerson = async (
  statements: Statements,
  sub: string,
  act: Act,
  { cause, along }: Raising,
): Promise<readonly RevocationEntry[] | undefined> => {
  const person = await raise(statements, 'users', 'sub', sub, along);
  if (person === undefined) return undefined;
  // The person's row is ours now: whatever code was being redeemed has its grant, and whatever comes later is refused.
  const values = [person.id, ...(await pairwiseSubsOf(statements, person.id))];
  await oweLogoutsOfPerson(statements, person.id, person.generation);
  const entries = await writeRevocations(statements, saying('subject', person.generation, act, cause), values);
  return atFirst(entries, person.id);
};

/** Undefined when there is no such client, or the condition does not hold. */
export const raiseClient = async (
  statements: Statements,
  clientId: string,
  act: Act,
  { cause, along }: Raising,
): Promise<readonly RevocationEntry[] | undefined> => {
  const client = await raise(statements, 'clients', 'client_id', clientId, along);
  if (client === undefined) return undefined;
  return writeRevocations(statements, saying('client', client.generation, act, cause), [client.id]);
};

export const raiseIssuer = async (
  statements: Statements,
  act: Act,
  cause: string,
): Promise<readonly RevocationEntry[]> => {
  const issuer = await raise(statements, 'issuer_state', 'only_row', 'true', undefined);
  if (issuer === undefined) throw new Error('The issuer has no state: the schema was not made by our migrations.');
  return writeRevocations(statements, saying('issuer', issuer.generation, act, cause), ['']);
};

const saying = (kind: 'subject' | 'client' | 'issuer', generation: number, act: Act, cause: string) => ({
  ...{ kind, generation, cause, actor: act.actor, expiresAt: BY_TOKEN_LIFE },
  ...(act.reason === undefined ? {} : { reason: act.reason }),
});
