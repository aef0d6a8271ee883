import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AuditFilter, AuditPosition } from '../../admin/audit-events/audit-ports.js';
import { pageOf, PostgresAuditReader } from './audit-reader.js';
import { AuditSealer } from './audit-sealer.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';

let test: OpenTestDatabase;
/** 200,000, two in each second, of twenty actors, twenty kinds and a thousand targets, none bound to another. */
beforeAll(async () => {
  test = await openTestDatabase(2);
  for (let first = 1; first <= 200_000; first += 20_000) {
    await test.database.run(
      `INSERT INTO auth.audit_events (at, actor, kind, target, outcome)
       SELECT to_timestamp(1764000000 + n / 2), 'actor-' || n % 20, 'thing.kind-' || (n / 20) % 20,
         'target-' || (n / 400) % 10 * 100 + n % 97, 'done' FROM generate_series($1::integer, $1 + 19999) n`,
      [first],
    );
  }
  await test.database.run('ANALYZE auth.audit_events');
});
afterAll(() => test.close());

interface Plan {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Plan[];
}
const nodesOf = (plan: Plan): readonly Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

/** What is done to the events themselves; what is joined to the page is as long as the page. */
const planOf = async (sql: string, parameters: readonly unknown[]) => {
  const { rows } = await test.database.run<{ 'QUERY PLAN': readonly [{ readonly Plan: Plan }] }>(
    `EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`,
    parameters,
  );
  const plan = rows[0]?.['QUERY PLAN'][0].Plan;
  if (plan === undefined) throw new Error('PostgreSQL did not say how.');
  const nodes = nodesOf(plan);
  return {
    indexes: nodes.map((node) => node['Index Name'] ?? '').filter((name) => name.startsWith('audit_events')),
    scans: nodes.filter((node) => node['Node Type'] === 'Seq Scan' && (node['Actual Rows'] ?? 0) > 0).length,
    removed: nodes.reduce((sum, node) => sum + (node['Rows Removed by Filter'] ?? 0), 0),
    most: Math.max(...nodes.map((node) => node['Actual Rows'] ?? 0)),
  };
};

const MIDDLE = 1_764_050_000_000;
const AFTER: AuditPosition = { at: MIDDLE, id: '100000' };
const TIMES = { since: MIDDLE - 45_000_000, until: MIDDLE + 45_000_000 };

describe('A5, A11 a page of the trail reads a page, however long the trail is', () => {
  const filters: readonly (readonly [string, AuditFilter])[] = [
    ['audit_events_order', {}],
    ['audit_events_actor', { actor: 'actor-3' }],
    ['audit_events_kind', { kind: 'thing.kind-3' }],
    ['audit_events_target', { target: 'target-133' }],
    ['audit_events_actor_kind', { actor: 'actor-3', kind: 'thing.kind-3' }],
  ];
  it.each(
    filters.flatMap(([index, filter]) => [
      { index, filter, after: undefined },
      { index, filter, after: AFTER },
      { index, filter: { ...filter, ...TIMES }, after: undefined },
      { index, filter: { ...filter, ...TIMES }, after: AFTER },
    ]),
  )('by $index: $filter, after $after', async ({ index, filter, after }) => {
    const { sql, parameters } = pageOf(51, filter, after);
    expect(await planOf(sql, parameters)).toEqual({ indexes: [index], scans: 0, removed: 0, most: 51 });
  });

  it.each([{ kind: 'thing.past' }, { actor: 'actor-past' }, { actor: 'actor-past', kind: 'thing.past' }])(
    'also when what is asked for was often long ago, and not since: %p',
    async (filter) => {
      await test.database.run(`INSERT INTO auth.audit_events (at, actor, kind, target, outcome)
        SELECT to_timestamp(1700000000), 'actor-past', 'thing.past', 't', 'done' FROM generate_series(1, 10000)`);
      await test.database.run('ANALYZE auth.audit_events');
      const { sql, parameters } = pageOf(51, filter, undefined);
      expect(await planOf(sql, parameters)).toMatchObject({ scans: 0, removed: 0, most: 51 });
      await test.database.run(`DELETE FROM auth.audit_events WHERE kind = 'thing.past'`);
    },
  );

  it('reads no more than the rarest of what is asked for has, where nothing has all of it', async () => {
    const { sql, parameters } = pageOf(51, { target: 'target-133', kind: 'thing.kind-4', actor: 'actor-5' }, undefined);
    const { scans, most, removed } = await planOf(sql, parameters);
    expect(scans).toBe(0);
    expect(most + removed).toBeLessThan(2000);
  });

  it('counts what is not sealed without reading what is', async () => {
    const reader = new PostgresAuditReader(test.database);
    expect((await reader.backlog()).events).toBe(100_000);
    const sealer = new AuditSealer({ database: test.database, macKeys: [Buffer.alloc(32)], onSealed: () => undefined });
    for (let round = 0; round < 25; round += 1) await sealer.round();
    expect(await reader.backlog()).toEqual({ events: 0, oldestAgeSeconds: 0 });
    await test.database.run(`INSERT INTO auth.audit_events (at, actor, kind, target, outcome)
      VALUES (now() - interval '90 seconds', 'a', 'b.c', 'd', 'done')`);
    const { events, oldestAgeSeconds } = await reader.backlog();
    expect(events).toBe(1);
    expect(oldestAgeSeconds).toBeGreaterThanOrEqual(90);
    expect(oldestAgeSeconds).toBeLessThan(150);
  });
});
