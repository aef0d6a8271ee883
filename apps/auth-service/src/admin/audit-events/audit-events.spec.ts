import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Unavailable } from '@latchkey/protocol';
import { erasePersonal } from '../../persistence/postgres/audit-personal.js';
import { PostgresAuditReader } from '../../persistence/postgres/audit-reader.js';
import { AuditSealer } from '../../persistence/postgres/audit-sealer.js';
import { appendAudit, type AuditEvent } from '../../persistence/postgres/audit-store.js';
import { openTestDatabase, type OpenTestDatabase } from '../../persistence/postgres/testing/open-test-database.js';
import { formOf } from '../http/form.js';
import { adminBench, type AdminBench } from '../test/admin-bench.js';
import { AuditEventListSchema, type AuditEventResource, AuditEventSchema } from './audit-event-schema.js';

const PATH = '/admin/v1/audit-events';
const isList = formOf(AuditEventListSchema);
const isEvent = formOf(AuditEventSchema);
const [ADA, OPERATOR] = [randomUUID(), 'a'.repeat(32)];

let test: OpenTestDatabase;
let bench: AdminBench;
beforeAll(async () => {
  test = await openTestDatabase();
  bench = await adminBench({ audit: new PostgresAuditReader(test.database) });
});
afterAll(async () => {
  await bench.close();
  await test.close();
});
beforeEach(() => test.database.run('TRUNCATE auth.audit_events, auth.audit_personal, auth.audit_seals'));

const EVENT = { actor: OPERATOR, kind: 'user.changed', target: ADA, outcome: 'done' } as const;
const append = (...events: readonly Partial<AuditEvent>[]): Promise<void> =>
  test.database.transaction((statements) => appendAudit(statements, ...events.map((each) => ({ ...EVENT, ...each }))));
const list = async (query = '') => {
  const wire = await bench.ask('GET', `${PATH}${query}`);
  const formed = isList(wire.json);
  if (wire.status !== 200 || !formed.ok) throw new Error(`no list: ${wire.status} ${wire.text}`);
  return formed.value;
};
const see = async (id: string | undefined): Promise<AuditEventResource> => {
  const wire = await bench.ask('GET', `${PATH}/${id}`);
  const formed = isEvent(wire.json);
  if (wire.status !== 200 || !formed.ok) throw new Error(`no event: ${wire.status} ${wire.text}`);
  return formed.value;
};

describe('A2 who may not read it', () => {
  it.each(['', '/1', '/verify'])('GET %s: whoever has no audit:read, and whoever nobody knows', async (path) => {
    const authorization = `Bearer ${bench.mint({ scope: 'clients:write revocations:read' })}`;
    expect((await bench.ask('GET', `${PATH}${path}`, { authorization })).status).toBe(403);
    expect((await bench.ask('GET', `${PATH}${path}`, { authorization: null })).status).toBe(401);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('nobody can %s anything', async (method) => {
    for (const path of ['', '/1']) expect((await bench.ask(method, `${PATH}${path}`, { body: {} })).status).toBe(405);
  });
});

describe('A4 what cannot be asked for', () => {
  it('names every fault at once', async () => {
    const wire = await bench.ask('GET', `${PATH}?since=yesterday&until=-1&actor=&kind=%00&limit=201&colour=red`);
    expect(wire.status).toBe(400);
    const { errors } = JSON.parse(wire.text) as { errors: readonly { pointer: string }[] };
    expect(errors.map(({ pointer }) => pointer).sort()).toEqual(
      ['/actor', '/colour', '/kind', '/limit', '/since', '/until'].sort(),
    );
  });

  it('refuses an after that no page has given', async () => {
    for (const after of ['x', Buffer.from('1.-1').toString('base64url'), Buffer.from('1.2.3').toString('base64url')]) {
      expect((await bench.ask('GET', `${PATH}?after=${after}`)).status).toBe(400);
    }
  });

  it('answers 404 for what is no id and for what is none any more', async () => {
    for (const id of ['0', '-1', 'x', '999999999999999', '9999999999999999999', randomUUID()]) {
      expect((await bench.ask('GET', `${PATH}/${id}`)).status).toBe(404);
    }
  });

  it('is 503 while PostgreSQL does not answer', async () => {
    const gone = () => Promise.reject(new Unavailable('PostgreSQL'));
    const broken = await adminBench({ audit: { list: gone, find: gone } });
    for (const path of ['', '/1']) expect((await broken.ask('GET', `${PATH}${path}`)).status).toBe(503);
    await broken.close();
  });
});

describe('A11 GET /audit-events', () => {
  it('lists at once, newest first, with what stands beside it', async () => {
    await append({ target: 'one' }, { address: '192.0.2.1', personal: { email: 'a@b' }, about: ADA, detail: { x: 1 } });
    const { items, next } = await list();
    expect(next).toBeNull();
    expect(items).toEqual([
      {
        ...{ id: expect.any(String), at: expect.any(Number), actor: OPERATOR, kind: 'user.changed', target: ADA },
        ...{ outcome: 'done', address: '192.0.2.1', detail: { x: 1 }, personal: { email: 'a@b' }, sealed: false },
      },
      expect.objectContaining({ target: 'one', address: null, personal: null, detail: {} }),
    ]);
    expect(Math.abs((items[0]?.at ?? 0) - Date.now() / 1000)).toBeLessThan(60);
  });

  it('says what is sealed, and nothing of what was erased', async () => {
    await append({ target: 'old', address: '192.0.2.1', personal: { email: 'a@b' }, about: ADA });
    const macKeys = [Buffer.alloc(32)] as const;
    await new AuditSealer({ database: test.database, macKeys, onSealed: () => undefined }).round();
    await append({ target: 'new', actor: ADA, address: '192.0.2.2' });
    await test.database.transaction((statements) => erasePersonal(statements, ADA));
    expect((await list()).items).toMatchObject([
      { target: 'new', sealed: false, address: null, personal: null },
      // Whoever changed the person's account is not the person.
      { target: 'old', sealed: true, address: '192.0.2.1', personal: null },
    ]);
  });

  it('shows one, with a tag that the erasing changes', async () => {
    await append({ personal: { email: 'a@b' }, about: ADA });
    const [event] = (await list()).items;
    expect(await see(event?.id)).toEqual(event);
    const wire = await bench.ask('GET', `${PATH}/${event?.id}`);
    const headers = { 'if-none-match': wire.headers.get('etag') ?? '' };
    expect((await bench.ask('GET', `${PATH}/${event?.id}`, { headers })).status).toBe(304);
    await erasePersonal(test.database, ADA);
    expect((await bench.ask('GET', `${PATH}/${event?.id}`, { headers })).status).toBe(200);
  });

  it('page by page, no row twice and none missed, also of one instant and while more come', async () => {
    await append(...Array.from({ length: 25 }, (_, index) => ({ target: String(index) })));
    const seen: string[] = [];
    for (let after = ''; ;) {
      const { items, next } = await list(`?limit=4${after}`);
      seen.push(...items.map(({ target }) => target));
      if (next === null) break;
      after = `&after=${next}`;
      await append({ target: 'new' });
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => String(24 - index)));
  });

  it('by time, actor, kind and target, all together; since is in it, until is not', async () => {
    for (const [index, event] of [
      { actor: 'x', kind: 'a.b', target: '1' },
      { actor: 'x', kind: 'a.c', target: '2' },
      { actor: 'y', kind: 'a.b', target: '2' },
      { actor: 'x', kind: 'a.b', target: '2' },
    ].entries()) {
      const [at, { actor, kind, target }] = [new Date((1000 + index) * 1000), event];
      await test.database.run(
        `INSERT INTO auth.audit_events (at, actor, kind, target, outcome) VALUES ($1, $2, $3, $4, 'done')`,
        [at, actor, kind, target],
      );
    }
    const times = async (query: string) => (await list(query)).items.map(({ at }) => at);
    expect(await times('')).toEqual([1003, 1002, 1001, 1000]);
    expect(await times('?actor=x')).toEqual([1003, 1001, 1000]);
    expect(await times('?kind=a.b')).toEqual([1003, 1002, 1000]);
    expect(await times('?target=2')).toEqual([1003, 1002, 1001]);
    expect(await times('?actor=x&kind=a.b')).toEqual([1003, 1000]);
    expect(await times('?since=1001&until=1003')).toEqual([1002, 1001]);
    expect(await times('?since=1001&until=1003&actor=x&kind=a.c&target=2')).toEqual([1001]);
    expect(await times('?since=1003&until=1001')).toEqual([]);
    expect(await times(`?actor=${encodeURIComponent("x' OR '1'='1")}`)).toEqual([]);
    const { next } = await list('?kind=a.b&limit=1');
    expect(await times(`?kind=a.b&after=${next}`)).toEqual([1002, 1000]);
  });
});
