// What must hold of @latchkey/admin-client before a real server: what it sends is understood, what it gives is what is there.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AdminClient, AdminProblem, clientCredentials, each, TokenRefused } from '@latchkey/admin-client';
import { freePort } from '@latchkey/testbed';
import { startStack, type Stack } from '../start/stack.js';

let folder: string;
let stack: Stack;
let admin: AdminClient;
const tokensOf = (clientId: string, clientSecret: string, scope?: string) => {
  const { issuer, admin_url: adminUrl } = stack.bootstrap;
  return clientCredentials({ issuer, adminUrl, clientId, clientSecret, ...(scope === undefined ? {} : { scope }) });
};
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-client-'));
  const [issuer, adminUrl, apiUrl] = await Promise.all(
    [0, 1, 2].map(async () => `http://localhost:${await freePort()}`),
  );
  if (issuer === undefined || adminUrl === undefined || apiUrl === undefined) throw new Error('no ports');
  stack = await startStack({
    dataDirectory: folder,
    addresses: { issuer, adminUrl, apiUrl },
    env: { LOG_LEVEL: 'silent' },
  });
  const { client_id: id, client_secret: secret } = stack.bootstrap.admin;
  admin = new AdminClient({ adminUrl, tokens: tokensOf(id, secret) });
});
afterAll(async () => {
  await stack.close();
  rmSync(folder, { recursive: true, force: true });
});

const machine = (name: string) => ({
  client_name: name,
  grant_types: ['client_credentials'] as const,
  scope: 'notes:read',
});
const problemOf = async (work: Promise<unknown>): Promise<AdminProblem> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof AdminProblem) return error;
  throw new Error(`no problem: ${String(error)}`);
};

describe('admin-api: a client is born, changed and deleted by @latchkey/admin-client', () => {
  it('A4, A6 creates, reads, patches under its tag, and deletes what then is nowhere', async () => {
    const born = await admin.createClient({ body: machine('Bookkeeper') });
    const { client_id, client_secret } = born.resource;
    expect([born.status, born.location]).toEqual([201, `/admin/v1/clients/${client_id}`]);
    expect([client_id, client_secret]).toEqual([
      expect.stringMatching(/^[0-9a-f]{32}$/),
      expect.stringMatching(/^[0-9a-f]{64}$/),
    ]);

    const { resource: read, etag } = await admin.getClient({ client_id });
    expect(read).toMatchObject({ client_id, client_name: 'Bookkeeper', grant_types: ['client_credentials'] });
    expect(etag).toBe(born.etag);
    if (etag === undefined) throw new Error('no tag');

    const patched = await admin.patchClient({ client_id, body: { client_name: 'Archivist' }, ifMatch: etag });
    expect(patched.resource).toMatchObject({ client_name: 'Archivist', scope: 'notes:read' });
    expect((await problemOf(admin.patchClient({ client_id, body: { client_name: 'x' }, ifMatch: etag }))).status).toBe(
      412,
    );

    const gone = await admin.deleteClient({ client_id, waitSeconds: 5 });
    expect(gone.resource.revocation).toMatchObject({ kind: 'client', state: 'applied' });
    expect(gone.headers.get('preference-applied')).toBe('wait=5');
    expect((await problemOf(admin.getClient({ client_id }))).status).toBe(404);
  });

  it('A4 throws a problem with every fault at once, each by its pointer', async () => {
    const body = { ...machine('x'), redirect_uris: ['https://a.example/#f'], colour: 'red' };
    const { status, errors } = await problemOf(admin.createClient({ body }));
    expect(status).toBe(400);
    expect(errors.map(({ pointer }) => pointer).toSorted()).toEqual(['/colour', '/redirect_uris/0']);
  });

  it('A6 a key has one effect: the same body names what stands, another body is refused', async () => {
    const password = randomBytes(16).toString('hex');
    const idempotencyKey = 'said "twice" \\';
    const { resource } = await admin.createUser({ body: { username: 'grace', password }, idempotencyKey });
    const again = await admin.createUser({ body: { username: 'grace', password }, idempotencyKey });
    expect(again.resource).toEqual(resource);
    expect((await problemOf(admin.createUser({ body: { username: 'hedy', password }, idempotencyKey }))).status).toBe(
      422,
    );

    const once = { body: machine('Once'), idempotencyKey: 'a secret is told once' };
    const first = await admin.createClient(once);
    const repeated = await problemOf(admin.createClient(once));
    expect([repeated.status, repeated.headers.get('location')]).toEqual([409, first.location]);
  });

  it('A5 each finds every row once, however small the pages', async () => {
    const made = new Set<string>();
    for (let count = 0; count < 5; count++) {
      made.add((await admin.createClient({ body: machine(`Page ${count}`) })).resource.client_id);
    }
    const seen: string[] = [];
    for await (const { client_id } of each(admin.listClients, { limit: 2 })) seen.push(client_id);
    expect(seen).toHaveLength(new Set(seen).size);
    expect(seen.filter((id) => made.has(id)).toSorted()).toEqual([...made].toSorted());
    expect((await problemOf(admin.listClients({ limit: 201 }))).errors).toMatchObject([{ pointer: '/limit' }]);
  });
});

describe('admin-api A1, A2: whose tokens the client sends', () => {
  it('says which scope was missing, and goes on with a new token when its own was revoked', async () => {
    const { admin_url: adminUrl, admin: bootstrap } = stack.bootstrap;
    const body = { grant_types: ['client_credentials'] as const, scope: 'clients:read revocations:write' };
    const { client_id, client_secret } = (await admin.createClient({ body })).resource;
    if (client_secret === undefined) throw new Error('no secret');
    const reader = new AdminClient({ adminUrl, tokens: tokensOf(client_id, client_secret) });
    expect((await reader.listClients()).status).toBe(200);
    const denied = await problemOf(reader.createClient({ body: machine('x') }));
    expect([denied.status, denied.headers.get('www-authenticate')]).toEqual([
      403,
      expect.stringContaining('clients:write'),
    ]);

    await admin.createRevocation({ body: { kind: 'client', value: client_id }, waitSeconds: 5 });
    expect((await reader.listClients()).status).toBe(200);

    await admin.disableClient({ client_id });
    const refused = new AdminClient({ adminUrl, tokens: tokensOf(client_id, client_secret) }).listClients();
    await expect(refused).rejects.toBeInstanceOf(TokenRefused);
    const narrow = tokensOf(bootstrap.client_id, bootstrap.client_secret, 'keys:read');
    expect((await problemOf(new AdminClient({ adminUrl, tokens: narrow }).listClients())).status).toBe(403);
  });
});
