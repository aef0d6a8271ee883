/**
 * Owns revoking by an operator's order, and the reading of what was revoked (admin-api.md `/revocations`). Does not own what
 * each kind ends (the endings), who may give an order, nor the receipt.
 */
import type {
  KeptAnswer,
  RevocationOrder,
  RevocationPosition,
  RevocationRecord,
  RevocationRegister,
} from '../../admin/ports.js';
import type { RevocationEntry } from '@latchkey/tokens';
import { auditOf, isStorable, UNKNOWN, type Act, type Ending } from './act.js';
import { appendAudit } from './audit-store.js';
import type { Statements } from './database.js';
import { raiseClient, raiseIssuer, raisePerson } from './generations.js';
import { endOneGrant } from './grant-endings.js';
import { keepAnswer } from './kept-answers.js';
import { personSpokenOfAs } from './pairwise-subs.js';
import { RECORD_COLUMNS, recordFrom, recordsOf, type RecordColumns } from './revocation-record.js';
import { atFirst, BY_TOKEN_LIFE, standingRevocation, writeRevocation } from './revocation-row.js';
import type { Revoking } from './revoking.js';
import { endSessionsOf } from './session-endings.js';
import { isUuid } from './uuid.js';

const CAUSE = 'revoked_by_operator';
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

export class PostgresRevocationRegister implements RevocationRegister {
  constructor(private readonly revoking: Revoking) {}

  /** @throws Unavailable; KeptBefore */
  async revoke(
    order: RevocationOrder,
    keep?: (first: RevocationRecord) => KeptAnswer,
  ): Promise<readonly RevocationRecord[] | 'unknown'> {
    if (!isStorable(order.value)) return 'unknown';
    return this.revoking.commit<readonly RevocationRecord[] | 'unknown'>(order.receipt, async (statements) => {
      const ending = await ORDERS[order.kind](statements, order);
      if (ending.outcome === 'unknown') return { answer: 'unknown', entries: [] };
      const said = ending.revocations.length > 0 ? [] : await sayAgain(statements, order);
      const answer = await recordsOf(
        statements,
        [...ending.revocations, ...said].map(({ id }) => id),
      );
      if (answer[0] !== undefined) await keepAnswer(statements, keep?.(answer[0]));
      return { answer, entries: ending.outcome === 'ended' ? ending.revocations : said };
    });
  }

  /** @throws Unavailable */
  async find(id: string): Promise<RevocationRecord | undefined> {
    if (!isUuid(id)) return undefined;
    return (await recordsOf(this.revoking.database, [id]))[0];
  }

  /** Newest first, by keyset: no row twice, and as fast with a million rows. @throws Unavailable */
  async list(page: { readonly limit: number; readonly after?: RevocationPosition }): Promise<{
    readonly items: readonly RevocationRecord[];
    readonly next?: RevocationPosition;
  }> {
    const { rows } = await this.revoking.database.run<RecordColumns>(
      `SELECT ${RECORD_COLUMNS} FROM auth.revocations WHERE (created_at, id) < ($1::timestamptz, $2::uuid)
       ORDER BY created_at DESC, id DESC LIMIT $3`,
      [
        page.after === undefined ? 'infinity' : new Date(page.after.createdAt),
        page.after?.id ?? LAST_ID,
        page.limit + 1,
      ],
    );
    const items = rows.slice(0, page.limit).map(recordFrom);
    const last = items.at(-1);
    return {
      items,
      ...(rows.length > page.limit && last !== undefined ? { next: { createdAt: last.createdAt, id: last.id } } : {}),
    };
  }
}

type Obey = (statements: Statements, order: RevocationOrder) => Promise<Ending>;

/** V4: each gives exactly its kind, in one transaction with its own change and its audit event. */
const ORDERS: Readonly<Record<RevocationOrder['kind'], Obey>> = {
  /** Nobody knows which tokens exist: any jti may be named. */
  token: async (statements, order) => {
    const meaning = { kind: 'token', value: order.value } as const;
    const entry = await writeRevocation(statements, saying(order, meaning));
    if (entry === undefined) {
      const standing = await standingRevocation(statements, meaning);
      return { outcome: 'before', revocations: standing === undefined ? [] : [standing] };
    }
    await appendAudit(statements, auditOf(order, { kind: 'token.revoked', target: order.value }, { cause: CAUSE }));
    return { outcome: 'ended', revocations: [entry] };
  },
  grant: (statements, order) => endOneGrant(statements, order.value, order, CAUSE),
  session: (statements, order) => endSessionsOf(statements, order.value, order, CAUSE),
  subject: async (statements, order) => {
    const sub = await personOf(statements, order.value);
    if (sub === undefined) return UNKNOWN;
    const entries = await raisePerson(statements, sub, order, { cause: CAUSE });
    const asked = entries?.some(({ value }) => value === order.value) === true ? order.value : sub;
    return raised(statements, order, entries && atFirst(entries, asked));
  },
  client: async (statements, order) =>
    raised(statements, order, await raiseClient(statements, order.value, order, { cause: CAUSE })),
  issuer: async (statements, order) => {
    if (order.value !== '') return UNKNOWN;
    return raised(statements, order, await raiseIssuer(statements, order, CAUSE));
  },
};

const raised = async (
  statements: Statements,
  order: RevocationOrder,
  entries: readonly RevocationEntry[] | undefined,
): Promise<Ending> => {
  if (entries?.[0] === undefined) return UNKNOWN;
  const event = { kind: `${order.kind}.revoked`, target: entries[0].value === '' ? 'issuer' : entries[0].value };
  const detail = { cause: CAUSE, revocations: entries.map(({ id }) => id) };
  await appendAudit(statements, auditOf(order, event, detail));
  return { outcome: 'ended', revocations: entries };
};

const saying = (
  order: RevocationOrder & Act,
  meaning: { readonly kind: RevocationOrder['kind']; readonly value: string },
) => ({
  ...meaning,
  ...{ cause: CAUSE, actor: order.actor, expiresAt: BY_TOKEN_LIFE },
  ...(order.reason === undefined ? {} : { reason: order.reason }),
});

/** By the UUID, or by any `sub` that the person's grants carry (V3). */
const personOf = async (statements: Statements, value: string): Promise<string | undefined> => {
  if (isUuid(value)) {
    const { rows } = await statements.run('SELECT 1 FROM auth.users WHERE sub = $1', [value]);
    if (rows.length > 0) return value.toLowerCase();
  }
  return personSpokenOfAs(statements, value);
};

/** It ended before, and its entry has outlived its tokens and is swept: nothing can match it, but an order has an answer. */
const sayAgain = async (statements: Statements, order: RevocationOrder): Promise<readonly RevocationEntry[]> => {
  const value = order.kind === 'token' ? order.value : order.value.toLowerCase();
  const meaning = saying(order, { kind: order.kind, value });
  const entry = (await writeRevocation(statements, meaning)) ?? (await standingRevocation(statements, meaning));
  return entry === undefined ? [] : [entry];
};
