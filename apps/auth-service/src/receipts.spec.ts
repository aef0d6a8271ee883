import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@latchkey/tokens/testing';
import { decodeJwt } from 'jose';
import { aJti, type Answer, type Installation, type LinedGuard, startInstallation } from './test/installation.js';

/** Every lease, and so for how long a new epoch is young: one that is renewed no more outlives the waiting for two seconds. */
const LEASE_MS = 6000;

let world: Installation;
let guards: readonly LinedGuard[];
beforeAll(async () => {
  world = await startInstallation(LEASE_MS);
  guards = await Promise.all(['one', 'two', 'three'].map((service) => world.addGuard({ service })));
  await untilApplied();
});
afterEach(() => {
  // Whatever failed, the next one finds three guards that hear.
  for (const { line } of guards) line.pass();
});
afterAll(() => world.stop());

const order = (body: unknown, wait?: number): Promise<Answer> =>
  world.admin('POST', '/revocations', { body, ...(wait === undefined ? {} : { headers: { prefer: `wait=${wait}` } }) });
const later = async (id: unknown, instance: 0 | 1 = 0): Promise<Answer> =>
  world.admin('GET', `/revocations/${String(id)}`, { instance });
const receiptIn = ({ json }: Answer) => {
  const receipt = json['receipt'];
  if (typeof receipt !== 'object' || receipt === null) throw new Error(`no receipt: ${JSON.stringify(json)}`);
  const { guards: told } = receipt as { guards: { service: string; state: string; after_ms: number | null }[] };
  return { receipt, states: Object.fromEntries(told.map(({ service, state }) => [service, state])), told };
};
/** The epoch has grown older than the longest lease, and everybody is there. */
const untilApplied = (): Promise<void> =>
  until(async () => (await order(aJti(), 1)).json['state'] === 'applied', 'a revocation is applied');
const jtiOf = (token: string): string => String(decodeJwt(token).jti);

describe('revocation.md V17: applied is not said', () => {
  it('while the line of one guard passes nothing; after its lease it is fenced, and GET says so (V18)', async () => {
    const [quick, held, other] = guards;
    if (quick === undefined || held === undefined || other === undefined) throw new Error('three guards are needed');
    const token = await world.token();
    expect(await held.judge(token)).toBe('admit');
    held.line.hold();
    const answer = await order({ kind: 'token', value: jtiOf(token) }, 2);
    expect([answer.status, answer.preferenceApplied, answer.json['state']]).toEqual([201, 'wait=2', 'partial']);
    const { receipt, states } = receiptIn(answer);
    expect(receipt).toMatchObject({ state: 'partial', live: 5, confirmed: 4 });
    expect(states).toEqual({ one: 'applied', two: 'silent', three: 'applied', 'auth-service': 'applied' });
    // What the receipt says is true: the others refuse, and this one might have admitted.
    expect([await quick.judge(token), await other.judge(token)]).toEqual(['refuse', 'refuse']);

    await until(async () => (await later(answer.json['id'])).json['state'] === 'applied', 'its lease is over');
    expect(receiptIn(await later(answer.json['id'], 1)).states).toMatchObject({ two: 'fenced' });
    expect(await held.judge(token)).not.toBe('admit');
    held.line.pass();
    const fresh = await world.token();
    await until(async () => (await held.judge(fresh)) === 'admit', 'it admits again');
    expect(await held.judge(token)).toBe('refuse');
  });

  it('ever, while an `allow` guard is cut off, until an operator strikes it off', async () => {
    const allow = await world.addGuard({ onStale: 'allow', service: 'allow' });
    await untilApplied();
    const { guardId } = allow.guard.status();
    expect((await world.admin('DELETE', `/guards/${guardId}`)).status).toBe(409);
    allow.line.hold();
    const token = await world.token();
    const answer = await order({ kind: 'token', value: jtiOf(token) }, 1);
    expect(receiptIn(answer).states).toMatchObject({ allow: 'silent' });
    expect((await world.revoke(await world.token(), { prefer: 'wait=1' })).preferenceApplied).toBeNull();
    const gone = async () => (await world.admin('GET', `/guards/${guardId}`)).json['lease_stands'] === false;
    await until(gone, 'its lease is over');
    expect((await later(answer.json['id'])).json['state']).toBe('partial');
    expect(await allow.judge(token)).toBe('admit');
    const struck = await world.admin('DELETE', `/guards/${guardId}`);
    expect([struck.status, struck.json['service']]).toEqual([200, 'allow']);
    expect((await later(answer.json['id'])).json['state']).toBe('applied');
    // If it lives after all, it is on the register again before anything is said to be applied by it.
    allow.line.pass();
    await until(async () => (await world.admin('GET', `/guards/${guardId}`)).status === 200, 'it is back');
    await until(async () => (await allow.judge(token)) === 'refuse', 'it has heard');
    await allow.guard.close();
    const left = async () => (await world.admin('GET', `/guards/${guardId}`)).status === 404;
    await until(left, 'it has deregistered');
  });

  it('when Redis is down, and the revocation is accepted all the same (V5)', async () => {
    const adminToken = await world.adminToken();
    const token = await world.token();
    await world.redis.kill();
    let waited: Answer;
    try {
      waited = await order({ kind: 'token', value: jtiOf(token) }, 10);
      expect([waited.status, waited.preferenceApplied, waited.json['state']]).toEqual([201, 'wait=10', 'partial']);
      expect(receiptIn(waited).receipt).toMatchObject({ state: 'partial', live: 5, confirmed: 0, slowest_ms: null });
      const unwaited = await order(aJti());
      expect([unwaited.status, unwaited.json['state'], unwaited.json['receipt']]).toEqual([201, 'partial', undefined]);
      const revoked = await world.revoke(await world.token(), { prefer: 'wait=10' });
      expect([revoked.status, revoked.preferenceApplied]).toEqual([200, null]);
      // The register is in PostgreSQL, and so is the truth by which the operator's own door judges.
      expect((await world.admin('GET', '/guards')).json['items']).toHaveLength(5);
      const list = await world.admin('GET', '/revocations?limit=3');
      expect(list.json['items']).toMatchObject([{ state: 'partial' }, { state: 'partial' }, { state: 'partial' }]);
      await until(async () => {
        const { json } = await ready();
        return json['fenced'] === true;
      }, 'the door cannot tell by itself any more');
      await order({ kind: 'token', value: jtiOf(adminToken) });
      for (const instance of [0, 1] as const) {
        expect((await world.admin('GET', '/clients', { instance, token: adminToken })).status).toBe(401);
        expect((await world.admin('GET', '/clients', { instance })).status).toBe(200);
      }
    } finally {
      await world.redis.restart();
    }
    await until(async () => (await later(waited.json['id'])).json['state'] === 'applied', 'it is applied');
    for (const { judge } of guards) expect(await judge(token)).toBe('refuse');
    expect((await order(aJti(), 10)).json['state']).toBe('applied');
  });
});

describe('revocation.md V17: applied is said', () => {
  it('when all guards have it, and then every one refuses', async () => {
    const token = await world.token();
    for (const { judge } of guards) expect(await judge(token)).toBe('admit');
    const answer = await order({ kind: 'token', value: jtiOf(token), reason: 'lost laptop' }, 10);
    const judged = await Promise.all(guards.map(({ judge }) => judge(token)));
    expect(judged).toEqual(['refuse', 'refuse', 'refuse']);
    expect([answer.status, answer.preferenceApplied, answer.json['state']]).toEqual([201, 'wait=10', 'applied']);
    const { receipt, states, told } = receiptIn(answer);
    expect(receipt).toMatchObject({ state: 'applied', live: 5, confirmed: 5, slowest_ms: expect.any(Number) });
    expect(states).toEqual({ one: 'applied', two: 'applied', three: 'applied', 'auth-service': 'applied' });
    expect(told.map(({ after_ms }) => typeof after_ms)).toEqual(Array.from({ length: 5 }, () => 'number'));
    for (const instance of [0, 1] as const) {
      const { json } = await later(answer.json['id'], instance);
      expect([json['state'], json['reason']]).toEqual(['applied', 'lost laptop']);
    }
  });

  it('of the client, whose machines get new tokens at once', async () => {
    const token = await world.token();
    const { client_id } = decodeJwt(token);
    expect((await order({ kind: 'client', value: client_id }, 10)).json['state']).toBe('applied');
    const fresh = await world.token();
    for (const { judge } of guards) expect([await judge(token), await judge(fresh)]).toEqual(['refuse', 'admit']);
  });

  it('on /revoke, by Preference-Applied', async () => {
    const token = await world.token();
    expect(await world.revoke(token, { prefer: 'wait=10' })).toMatchObject({
      status: 200,
      preferenceApplied: 'wait=10',
    });
    const judged = await Promise.all(guards.map(({ judge }) => judge(token)));
    expect(judged).toEqual(['refuse', 'refuse', 'refuse']);
  });

  it('fifty times at once, over both instances', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        world.admin('POST', '/revocations', {
          ...{ body: aJti(), headers: { prefer: 'wait=10' }, instance: index % 2 === 0 ? 0 : 1 },
        }),
      ),
    );
    expect(answers.map(({ json }) => json['state'])).toEqual(Array.from({ length: 50 }, () => 'applied'));
  });
});

describe('revocation.md V16: the doors of the auth-services are guards as well', () => {
  it('on the list, with what they know', async () => {
    const { json } = await world.admin('GET', '/guards');
    expect(json['items']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ service: 'auth-service', on_stale: 'refuse', lease_stands: true, fenced: false }),
      ]),
    );
    const { json: own } = await ready();
    expect(own).toMatchObject({ registered: true, lease_held: true, fenced: false });
  });

  it('in numbers', async () => {
    const text = await (await fetch(`${world.adminUrls[0]}/metrics`)).text();
    expect(text).toContain('latchkey_guard_registered 1');
    expect(text).toContain('latchkey_guard_fenced 0');
    expect(text).toContain('latchkey_guards_on_register 5');
  });
});

async function ready(): Promise<{ readonly json: Readonly<Record<string, unknown>> }> {
  const { guard } = (await (await fetch(`${world.adminUrls[0]}/readyz`)).json()) as { guard: Record<string, unknown> };
  return { json: guard };
}
