import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { dumpOf } from '../persistence/postgres/testing/database-dump.js';
import { ADMIN_SCOPE_NAMES } from './admin-scopes.js';
import type { Wire } from './test/admin-bench.js';
import { clientBench, type ClientBench, CLIENTS, type CreatedClient, memberOf } from './test/client-bench.js';

interface Write {
  readonly method: string;
  readonly path: string;
  readonly scope: string;
}

let bench: ClientBench;
let target: CreatedClient;
let secretId: string;
let writes: readonly Write[];
beforeAll(async () => {
  bench = await clientBench();
  target = await bench.createAdmin();
  const items = memberOf((await bench.ask('GET', `${target.path}/secrets`)).json, 'items') as { secret_id: string }[];
  secretId = items[0]?.secret_id ?? '';
  writes = await everyWrite();
});
afterAll(() => bench.close());

/** As the server itself tells them: whatever is added to it is tried here. */
async function everyWrite(): Promise<readonly Write[]> {
  const { paths } = (await bench.ask('GET', '/admin/openapi.json')).json as {
    paths: Record<string, Record<string, { security: { admin: string[] }[] }>>;
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => method !== 'get')
      .map(([method, { security }]) => ({
        ...{ method: method.toUpperCase(), path },
        scope: security[0]?.admin[0] ?? '',
      })),
  );
}

/** What would be done if nobody asked who asks. */
const BODIES: Readonly<Record<string, unknown>> = {
  [`POST ${CLIENTS}`]: { grant_types: ['client_credentials'], scope: 'notes:read' },
  [`PUT ${CLIENTS}/{client_id}`]: { grant_types: ['client_credentials'] },
  [`PATCH ${CLIENTS}/{client_id}`]: { client_name: 'Taken over' },
  'POST /admin/v1/revocations': { kind: 'issuer' },
};

async function write({ method, path }: Write, scopes: readonly string[]): Promise<Wire> {
  const at = path
    .replace('{client_id}', target.clientId)
    .replace('{secret_id}', secretId)
    .replaceAll(/\{[a-z_]+\}/g, randomUUID());
  const body = BODIES[`${method} ${path}`] ?? (method === 'DELETE' ? undefined : {});
  return bench.ask(method, at, { ...(body === undefined ? {} : { body }), ...bench.as(scopes) });
}

function expectRefusal(wire: Wire, scope: string, what: string): void {
  const challenge = wire.headers.get('www-authenticate') ?? '';
  expect([what, wire.status, challenge]).toEqual([
    ...[what, 403],
    expect.stringMatching(`^Bearer .*error="insufficient_scope".*scope="${scope}"$`),
  ]);
}

/** All but what says who was refused. */
const worldNow = async (): Promise<string> => {
  const tables = (await dumpOf(bench.test.database)).split(/^(?=[a-z_]+\.[a-z_]+$)/m);
  return tables.filter((table) => !/^auth\.(?:audit_|guards)/.test(table)).join('');
};
const done = async (): Promise<number> =>
  (await bench.sql(`SELECT 1 FROM auth.audit_events WHERE outcome = 'done'`)).length;

describe('A2 every write × every weaker caller: 403 names what is missing, and nothing is changed', () => {
  it('there are writes of every kind of resource, and each has its scope', () => {
    expect(writes.length).toBeGreaterThan(15);
    for (const { scope } of writes) expect(ADMIN_SCOPE_NAMES).toContain(scope);
    expect(writes.filter(({ path }) => path.startsWith(`${CLIENTS}/{client_id}`))).toHaveLength(7);
  });

  it('nobody without the scope of the operation, whatever else it holds', async () => {
    const [before, doneBefore] = [await worldNow(), await done()];
    for (const each of writes) {
      const others = ADMIN_SCOPE_NAMES.filter((name) => name !== each.scope);
      for (const scopes of [others, [], ...others.map((name) => [name])]) {
        const what = `${each.method} ${each.path} as ${scopes.join(' ')}`;
        expectRefusal(await write(each, scopes), each.scope, what);
      }
    }
    expect([await worldNow(), await done()]).toEqual([before, doneBefore]);
  });

  it('nobody who lacks one scope of the client that it would write to', async () => {
    const [before, doneBefore] = [await worldNow(), await done()];
    const onClients = writes.filter(({ path }) => path.startsWith(`${CLIENTS}/{client_id}`));
    for (const each of onClients) {
      for (const lacking of ADMIN_SCOPE_NAMES.filter((name) => name !== each.scope)) {
        const scopes = ADMIN_SCOPE_NAMES.filter((name) => name !== lacking);
        expectRefusal(await write(each, scopes), lacking, `${each.method} ${each.path} without ${lacking}`);
      }
    }
    expect([await worldNow(), await done()]).toEqual([before, doneBefore]);
  });

  it('A11 each refusal stands in the trail, as what it would have been', async () => {
    const rows = await bench.sql(`SELECT DISTINCT kind FROM auth.audit_events WHERE outcome = 'refused' ORDER BY 1`);
    const kinds = rows.map(({ kind }) => kind);
    for (const kind of ['created', 'changed', 'deleted', 'disabled', 'enabled'])
      expect(kinds).toContain(`client.${kind}`);
    for (const kind of ['created', 'deleted']) expect(kinds).toContain(`client_secret.${kind}`);
  });

  it('and whoever holds all of them may: the same requests have their effect', async () => {
    await bench.createAdmin();
    for (const each of writes.filter(({ path }) => path.startsWith(CLIENTS))) {
      if (each.method === 'DELETE') continue;
      const { status } = await write(each, ADMIN_SCOPE_NAMES);
      expect([`${each.method} ${each.path}`, status]).toEqual([`${each.method} ${each.path}`, expect.any(Number)]);
      expect([200, 201]).toContain(status);
    }
  });
});
