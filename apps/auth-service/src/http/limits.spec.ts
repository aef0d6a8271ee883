import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fakeClock } from '@latchkey/tokens/testing';
import { limitOf } from '../limits/test/limits-bench.js';
import { InProcessEphemeral } from '../persistence/in-process/ephemeral.js';
import { AUDIT_EVENTS } from '../persistence/postgres/testing/audit-columns.js';
import { Outside } from './test/outside.js';
import { type ProtocolApp, startProtocolApp, type TestClient } from './test/protocol-app.js';

/** Counts every question. */
class Asked extends InProcessEphemeral {
  questions = 0;
  override count(...args: Parameters<InProcessEphemeral['count']>): ReturnType<InProcessEphemeral['count']> {
    this.questions += 1;
    return super.count(...args);
  }
  override uncount(key: string): Promise<void> {
    this.questions += 1;
    return super.uncount(key);
  }
}

let app: ProtocolApp;
let outside: Outside;
let asked: Asked;
const clock = fakeClock();
beforeAll(async () => {
  asked = new Asked(clock);
  app = await startProtocolApp({ ephemeral: asked, clock, settings: limitOf(5) });
  outside = new Outside(app);
});
afterAll(() => app.close());

const NOTES = { scope: 'notes:read' };
const wrong = (client: TestClient): TestClient => ({ ...client, secret: 'f'.repeat(64) });

describe('RFC 6749 §2.3.1 "MUST protect any endpoint utilizing it against brute force attacks"', () => {
  it('asks nothing of Redis while all goes well', async () => {
    const client = await app.addClient();
    for (let time = 0; time < 20; time++) expect((await outside.machine(client, NOTES)).status).toBe(200);
    expect(asked.questions).toBe(0);
  });

  it('answers 429 with RFC 6585 Retry-After and RateLimit fields after so many failures, at /token, /revoke and /introspect together', async () => {
    const client = await app.addClient();
    const other = await app.addClient();
    const at50 = await Promise.all(Array.from({ length: 50 }, () => outside.machine(wrong(client), NOTES)));
    expect(at50.filter(({ status }) => status === 401)).toHaveLength(5);
    const refused = await outside.machine(wrong(client), NOTES);
    expect([refused.status, refused.json['error']]).toEqual([429, 'temporarily_unavailable']);
    expect(refused.headers.get('retry-after')).toMatch(/^[1-5]?[0-9]$|^60$/);
    expect(refused.headers.get('ratelimit-policy')).toBe('"client-authentication";q=5;w=60');
    expect(refused.headers.get('ratelimit')).toMatch(/^"client-authentication";r=0;t=[0-9]+$/);
    expect((await outside.revoke(wrong(client), 'x')).status).toBe(429);
    const asking = await outside.introspect(wrong(client), 'x');
    expect([asking.status, asking.json]).toEqual([refused.status, refused.json]);
    for (const name of ['retry-after', 'ratelimit', 'ratelimit-policy']) expect(asking.headers.has(name)).toBe(true);
    expect((await outside.machine(wrong(other), NOTES)).status).toBe(401);
    clock.advance(60_000);
    expect((await outside.machine(wrong(client), NOTES)).status).toBe(401);
  });

  it('keeps no right secret out, whatever has failed from its address: neither this client nor a hundred made up', async () => {
    const [client, fresh] = [await app.addClient(), await app.addClient()];
    for (let time = 0; time < 12; time++) await outside.machine(wrong(client), NOTES);
    for (let time = 0; time < 60; time++) {
      await outside.machine({ clientId: String(time).padStart(32, 'd'), secret: 'x' }, NOTES);
    }
    expect((await outside.machine({ clientId: 'c'.repeat(32), secret: 'x' }, NOTES)).status).toBe(429);
    for (const right of [client, fresh]) {
      expect((await outside.machine(right, NOTES)).status).toBe(200);
      expect((await outside.revoke(right, 'x')).status).toBe(200);
      expect((await outside.introspect(right, 'x')).status).toBe(200);
    }
    clock.advance(60_000);
  });

  it('A11 records failures of a known client in bounded numbers, the rest as a sum, and no secret', async () => {
    const client = await app.addClient();
    for (let time = 0; time < 3; time++) await outside.machine(wrong(client), NOTES);
    await outside.machine({ clientId: 'e'.repeat(32), secret: 'x' });
    await app.endSpan();
    const rows = await app.sql(`SELECT * FROM ${AUDIT_EVENTS} WHERE target = $1`, [client.clientId]);
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatchObject({
      ...{ actor: client.clientId, kind: 'client_authentication.failed', outcome: 'refused' },
      ...{ address: '127.0.0.1', detail: { reason: 'wrong secret' } },
    });
    expect(JSON.stringify(rows)).not.toContain('f'.repeat(64));
    expect(await app.sql(`SELECT 1 FROM auth.audit_events WHERE target = $1`, ['e'.repeat(32)])).toEqual([]);
  });
});

describe('LIMIT_TOKENS_PER_MINUTE', () => {
  it('gives no more tokens than that of 50 asked for at once, and says how many are left', async () => {
    const bounded = await startProtocolApp({ settings: limitOf(5, { tokensPerMinute: 7 }) });
    try {
      const [machine, client] = [new Outside(bounded), await bounded.addClient()];
      const first = await machine.machine(client, NOTES);
      expect(first.headers.get('ratelimit')).toMatch(/^"tokens";r=6;t=[0-9]+$/);
      const told = await Promise.all(Array.from({ length: 50 }, () => machine.machine(client, NOTES)));
      expect(told.filter(({ status }) => status === 200)).toHaveLength(6);
      expect(told.filter(({ status }) => status === 429)).toHaveLength(44);
    } finally {
      await bounded.close();
    }
  });
});
