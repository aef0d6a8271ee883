import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Unavailable } from '@latchkey/protocol';
import { until } from '@latchkey/tokens/testing';
import fc from 'fast-check';
import { AUDIT_EVENTS } from '../../persistence/postgres/testing/audit-columns.js';
import {
  aRedemption,
  openTestDatabase,
  type OpenTestDatabase,
  populate,
} from '../../persistence/postgres/testing/open-test-database.js';
import { PostgresGrantStore } from '../../persistence/postgres/grant-store.js';
import { type GuardedWorld, openGuardedWorld, type TestGuard } from '../../test/guarded-world.js';
import { ADMIN_SCOPE_NAMES } from '../admin-scopes.js';
import { formOf } from '../http/form.js';
import { ProblemSchema } from '../http/problem.js';
import { adminBench, type AdminBench, CALLER, type Wire } from '../test/admin-bench.js';
import { RevocationListSchema, RevocationSchema, type RevocationResource } from './revocation-schema.js';

const PATH = '/admin/v1/revocations';
const isRevocation = formOf(RevocationSchema);
const isList = formOf(RevocationListSchema);
const isProblem = formOf(ProblemSchema);

let test: OpenTestDatabase;
let world: GuardedWorld;
let bench: AdminBench;
let allow: TestGuard;
beforeAll(async () => {
  test = await openTestDatabase();
  world = await openGuardedWorld(test.database);
  const { revocations, guards, revocation } = world;
  bench = await adminBench({ revocations, guards, desk: revocation.desk });
  [allow] = await Promise.all([world.addGuard({ onStale: 'allow', service: 'mail' }), world.addGuard()]);
});
afterAll(async () => {
  await bench.close();
  await world.close();
  await test.close();
});
beforeEach(() => {
  world.receipts.length = 0;
});

const order = (body: unknown, headers: Record<string, string> = {}): Promise<Wire> =>
  bench.ask('POST', PATH, { body, headers });
function revocationIn(wire: Wire): RevocationResource {
  const formed = isRevocation(wire.json);
  if (!formed.ok) throw new Error(`no revocation: ${wire.status} ${wire.text}`);
  return formed.value;
}
function faultsIn(wire: Wire): readonly string[] {
  const formed = isProblem(wire.json);
  if (wire.status !== 400 || !formed.ok) throw new Error(`no problem of the request: ${wire.status} ${wire.text}`);
  return (formed.value.errors ?? []).map(({ pointer, detail }) => `${pointer} ${detail}`).toSorted();
}
const aToken = () => ({ kind: 'token', value: randomUUID() });

describe('admin-api A4: what an order must hold', () => {
  it.each<[string, unknown, readonly string[]]>([
    ['nothing', undefined, ['']],
    ['an empty object', {}, ['/kind is required']],
    ['no value', { kind: 'grant' }, ['/value is required for grant']],
    ['a value for the issuer', { kind: 'issuer', value: 'x' }, ['/value must be left out: issuer takes no value']],
    ['an empty value', { kind: 'token', value: '' }, ['/value must have at least 1 characters']],
    ['a reason that is none', { kind: 'issuer', reason: 7 }, ['/reason must be string']],
    ['what is not known', { kind: 'issuer', colour: 'red' }, ['/colour is not known here']],
  ])('refuses %s', async (_what, body, faults) => {
    const told = faultsIn(await order(body));
    expect(told).toHaveLength(faults.length);
    for (const [index, fault] of faults.entries()) expect(told[index]).toContain(fault);
    expect(world.receipts).toEqual([]);
  });

  it('tells every fault at once, and nothing about a value whose kind is not known', async () => {
    const faults = faultsIn(await order({ kind: 'person', reason: '', colour: 1, value: 'x' }));
    expect(faults.map((fault) => fault.split(' ')[0])).toEqual(['/colour', '/kind', '/reason']);
    expect(faultsIn(await order({ kind: 'session', reason: 'a\nb' })).map((fault) => fault.split(' ')[0])).toEqual([
      '/reason',
      '/value',
    ]);
  });

  it('points from a key to where keys are killed', async () => {
    expect(faultsIn(await order({ kind: 'key', value: 'a-kid' }))).toEqual([
      '/kind must be one of token, grant, session, subject, client, issuer; a signing key is killed with ' +
        'DELETE /admin/v1/keys/{kid}',
    ]);
  });

  it.each(['grant', 'session', 'subject', 'client'])('says 404 of a %s that there is not', async (kind) => {
    for (const value of [randomUUID(), 'f'.repeat(32), 'none such']) {
      expect((await order({ kind, value }, { prefer: 'wait=10' })).status).toBe(404);
    }
    expect(world.receipts).toEqual([]);
  });

  it('is for revocations:write alone, and reading for revocations:read', async () => {
    const but = (scope: string) =>
      `Bearer ${bench.mint({ scope: ADMIN_SCOPE_NAMES.filter((name) => name !== scope).join(' ') })}`;
    const authorization = but('revocations:write');
    expect((await bench.ask('POST', PATH, { body: { kind: 'nonsense' }, authorization })).status).toBe(403);
    for (const path of [PATH, `${PATH}/${randomUUID()}`]) {
      expect((await bench.ask('GET', path, { authorization: but('revocations:read') })).status).toBe(403);
    }
  });

  it('whatever is sent, no answer falls outside the document', async () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.uuid(), fc.constantFrom('token', 'issuer', 'subject'));
    const value = fc.oneof(text, fc.constant(null), fc.integer(), fc.object());
    const body = fc.record({ kind: value, value, reason: value, x: value }, { requiredKeys: [] });
    const prefer = fc.constantFrom('', 'wait=1', 'wait', 'wait=;', '"');
    await fc.assert(
      fc.asyncProperty(body, prefer, async (sent, preference) => {
        const wire = await order(sent, { prefer: preference });
        expect([201, 400, 404]).toContain(wire.status);
        if (wire.status === 201) revocationIn(wire);
        else expect(isProblem(wire.json).ok).toBe(true);
      }),
      { numRuns: 100, interruptAfterTimeLimit: 240_000, markInterruptAsFailure: true },
    );
  });
});

describe('revocation.md V17: an order without `Prefer: wait` waits for nobody', () => {
  it.each([{}, { prefer: 'wait=11' }, { prefer: 'respond-async' }])('%j', async (headers: Record<string, string>) => {
    const body = { ...aToken(), reason: 'posted in a chat' };
    const wire = await order(body, headers);
    const revocation = revocationIn(wire);
    expect(wire.status).toBe(201);
    expect(wire.headers.get('location')).toBe(`${PATH}/${revocation.id}`);
    expect(wire.headers.get('preference-applied')).toBeNull();
    expect(revocation).toMatchObject({ ...body, state: 'committed' });
    expect(revocation).not.toHaveProperty('receipt');
    expect(world.receipts).toEqual([false]);
  });

  it('writes its times in seconds, as clients do, and how long it is remembered', async () => {
    const before = Math.floor(Date.now() / 1000);
    const { created_at, expires_at } = revocationIn(await order(aToken()));
    expect(created_at).toBeGreaterThanOrEqual(before - 1);
    expect(created_at).toBeLessThanOrEqual(Date.now() / 1000 + 1);
    expect(Number(expires_at) - created_at).toBeGreaterThanOrEqual(300);
  });

  it('answers what stands when it was said before', async () => {
    const body = aToken();
    const { id } = revocationIn(await order(body));
    expect(revocationIn(await order(body)).id).toBe(id);
  });
});

describe('revocation.md V17: an order with `Prefer: wait` and its receipt', () => {
  it('is partial as long as an `allow` guard is cut off, and says who is silent', async () => {
    allow.hold();
    const wire = await order(aToken(), { prefer: 'wait=1' });
    expect([wire.status, wire.headers.get('preference-applied')]).toEqual([201, 'wait=1']);
    const { state, receipt, id } = revocationIn(wire);
    expect([state, receipt?.state, receipt?.live]).toEqual(['partial', 'partial', 3]);
    expect(receipt?.guards.find(({ service }) => service === 'mail')).toEqual({
      ...{ guard_id: allow.membership.guardId, service: 'mail', state: 'silent', after_ms: null },
    });
    const later = async () => revocationIn(await bench.ask('GET', `${PATH}/${id}`));
    await until(async () => (await later()).receipt?.confirmed === 2, 'the others have it');
    expect((await later()).state).toBe('partial');
    allow.release();
  });

  it('is applied when every guard has it, with the time that each took', async () => {
    const wire = await order(aToken(), { prefer: 'wait=10' });
    expect([wire.status, wire.headers.get('preference-applied')]).toEqual([201, 'wait=10']);
    const { state, receipt, id } = revocationIn(wire);
    expect(state).toBe('applied');
    expect(receipt).toMatchObject({ state: 'applied', live: 3, confirmed: 3 });
    const times = (receipt?.guards ?? []).map(({ after_ms }) => after_ms);
    expect(receipt?.guards.map(({ state: each }) => each)).toEqual(['applied', 'applied', 'applied']);
    expect(receipt?.guards.map(({ service }) => service).toSorted()).toEqual(['auth-service', 'mail', 'notes']);
    expect(receipt?.slowest_ms).toBe(Math.max(...times.map(Number)));
    expect(world.receipts).toEqual([true]);
    const later = await bench.ask('GET', `${PATH}/${id}`);
    expect(later.status).toBe(200);
    expect(revocationIn(later)).toEqual({
      ...revocationIn(wire),
      receipt: {
        ...receipt,
        slowest_ms: null,
        guards: receipt?.guards.map((guard) => ({ ...guard, after_ms: null })),
      },
    });
  });

  it('pulls the brake of the whole issuer, anew each time', async () => {
    const [first, second] = [
      revocationIn(await order({ kind: 'issuer', reason: 'a leak' }, { prefer: 'wait=10' })),
      revocationIn(await order({ kind: 'issuer' })),
    ];
    expect(first).toMatchObject({ kind: 'issuer', value: null, reason: 'a leak', state: 'applied' });
    expect(second).toMatchObject({ value: null, reason: null });
    expect(second.id).not.toBe(first.id);
  });

  it('covers every entry of a person with pairwise subjects, by any of them', async () => {
    const inhabitants = await populate(test.database);
    const grants = new PostgresGrantStore(test.database, test.onRevoked);
    const pairwise = randomUUID();
    // The whole issuer has been revoked before, and a new client begins with its generation.
    const { rows } = await test.database.run<{ iss: number }>('SELECT generation AS iss FROM auth.issuer_state');
    const generations = { iss: rows[0]?.iss ?? 0, cli: inhabitants.client.generation, sub: 0 };
    const redemption = aRedemption(inhabitants, { tokenSub: pairwise, generations });
    expect(await grants.redeemCode(redemption)).toBe('redeemed');
    const { state, value } = revocationIn(await order({ kind: 'subject', value: pairwise }, { prefer: 'wait=10' }));
    expect([state, value]).toEqual(['applied', pairwise]);
    const list = isList((await bench.ask('GET', `${PATH}?limit=2`)).json);
    if (!list.ok) throw new Error('no list');
    expect(list.value.items.map(({ value: each }) => each).toSorted()).toEqual([pairwise, inhabitants.sub].toSorted());
  });

  it('of 50 at once each is applied', async () => {
    const wires = await Promise.all(Array.from({ length: 50 }, () => order(aToken(), { prefer: 'wait=10' })));
    expect(wires.map((wire) => revocationIn(wire).state)).toEqual(Array.from({ length: 50 }, () => 'applied'));
  });

  it('A11: is written down with who gave it and from where', async () => {
    const { value } = revocationIn(await order(aToken(), { prefer: 'wait=1' }));
    const { rows } = await test.database.run(`SELECT actor, kind, address FROM ${AUDIT_EVENTS} WHERE target = $1`, [
      value,
    ]);
    expect(rows).toEqual([{ actor: CALLER, kind: 'token.revoked', address: '127.0.0.1' }]);
  });
});

describe('revocation.md V5: PostgreSQL and the wire', () => {
  it('is 503 when it cannot commit', async () => {
    const broken = () => Promise.reject(new Unavailable('PostgreSQL'));
    const lame = await adminBench({ revocations: { revoke: broken, find: broken, list: broken } });
    for (const wire of [await lame.ask('POST', PATH, { body: aToken() }), await lame.ask('GET', PATH)]) {
      expect([wire.status, wire.headers.get('retry-after')]).toEqual([503, '1']);
    }
    await lame.close();
  });
});

describe('admin-api A5, A7: reading', () => {
  it.each(['limit=0', 'after=abc', 'after=MTIz', `after=${Buffer.from(`1.${'x'.repeat(36)}`).toString('base64url')}`])(
    'refuses ?%s',
    async (query) => {
      expect(faultsIn(await bench.ask('GET', `${PATH}?${query}`))).toHaveLength(1);
    },
  );

  it.each([randomUUID(), 'no-uuid', '%00'])('finds nothing at %s', async (id) => {
    expect((await bench.ask('GET', `${PATH}/${id}`)).status).toBe(404);
  });

  it('allows nothing but GET, HEAD and POST', async () => {
    const wire = await bench.ask('DELETE', PATH);
    expect([wire.status, wire.headers.get('allow')]).toEqual([405, 'POST, GET, HEAD']);
  });

  it('lists the newest first, each once, although more are revoked meanwhile', async () => {
    const made = [];
    for (let count = 0; count < 7; count += 1) made.push(revocationIn(await order(aToken())).id);
    const seen: string[] = [];
    let after = '';
    for (;;) {
      const wire = await bench.ask('GET', `${PATH}?limit=3${after === '' ? '' : `&after=${after}`}`);
      const page = isList(wire.json);
      if (!page.ok) throw new Error(wire.text);
      for (const item of page.value.items) {
        expect(item).not.toHaveProperty('receipt');
        seen.push(item.id);
      }
      if (page.value.next === null) break;
      after = page.value.next;
      await order(aToken());
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.slice(0, 7)).toEqual(made.toReversed());
  });

  it('describes in its document what waiting is, and the answers that only it has', async () => {
    const { json } = await bench.ask('GET', '/admin/openapi.json', { authorization: null });
    expect(json).toMatchObject({
      paths: {
        [PATH]: {
          post: {
            security: [{ admin: ['revocations:write'] }],
            parameters: [
              { in: 'header', name: 'Prefer', required: false, schema: { type: 'string' } },
              { in: 'header', name: 'Idempotency-Key', required: false, schema: { type: 'string' } },
            ],
            responses: {
              201: { headers: { 'Preference-Applied': {}, Location: {} } },
              404: { content: { 'application/problem+json': {} } },
            },
          },
        },
      },
    });
  });
});
